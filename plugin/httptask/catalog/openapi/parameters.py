"""Parameters and request bodies, whose place differs between the dialects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from httptask.catalog.documents.resources import Node
from httptask.catalog.openapi.access import TOKEN
from httptask.catalog.openapi.media import first_example, media_types, schema_of
from httptask.catalog.openapi.reading import Reading
from httptask.catalog.openapi.walking import expressive
from httptask.catalog.values import MISSING, Body, Encoding, Json, Location, Media, Parameter

LOCATIONS = ("path", "query", "header", "cookie")
STYLES: Mapping[str, tuple[str, ...]] = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_TEMPLATE = re.compile(r"\{([^{}]+)\}")
_COLLECTIONS: Mapping[str, tuple[str, bool]] = {
    "csv": ("form", False),
    "ssv": ("spaceDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": ("form", True),
}
_SCHEMA_KEYS = (
    "type", "format", "items", "default", "enum", "maximum", "minimum", "exclusiveMaximum",
    "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
    "uniqueItems", "multipleOf", "x-nullable",
)  # fmt: skip


def collect(reading: Reading, path_item: Node, operation: Node) -> list[Node]:
    """Return the parameter objects that apply; the operation's replace the path's."""
    found: dict[tuple[str, str], Node] = {}
    for holder in (path_item, operation):
        listed = holder.get("parameters")
        for written in listed.elements() if listed else ():
            node = reading.follow(written)
            if node is None or not isinstance(node.value, dict):
                if node is not None:
                    reading.notes.add(written, "parameter_invalid", "a parameter is not an object")
                continue
            found[node.text("in"), node.text("name")] = node
    return list(found.values())


def read_parameters(reading: Reading, nodes: list[Node]) -> tuple[Parameter, ...]:
    """Read those that are sent outside the body; note those that are sent nowhere."""
    result = []
    for node in nodes:
        location, name = node.text("in"), node.text("name")
        if location in ("body", "formData") and reading.dialect == "2.0":
            continue
        if location not in LOCATIONS or not name:
            reading.notes.add(
                node,
                "parameter_invalid",
                f"{location!r} is not a location for the parameter {name!r}",
            )
            continue
        if unsendable := _unsendable(name, location):
            reading.notes.add(node, *unsendable)
            continue
        result.append(reading.shared(node, _old if reading.dialect == "2.0" else _new))
    return tuple(result)


def _unsendable(name: str, location: str) -> tuple[str, str] | None:
    if "${" in name and location != "path":
        return "expression_dropped", "a name that contains '${' is left out"
    if location in ("header", "cookie") and not TOKEN.fullmatch(name):
        return "parameter_invalid", f"no {location} can be named {name[:60]!r}"
    return None


def match_template(
    reading: Reading, path: str, operation: Node, parameters: tuple[Parameter, ...]
) -> tuple[Parameter, ...]:
    """Return the parameters with exactly those path parameters that the path has."""
    names = dict.fromkeys(_TEMPLATE.findall(path))
    declared = dict.fromkeys(p.name for p in parameters if p.location == "path")
    for name in (name for name in declared if name not in names):
        reading.notes.add(operation, "path_parameter_unused", f"the path has no {{{name}}}")
    for name in (name for name in names if name not in declared):
        reading.notes.add(operation, "path_parameter_undeclared", f"{{{name}}} is taken as text")
    kept = tuple(p for p in parameters if p.location != "path" or p.name in names)
    return kept + tuple(
        Parameter(name, "path", True, {"type": "string"}, style="simple")
        for name in names
        if name not in declared
    )


def _old(reading: Reading, node: Node) -> Parameter:
    location = cast("Location", node.text("in"))
    style, explode = _COLLECTIONS.get(node.text("collectionFormat") or "csv", ("form", False))
    if node.text("collectionFormat") == "tsv":
        reading.notes.add(node, "style_unknown", "tab-separated values are sent comma-separated")
    if location != "query":
        style = STYLES[location][0]
        explode = False
    schema = reading.schema(_pick(node, _SCHEMA_KEYS))
    return Parameter(
        name=node.text("name"),
        location=location,
        required=node.value.get("required") is True or location == "path",
        schema=schema,
        description=node.text("description"),
        style=style,
        explode=explode,
        example=_old_example(node),
        deprecated=node.value.get("deprecated") is True,
    )


def _old_example(node: Node) -> Json:
    for key in ("x-example", "example"):
        if key in node.value and not expressive(node.value[key]):
            return node.value[key]
    return MISSING


def _new(reading: Reading, node: Node) -> Parameter:
    location = cast("Location", node.text("in"))
    style = node.text("style") or STYLES[location][0]
    if style not in STYLES[location]:
        reading.notes.add(
            node, "style_unknown", f"{style!r} is not a style of a {location} parameter"
        )
        style = STYLES[location][0]
    explode = node.value.get("explode")
    content = node.get("content")
    media = media_types(reading, content) if content else ()
    if content and not node.value.get("schema"):
        schema, content_type = (media[0].schema, media[0].content_type) if media else (True, "")
    else:
        schema, content_type = schema_of(reading, node), ""
    return Parameter(
        name=node.text("name"),
        location=location,
        required=node.value.get("required") is True or location == "path",
        schema=schema,
        description=node.text("description"),
        style=style,
        explode=explode if isinstance(explode, bool) else style == "form",
        allow_reserved=node.value.get("allowReserved") is True,
        content_type=content_type,
        example=first_example(reading, node),
        deprecated=node.value.get("deprecated") is True,
    )


def read_body(reading: Reading, operation: Node, nodes: list[Node], root: Node) -> Body | None:
    """Read the request body, whichever way the dialect describes it."""
    if reading.dialect == "2.0":
        return _old_body(reading, operation, nodes, root)
    written = operation.get("requestBody")
    node = reading.follow(written) if written else None
    if node is None:
        return None
    content = node.get("content")
    if content is None or not isinstance(content.value, dict) or not content.value:
        reading.notes.add(node, "body_without_content", "the body has no media type")
        return None
    media = media_types(reading, content)
    return Body(node.value.get("required") is True, media, node.text("description"))


def _old_body(reading: Reading, operation: Node, nodes: list[Node], root: Node) -> Body | None:
    body = next((node for node in nodes if node.text("in") == "body"), None)
    fields = [node for node in nodes if node.text("in") == "formData" and node.text("name")]
    consumes = _strings(operation.value.get("consumes")) or _strings(root.value.get("consumes"))
    if body is not None:
        if fields:
            reading.notes.add(body, "body_and_form", "a body and form fields exclude each other")
        schema = schema_of(reading, body)
        types = consumes or ["application/json"]
        media = tuple(Media(kind.lower(), schema, _old_example(body)) for kind in types)
        required = body.value.get("required") is True
        return Body(required, media, body.text("description"), body.text("name"))
    return _old_form(reading, fields, consumes) if fields else None


def _old_form(reading: Reading, fields: list[Node], consumes: list[str]) -> Body:
    properties, encoding, required = {}, {}, []
    for node in fields:
        name = node.text("name")
        properties[name] = reading.schema(_pick(node, (*_SCHEMA_KEYS, "description")))
        style, explode = _COLLECTIONS.get(node.text("collectionFormat") or "csv", ("form", False))
        encoding[name] = Encoding(style=style, explode=explode)
        if node.value.get("required") is True:
            required.append(name)
    schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    files = any(node.text("type") == "file" for node in fields)
    kinds = [kind.lower() for kind in consumes if kind.lower() in (FORM, MULTIPART)]
    if not kinds or (files and MULTIPART not in kinds):
        kinds = [MULTIPART if files else FORM]
    return Body(bool(required), tuple(Media(kind, schema, encoding=encoding) for kind in kinds))


def _pick(node: Node, keys: tuple[str, ...]) -> Node:
    picked = {key: node.value[key] for key in keys if key in node.value}
    return Node(picked, node.uri, node.pointer)


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []

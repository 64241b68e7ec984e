"""Documentation of an operation as Markdown that is safe to render."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from httptask.catalog.markdown import block, code, line
from httptask.catalog.openapi.walking import encoded
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, AuthScheme, Json, Media, Operation, Parameter

MAX_DEPTH = 3
MAX_ROWS = 200
_LIMITS = (
    ("minimum", "≥"), ("maximum", "≤"), ("exclusiveMinimum", ">"), ("exclusiveMaximum", "<"),
    ("minLength", "length ≥"), ("maxLength", "length ≤"), ("minItems", "items ≥"),
    ("maxItems", "items ≤"), ("multipleOf", "multiple of"), ("pattern", "pattern"),
)  # fmt: skip


def render_documentation(operation: Operation) -> str:
    """Return the documentation of an operation as CommonMark with tables.

    The texts of the description's author are made harmless: no HTML, no terminal escapes, no
    images, no links but http, https and mailto.
    """
    return "\n".join(_page(operation)).strip() + "\n"


def _page(operation: Operation) -> Iterator[str]:
    yield f"# {operation.method} {code(operation.path)}\n"
    if operation.summary:
        yield f"**{line(operation.summary)}**\n"
    if operation.deprecated:
        yield "*Deprecated.*\n"
    if operation.description:
        yield f"{block(operation.description)}\n"
    yield from _facts(operation)
    yield from _access(operation)
    for location, title in _PLACES.items():
        found = [each for each in operation.parameters if each.location == location]
        if found:
            yield f"## {title}\n"
            yield from _table(_parameter_rows(operation, found))
    yield from _body(operation)
    yield from _responses(operation)
    if operation.reasons:
        yield "## Lost during the import\n"
        yield from (f"- {code(each.pointer)} {line(each.message)}" for each in operation.reasons)


_PLACES = {
    "path": "Path parameters",
    "query": "Query parameters",
    "header": "Request headers",
    "cookie": "Cookies",
}


def _facts(operation: Operation) -> Iterator[str]:
    version = f" {line(operation.api_version)}" if operation.api_version else ""
    yield f"- API: {line(operation.api_title)}{version}"
    yield f"- Id: {code(operation.id)}"
    yield f"- Source: {code(operation.source)}"
    if operation.documentation:
        yield f"- Documentation: {code(operation.documentation)}"
    if operation.tags:
        yield f"- Tags: {', '.join(line(tag) for tag in operation.tags)}"
    yield ""


def _access(operation: Operation) -> Iterator[str]:
    yield "## Servers\n"
    for number, server in enumerate(operation.servers):
        note = "" if server.public else " (not public: used only if chosen)"
        text = f" {line(server.description)}" if server.description else ""
        yield f"{number}. {code(server.url)}{text}{note}"
    if not operation.servers:
        yield "The description names no server: choose one, or give it as the input `server`."
    yield "\n## Authentication\n"
    for option in operation.auth:
        names = " and ".join(f"{code(each.name)}: {line(each.label)}" for each in option)
        yield f"- {names or 'none'}"
        for scheme in option:
            yield from _scheme(scheme)
    if not operation.auth:
        yield "None described."
    yield ""


def _scheme(scheme: AuthScheme) -> Iterator[str]:
    if not scheme.applied:
        yield "  - declared, and applied to no operation"
    if scheme.told:
        yield "  - told in the text of the description, and not declared"
    if scheme.description:
        yield f"  - {line(scheme.description)}"
    if scheme.metadata_url:
        yield f"  - endpoints: {code(scheme.metadata_url)}"
    for flow in scheme.flows:
        urls = [code(url) for url in (flow.authorization_url, flow.token_url) if url]
        scopes = f"; scopes {', '.join(map(code, flow.scopes))}" if flow.scopes else ""
        yield f"  - {' '.join([code(flow.grant), *urls])}{scopes}"


def _table(rows: Iterable[tuple[str, str, bool, str]]) -> Iterator[str]:
    yield "| Name | Type | Required | Description |"
    yield "|---|---|---|---|"
    for number, (name, kind, required, text) in enumerate(rows):
        if number == MAX_ROWS:
            yield "| … | | | and more |"
            break
        yield f"| {name} | {kind} | {'yes' if required else 'no'} | {text} |"
    yield ""


def _parameter_rows(
    operation: Operation, parameters: list[Parameter]
) -> Iterator[tuple[str, str, bool, str]]:
    skeleton = Skeleton(operation.definitions)
    for each in parameters:
        flat = skeleton.flattened(each.schema)
        text = _details(flat, each.description, each.example)
        if each.deprecated:
            text = f"*Deprecated.* {text}"
        yield code(each.name), _type(flat, skeleton), each.required, text


def _body(operation: Operation) -> Iterator[str]:
    if operation.body is None:
        return
    need = "required" if operation.body.required else "optional"
    yield f"## Request body ({need})\n"
    if operation.body.description:
        yield f"{block(operation.body.description)}\n"
    yield from _media(operation, operation.body.media)


def _responses(operation: Operation) -> Iterator[str]:
    if operation.responses:
        yield "## Responses\n"
    for each in operation.responses:
        yield f"### {line(each.status)}\n"
        if each.description:
            yield f"{block(each.description)}\n"
        if each.headers:
            yield f"Headers: {', '.join(code(name) for name in each.headers)}\n"
        yield from _media(operation, each.media)


def _media(operation: Operation, media: Iterable[Media]) -> Iterator[str]:
    shown: list[Json] = []
    for each in media:
        yield f"{code(each.content_type)}\n"
        schema = each.schema if each.item_schema is MISSING else each.item_schema
        if schema in shown:
            yield "As above.\n"
            continue
        shown.append(schema)
        yield from _schema(operation, schema)


def _schema(operation: Operation, schema: Json) -> Iterator[str]:
    skeleton = Skeleton(operation.definitions)
    flat = skeleton.flattened(schema)
    if skeleton.branches:
        yield f"One of: {', '.join(code(name) for name in skeleton.branches)}; the first is:\n"
    for rule in _rules(flat):
        yield f"{block(rule)}\n"
    rows = list(_field_rows(flat, skeleton, "", 0))
    if rows:
        yield from _table(rows)
    elif flat:
        yield f"{_type(flat, skeleton)} {_details(flat, str(flat.get('description', '')))}\n"


def _rules(flat: Mapping[str, Json]) -> Iterator[str]:
    """Yield what the author says about fields that depend on each other."""
    for keyword in ("then", "else", "not"):
        part = flat.get(keyword)
        text = part.get("description") if isinstance(part, Mapping) else None
        if isinstance(text, str):
            yield text


def _field_rows(
    flat: Mapping[str, Json], skeleton: Skeleton, prefix: str, depth: int
) -> Iterator[tuple[str, str, bool, str]]:
    if flat.get("type") == "array" and "items" in flat:
        items = skeleton.flattened(flat["items"], 1)
        yield from _field_rows(items, skeleton, f"{prefix}[]", depth)
        return
    if depth >= MAX_DEPTH:
        return
    required = flat.get("required", ())
    for name, schema in flat.get("properties", {}).items():
        member = skeleton.flattened(schema, 1)
        path = f"{prefix}.{name}" if prefix else name
        text = _details(member, str(member.get("description", "")))
        yield code(path), _type(member, skeleton), name in required, text
        yield from _field_rows(member, skeleton, path, depth + 1)


def _type(flat: Mapping[str, Json], skeleton: Skeleton) -> str:
    kind = flat.get("type")
    if kind == "array":
        items = skeleton.flattened(flat.get("items", True), 1)
        return f"array of {line(str(items.get('type', 'any')))}"
    if kind is None and "const" in flat:
        return "constant"
    shape = flat.get("format") or flat.get("contentMediaType")
    name = line(str(kind or ("object" if "properties" in flat else "any")))
    return f"{name} ({line(str(shape))})" if shape else name


def _details(flat: Mapping[str, Json], description: str, example: Json = MISSING) -> str:
    parts = [line(description)] if description else []
    if "const" in flat:
        parts.append(f"Always {_value(flat['const'])}.")
    if "enum" in flat:
        parts.append(f"One of {', '.join(_value(value) for value in flat['enum'][:24])}.")
    limits = [f"{sign} {_value(flat[key])}" for key, sign in _LIMITS if key in flat]
    if limits:
        parts.append(f"Limits: {', '.join(limits)}.".replace("<", "\\<"))
    if "default" in flat:
        parts.append(f"Default: {_value(flat['default'])}.")
    examples = flat.get("examples") or ([] if example is MISSING else [example])
    if examples:
        parts.append(f"Example: {_value(examples[0])}.")
    return " ".join(parts)


def _value(value: Json) -> str:
    return code(value if isinstance(value, str) and value else encoded(value).decode())

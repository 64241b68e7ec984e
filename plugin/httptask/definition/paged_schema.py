"""What ``response.body`` is in a task's output, where the task asks for all pages of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.definition.schema_path import alternatives, property_names, step

RESPONSE_FIELDS: Final = ("statusCode", "reasonPhrase", "headers", "body")

_FILE: Final = {
    "type": "object",
    "required": ["path", "sha256", "size", "mediaType"],
    "properties": {
        "path": {"type": "string"},
        "sha256": {"type": "string"},
        "size": {"type": "integer"},
        "mediaType": {"type": "string"},
    },
}
_BODY: Final = "$.response.body"

Places = list[Any]


def response_fields(options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names that ``response`` has in the output of a task with these options."""
    return (*RESPONSE_FIELDS, "pages") if is_paged(options) else RESPONSE_FIELDS


def is_paged(options: Mapping[str, Any]) -> bool:
    """Tell whether a task asks for all pages of a list."""
    return isinstance(options.get("paging"), Mapping)


def body_schema(options: Mapping[str, Any]) -> Any:
    """Return the JSON Schema of ``response.body`` in the output: of a page, or of the whole list.

    Args:
        options: ``httptask`` as written.
    """
    schema, paging = options.get("responseSchema"), options.get("paging")
    if not isinstance(paging, Mapping):
        return schema
    if paging.get("to") == "ndjson":
        return _FILE
    lists = _lists(schema, paging.get("items")) if isinstance(schema, Mapping) else []
    if not lists or not isinstance(schema, Mapping):
        return {"type": "array"}
    kept = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    return {**kept, "type": "array", "items": _items(schema, lists)}


def _lists(schema: Any, path: Any) -> Places:
    """Return the schemas of the list in a page; nothing where it cannot be told which it is."""
    if isinstance(path, str) and path.startswith(_BODY):
        places: Places = [schema]
        names = [name for name in path.removeprefix(_BODY).split(".") if name]
        for name in names:
            places = _below(schema, places, name)
        return places
    if _is_list(schema, [schema]):
        return [schema]
    names = property_names(schema)
    for candidates in (
        (_below(schema, [schema], name) for name in names),
        _inner(schema, names),
    ):
        found = [places for places in candidates if _is_list(schema, places)]
        if found:
            return found[0] if len(found) == 1 else []
    return []


def _inner(schema: Any, names: list[str]) -> Iterator[Places]:
    for name in names:
        for place in _below(schema, [schema], name):
            yield from (_below(schema, [place], inner) for inner in property_names(schema, place))


def _below(schema: Any, places: Places, name: str | int) -> Places:
    return [found for option in alternatives(schema, places) for found in step(option, name)]


def _is_list(schema: Any, places: Places) -> bool:
    kinds = [each.get("type") for each in alternatives(schema, places) if isinstance(each, Mapping)]
    return any(kind == "array" or (isinstance(kind, list) and "array" in kind) for kind in kinds)


def _items(schema: Any, lists: Places) -> Any:
    found = _below(schema, lists, 0)
    return found[0] if len(found) == 1 else {"anyOf": found} if found else True

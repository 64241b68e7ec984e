"""Whether a path can exist in the values that a JSON Schema describes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

_COMBINED = ("allOf", "anyOf", "oneOf")
_DEPTH = 24


def missing_part(schema: Any, path: Sequence[str | int]) -> tuple[int, list[str]] | None:
    """Return where a path leaves the schema, or None if it may exist.

    Args:
        schema: JSON Schema document.
        path: names and indexes from the value's root.

    Returns:
        The index of the first part that no alternative has, with the names that exist there.
    """
    places = [schema]
    for index, part in enumerate(path):
        opened = _opened(schema, places)
        places = [found for option in opened for found in _step(option, part)]
        if not places:
            names = {name for option in opened for name in _names(option)}
            return index, sorted(names)
    return None


def types_at(schema: Any, path: Sequence[str | int]) -> frozenset[str]:
    """Return the JSON types that a schema allows at a path; none where it says nothing of them."""
    places = [schema]
    for part in path:
        places = [found for option in _opened(schema, places) for found in _step(option, part)]
    return frozenset(kind for option in _opened(schema, places) for kind in _types(option))


def property_names(schema: Any) -> list[str]:
    """Return the names of the properties that a schema lists for its top level, sorted."""
    return sorted({name for option in _opened(schema, [schema]) for name in _names(option)})


def unknown_fields(schema: Any, value: Any) -> Iterator[tuple[tuple[str | int, ...], list[str]]]:
    """Yield the path of each field that a schema does not list, with the names that it does list.

    A schema may leave an object open, so that such a field is no error: it is worth a warning.
    """
    yield from _unknown(schema, value, ())


def _unknown(
    schema: Any, value: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], list[str]]]:
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, Mapping):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        here = (*path, key)
        gone = missing_part(schema, here)
        if gone is None:
            yield from _unknown(schema, inner, here)
        elif gone[1]:
            yield here, gone[1]


def _opened(root: Any, places: Iterable[Any]) -> list[Any]:
    visited: dict[int, bool] = {}
    return [option for place in places for option in _options(root, place, visited)]


def _types(schema: Any) -> Iterator[str]:
    """Yield the types that a schema names, or those of the values that it lists."""
    if not isinstance(schema, Mapping):
        return
    named = schema.get("type")
    if isinstance(named, str):
        yield named
    elif isinstance(named, list):
        yield from (name for name in named if isinstance(name, str))
    else:
        listed = schema.get("enum", [schema["const"]] if "const" in schema else [])
        yield from map(json_type, listed)


def json_type(value: Any) -> str:
    """Return the name that JSON Schema has for the type of a value, or "" if it is not JSON."""
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", str: "string", dict: "object", list: "array"}
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return names.get(type(value), "")


def _options(root: Any, schema: Any, visited: dict[int, bool], depth: int = 0) -> Iterator[Any]:
    """Yield a schema and everything it is combined of, references followed, each but once.

    A circle allows anything. ``visited`` tells by identity which schemas are still being opened.
    """
    if depth > _DEPTH or visited.get(id(schema)):
        yield True
    elif id(schema) not in visited:
        visited[id(schema)] = True
        yield schema
        for option in _combined(root, schema) if isinstance(schema, Mapping) else ():
            yield from _options(root, option, visited, depth + 1)
        visited[id(schema)] = False


def _combined(root: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield _resolve(root, reference)
    for keyword in _COMBINED:
        yield from schema.get(keyword, ())
    for keyword in ("then", "else"):
        if keyword in schema:
            yield schema[keyword]


def _resolve(root: Any, reference: str) -> Any:
    if not reference.startswith("#"):
        return True
    place = root
    for part in reference[1:].split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(place, Mapping) or key not in place:
            return True
        place = place[key]
    return place


def _step(schema: Any, part: str | int) -> list[Any]:
    if schema is True:
        return [True]
    if not isinstance(schema, Mapping):
        return []
    if isinstance(part, int):
        return _item(schema, part)
    properties = schema.get("properties", {})
    if part in properties:
        return [properties[part]]
    if schema.get("patternProperties"):
        return [True]
    extra = schema.get("additionalProperties")
    if isinstance(extra, Mapping) and extra:
        return [extra]
    return [True] if extra is True or _says_nothing(schema) else []


def _item(schema: Mapping[str, Any], part: int) -> list[Any]:
    prefix = schema.get("prefixItems", [])
    if 0 <= part < len(prefix):
        return [prefix[part]]
    if "items" in schema:
        return [schema["items"]] if schema["items"] is not False else []
    kinds = schema.get("type")
    return [True] if _says_nothing(schema) or kinds == "array" else []


def _says_nothing(schema: Mapping[str, Any]) -> bool:
    """Tell whether a schema leaves the shape of its values open."""
    shaping = {"type", "properties", "items", "$ref", "enum", "const", *_COMBINED}
    if not shaping & schema.keys():
        return not {"then", "else", "if", "not"} & schema.keys()
    return schema.get("type") == "object" and "properties" not in schema


def _names(schema: Any) -> list[str]:
    return list(schema.get("properties", {})) if isinstance(schema, Mapping) else []

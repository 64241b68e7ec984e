"""Whether a path can exist in the values that a JSON Schema describes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final

from httptask.definition.reading import steps

MAX_UNKNOWN: Final = 100
"""Fields of a value that are reported as unknown."""

_COMBINED: Final = ("allOf", "anyOf", "oneOf")
_SHAPING: Final = frozenset({"type", "properties", "items", "$ref", "enum", "const", *_COMBINED})
_CONDITIONAL: Final = frozenset({"then", "else", "if", "not"})
COMBINING: Final = frozenset({"$ref", *_COMBINED, "then", "else"})
"""Keywords by which a schema has others say more of the same value."""

Path = tuple[str | int, ...]


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
        opened = alternatives(schema, places)
        places = [found for option in opened for found in step(option, part)]
        if not places:
            names = {name for option in opened for name in _names(option)}
            return index, sorted(names)
    return None


def types_at(schema: Any, path: Sequence[str | int]) -> frozenset[str]:
    """Return the JSON types that a schema allows at a path; none where it says nothing of them."""
    places = [schema]
    for part in path:
        places = [found for option in alternatives(schema, places) for found in step(option, part)]
    return frozenset(kind for option in alternatives(schema, places) for kind in types_of(option))


def property_names(schema: Any, place: Any = None) -> list[str]:
    """Return the names of the properties that a schema lists at a place, sorted.

    Args:
        schema: JSON Schema document.
        place: a schema inside it; the top level if absent.
    """
    opened = alternatives(schema, [schema if place is None else place])
    return sorted({name for option in opened for name in _names(option)})


def unknown_fields(schema: Any, value: Any) -> Iterator[tuple[Path, list[str]]]:
    """Yield the path of each field that a schema does not list, with the names that it does list.

    A schema may leave an object open, so that such a field is not an error: it is worth a warning.
    After `MAX_UNKNOWN` of them, no more are looked for.
    """
    known: dict[frozenset[int], list[Any]] = {}

    def within(places: Iterable[Any], value: Any, path: Path) -> Iterator[tuple[Path, list[str]]]:
        items: Iterable[tuple[str | int, Any]] = ()
        if isinstance(value, Mapping):
            items = value.items()
        elif isinstance(value, list):
            items = enumerate(value)
        each_once = {id(place): place for place in places}
        key = frozenset(each_once)
        if key not in known:
            known[key] = alternatives(schema, each_once.values())
        opened = known[key]
        for part, inner in items:
            inside = [found for option in opened for found in step(option, part)]
            if inside:
                yield from within(inside, inner, (*path, part))
            elif names := sorted({name for option in opened for name in _names(option)}):
                yield (*path, part), names

    return islice(within([schema], value, ()), MAX_UNKNOWN)


def types_of(schema: Any) -> Iterator[str]:
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


def alternatives(root: Any, places: Iterable[Any]) -> list[Any]:
    """Return schemas and everything they are combined of, references followed, each once."""
    waiting = [*places]
    if len(waiting) == 1 and _is_plain(waiting[0]):
        return waiting
    found: dict[int, Any] = {}
    while waiting:
        schema = waiting.pop()
        if id(schema) in found:
            continue
        found[id(schema)] = schema
        if not isinstance(schema, dict) or _is_plain(schema):
            continue
        if isinstance(schema.get("$ref"), str):
            waiting.append(resolved(root, schema["$ref"]))
        waiting += [option for keyword in _COMBINED for option in schema.get(keyword, ())]
        waiting += [schema[keyword] for keyword in ("then", "else") if keyword in schema]
    said = any(not isinstance(each, dict) or each.keys() - {"$ref"} for each in found.values())
    return [*found.values()] if said else [True]


def _is_plain(schema: Any) -> bool:
    """Tell whether a schema says something, and all that it says itself."""
    return isinstance(schema, dict) and bool(schema) and COMBINING.isdisjoint(schema)


def resolved(root: Any, reference: str) -> Any:
    """Return the schema that a reference leads to; True, which allows all, if it leads outside."""
    if not reference.startswith("#"):
        return True
    place = root
    for key in steps(reference):
        if not isinstance(place, Mapping) or key not in place:
            return True
        place = place[key]
    return place


def step(schema: Any, part: str | int) -> list[Any]:
    """Return the schemas of a member or an item; none where there can be none."""
    if schema is True:
        return [True]
    if not isinstance(schema, dict):
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
    if _SHAPING.isdisjoint(schema):
        return _CONDITIONAL.isdisjoint(schema)
    return schema.get("type") == "object" and "properties" not in schema


def _names(schema: Any) -> list[str]:
    return list(schema.get("properties", {})) if isinstance(schema, Mapping) else []

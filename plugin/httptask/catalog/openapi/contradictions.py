"""Schemas that no value can satisfy, as their authors cannot have meant them.

Only what can be seen without generating values is mended: each function leaves out as little as
makes the schema satisfiable, and says what it left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs

Json = Any
Mended = Iterator[tuple[str, str]]
"""Keyword that was changed, and what is different now."""

_ELSEWHERE = frozenset({"patternProperties", "allOf", "anyOf", "oneOf", "$ref"})
"""Keywords that may name further properties."""
_LIMITS = ("pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf")
_BOUNDS = (
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
    ("minimum", "maximum"),
)


_MENDED = frozenset({"enum", "required", *(low for low, _ in _BOUNDS)})
"""Keywords without which nothing is mended: most schemas have none of them."""


def mend(schema: dict[str, Json]) -> Mended:
    """Change a converted schema in place where its own keywords exclude each other."""
    if _MENDED.isdisjoint(schema):
        return
    yield from _enum(schema)
    yield from _limited_enum(schema)
    yield from _bounds(schema)
    yield from _required(schema)


def type_of(value: Json) -> str:
    """Return the JSON Schema type of a value; ``integer`` for a whole number."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    kinds = {float: "number", str: "string", list: "array", dict: "object"}
    return kinds.get(type(value), "null")


def _enum(schema: dict[str, Json]) -> Mended:
    """Give the values of an ``enum`` the declared type, or leave the type out."""
    declared = schema.get("type")
    if "enum" not in schema or declared is None:
        return
    types = set(declared) if isinstance(declared, list) else {declared}
    if "number" in types:
        types.add("integer")
    if any(type_of(value) in types for value in schema["enum"] if value is not None):
        return
    meant = [_as_type(value, types) for value in schema["enum"]]
    if None not in meant:
        schema["enum"] = meant
    elif types != {"null"} and any(value is not None for value in schema["enum"]):
        del schema["type"]
        yield "type", f"no value of 'enum' is of the type {declared!r}, which is left out"


def _limited_enum(schema: dict[str, Json]) -> Mended:
    """Leave out limits that no value of the ``enum`` keeps."""
    limits = {key: schema[key] for key in _LIMITS if key in schema}
    if "enum" not in schema or not limits:
        return
    kept = jsonschema_rs.Draft202012Validator(limits)
    if not any(kept.is_valid(value) for value in schema["enum"] if value is not None):
        for key in limits:
            del schema[key]
            yield key, f"no value of 'enum' keeps {key!r}, which is left out"


def _as_type(value: Json, types: set[str]) -> Json:
    """Return the value that was meant, such as the text of a boolean, or None."""
    if "string" in types and not isinstance(value, (str, list, dict)) and value is not None:
        return json.dumps(value)
    if not isinstance(value, str):
        return None
    try:
        meant = json.loads(value.strip().lower())
    except ValueError:
        return None
    return meant if type_of(meant) in types else None


def _bounds(schema: dict[str, Json]) -> Mended:
    for low, high in _BOUNDS:
        if low in schema and high in schema and schema[low] > schema[high]:
            del schema[low]
            yield low, f"{low!r} is above {high!r} and is left out"


def _required(schema: dict[str, Json]) -> Mended:
    """Drop required names that the schema itself forbids."""
    if schema.get("additionalProperties") is not False or not _ELSEWHERE.isdisjoint(schema):
        return
    members: Mapping[str, Json] = schema.get("properties", {})
    wrong = [name for name in schema.get("required", ()) if name not in members]
    if wrong:
        schema["required"] = [name for name in schema["required"] if name in members]
        listed = ", ".join(map(repr, wrong[:5]))
        yield "required", f"{listed}: required, but 'additionalProperties' forbids it"

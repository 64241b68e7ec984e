"""Which schema keywords are kept, what their values must be, and vendors' words for types."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import jsonschema_rs

Json = Any

TYPES: Final = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
TYPE_WORDS: Final[Mapping[str, str]] = {
    "int": "integer",
    "int32": "integer",
    "int64": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "decimal": "number",
    "bool": "boolean",
    "str": "string",
    "text": "string",
    "date": "string",
    "datetime": "string",
    "date-time": "string",
    "uuid": "string",
    "file": "string",
    "list": "array",
    "map": "object",
    "dict": "object",
    "hash": "object",
}
ANNOTATIONS: Final = frozenset(
    {
        "title",
        "description",
        "default",
        "examples",
        "deprecated",
        "readOnly",
        "writeOnly",
        "discriminator",
    }
)
SCHEMA_VALUED: Final = (
    "additionalProperties", "items", "contains", "propertyNames", "not", "if", "then", "else",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema", "additionalItems",
)  # fmt: skip
SCHEMA_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
COMPOSED: Final = frozenset({"allOf", "anyOf", "oneOf"})
SCHEMA_MAPS: Final = ("properties", "patternProperties", "dependentSchemas")


def _count(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _number(value: Json) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and -(2**63) <= value < 2**64
    return isinstance(value, float) and math.isfinite(value)


def _text(value: Json) -> bool:
    return isinstance(value, str)


def _flag(value: Json) -> bool:
    return isinstance(value, bool)


def _names(value: Json) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(item, str) for item in value)
        and len(set(value)) == len(value)
    )


def _choices(value: Json) -> bool:
    return isinstance(value, list) and bool(value)


def _any(_value: Json) -> bool:
    return True


@lru_cache(maxsize=4096)
def usable_pattern(pattern: str) -> bool:
    """Tell whether a regular expression compiles in linear-time syntax limits."""
    if len(pattern) > 2000 or re.search(r"\{\d{4,}", pattern):
        return False
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}).is_valid("a")
    except (ValueError, jsonschema_rs.ValidationError):
        return False
    return True


def _pattern(value: Json) -> bool:
    return isinstance(value, str) and usable_pattern(value)


def _dependencies(value: Json) -> bool:
    return isinstance(value, Mapping) and all(_names(names) for names in value.values())


CHECKS: Final[Mapping[str, Callable[[Json], bool]]] = {
    "title": _text,
    "description": _text,
    "default": _any,
    "const": _any,
    "deprecated": _flag,
    "readOnly": _flag,
    "writeOnly": _flag,
    "enum": _choices,
    "required": _names,
    "pattern": _pattern,
    "format": _text,
    "contentEncoding": _text,
    "contentMediaType": _text,
    "maxLength": _count,
    "minLength": _count,
    "maxItems": _count,
    "minItems": _count,
    "maxContains": _count,
    "minContains": _count,
    "maxProperties": _count,
    "minProperties": _count,
    "uniqueItems": _flag,
    "maximum": _number,
    "minimum": _number,
    "exclusiveMaximum": _number,
    "exclusiveMinimum": _number,
    "multipleOf": lambda value: _number(value) and value > 0,
    "dependentRequired": _dependencies,
}
"""Keywords kept as they are if their value passes the check."""

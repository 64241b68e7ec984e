"""Walks over JSON values and converted schemas."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from httptask.catalog.openapi.keywords import ANNOTATIONS, SCHEMA_MAPS

Json = Any
PREFIX = "#/$defs/"
"""What a reference to a definition begins with."""
_UNSAFE = re.compile(r"\$\{")


def references(schema: Json) -> Iterator[str]:
    """Yield the names of the definitions that a schema refers to, with repetitions."""
    if isinstance(schema, list):
        for item in schema:
            yield from references(item)
    elif isinstance(schema, dict):
        target = schema.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix(PREFIX)
        for key, child in schema.items():
            if key in SCHEMA_MAPS:
                for each in child.values():
                    yield from references(each)
            elif key not in ("const", "enum", "default", "examples", "discriminator"):
                yield from references(child)


def expressive(value: Json) -> bool:
    """Tell whether a JSON value contains a text that would be read as an expression."""
    if isinstance(value, str):
        return "${" in value
    return isinstance(value, (dict, list)) and b"${" in encoded(value)


def harmless(text: str) -> str:
    """Return a text for humans in which nothing reads as an expression."""
    return _UNSAFE.sub("$ {", text) if "${" in text else text


def lean(schema: Json) -> Json:
    """Return a schema without annotations: what decides about validity only."""
    if isinstance(schema, list):
        return [lean(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Json] = {}
    for key, child in schema.items():
        if key in SCHEMA_MAPS:
            result[key] = {name: lean(each) for name, each in child.items()}
        elif key in ("const", "enum", "dependentRequired"):
            result[key] = child
        elif key not in ANNOTATIONS:
            result[key] = lean(child)
    return result


def encoded(value: Json) -> bytes:
    """Return compact JSON, integers of any size included."""
    try:
        return msgspec.json.encode(value)
    except OverflowError:
        return json.dumps(value, separators=(",", ":")).encode()

"""``allOf`` and ``oneOf`` as their authors mean them, where no value could satisfy the letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from httptask.catalog.openapi.shapes import Lookup, overlap, shape
from httptask.catalog.openapi.walking import PREFIX

Json = Any


def settle(schema: dict[str, Json], lookup: Lookup) -> Iterator[tuple[str, str]]:
    """Change a composed schema in place; yield the keyword and what is different now.

    Args:
        schema: a converted schema with ``allOf`` or ``oneOf``.
        lookup: gives converted definitions by name; they may not be settled yet.
    """
    yield from _opened(schema, lookup)
    if "oneOf" in schema and "anyOf" not in schema:
        branches = overlap(schema["oneOf"], lookup)
        if branches is not None:
            schema["anyOf"] = schema.pop("oneOf")
            one, other = branches
            yield "oneOf", f"what fits branch {one} fits branch {other} too: read as 'anyOf'"


def _opened(schema: dict[str, Json], lookup: Lookup) -> Iterator[tuple[str, str]]:
    """Let the parts of an inheritance have each other's properties."""
    parts = [part for key in ("allOf", "oneOf", "anyOf") for part in schema.get(key, ())]
    names = [set(shape(part, lookup).properties) for part in parts]
    own = set(schema.get("properties", {}))
    if schema.get("additionalProperties") is False and not set().union(*names) <= own:
        del schema["additionalProperties"]
        yield "additionalProperties", "it forbids the properties of its own parts: left out"
    every = own.union(*names[: len(schema.get("allOf", ()))])
    for index, part in enumerate(schema.get("allOf", ())):
        target = _resolved(part, lookup)
        closed = isinstance(target, Mapping) and target.get("additionalProperties") is False
        if closed and "patternProperties" not in target and not every <= names[index]:
            kept = {key: value for key, value in target.items() if key != "additionalProperties"}
            schema["allOf"][index] = kept
            yield f"allOf/{index}", "it forbids the properties of the other parts: now allowed"


def _resolved(part: Json, lookup: Lookup) -> Json:
    target = part.get("$ref") if isinstance(part, Mapping) else None
    return lookup(target.removeprefix(PREFIX)) if isinstance(target, str) else part

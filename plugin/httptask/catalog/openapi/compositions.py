"""``allOf`` and ``oneOf`` as their authors mean them, where no value could satisfy the letter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from httptask.catalog.openapi.shapes import MAX_DEPTH, Lookup, overlap, shape
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
        if not every <= names[index] and _closed(part, lookup):
            schema["allOf"][index] = _open(part, lookup)
            yield f"allOf/{index}", "it forbids the properties of the other parts: now allowed"


def _closed(schema: Json, lookup: Lookup, depth: int = 0) -> bool:
    """Tell whether a schema, or what it inherits, limits properties that it does not name."""
    target = _resolved(schema, lookup)
    if not isinstance(target, dict) or depth > MAX_DEPTH:
        return False
    limited = target.get("additionalProperties", True) not in (True, {})
    return limited or any(_closed(part, lookup, depth + 1) for part in target.get("allOf", ()))


def _open(schema: Json, lookup: Lookup) -> Json:
    """Return a copy without those limits."""
    target = _resolved(schema, lookup)
    kept = {key: value for key, value in target.items() if key != "additionalProperties"}
    if "allOf" in kept:
        kept["allOf"] = [
            _open(part, lookup) if _closed(part, lookup) else part for part in kept["allOf"]
        ]
    return kept


def _resolved(schema: Json, lookup: Lookup) -> Json:
    """Follow a reference to what is not a reference; ``True`` if it leads to itself."""
    for _ in range(MAX_DEPTH):
        target = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(target, str):
            return schema
        schema = lookup(target.removeprefix(PREFIX))
    return True

"""What can be told of a converted schema without values: enough to see that branches overlap."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from httptask.catalog.openapi.contradictions import type_of
from httptask.catalog.openapi.walking import PREFIX

Json = Any
Lookup = Callable[[str], Json]
"""Name of a definition to its schema."""
MAX_DEPTH: Final = 4
_UNTOLD: Final = frozenset({"not", "if", "pattern", "patternProperties", "dependentRequired"})
_ANY: Final = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})


@dataclass(slots=True)
class Shape:
    """What a schema says about a value.

    Attributes:
        types: types that a value may have.
        required: properties that it must have.
        properties: property name to its schema.
        items: schema of an array's items.
        closed: True if there may be no other properties.
        values: JSON texts of the values that are allowed; None for any.
        options: lists of schemas, one of each of which must take the value.
        told: False if the schema says more than a shape holds.
    """

    types: frozenset[str] = _ANY
    required: set[str] = field(default_factory=set)
    properties: dict[str, Json] = field(default_factory=dict)
    items: Json = True
    closed: bool = False
    values: frozenset[str] | None = None
    options: list[list[Json]] = field(default_factory=list)
    told: bool = True

    @property
    def tag(self) -> bool:
        """True if only one value is allowed: a word that tells branches apart."""
        return self.values is not None and len(self.values) == 1


def shape(schema: Json, lookup: Lookup, depth: int = 0) -> Shape:
    """Return the shape of a schema, references and ``allOf`` followed."""
    result = Shape()
    if not isinstance(schema, dict) or depth > MAX_DEPTH:
        result.told = schema is True
        return result
    if declared := schema.get("type"):
        types = set(declared) if isinstance(declared, list) else {declared}
        result.types = frozenset(types | {"integer"} if "number" in types else types)
    elif "properties" in schema:
        result.types = frozenset({"object"})
    result.required = set(schema.get("required", ()))
    result.properties = dict(schema.get("properties", {}))
    result.items = schema.get("items", True)
    result.closed = schema.get("additionalProperties") is False
    choices = [schema["const"]] if "const" in schema else schema.get("enum")
    if choices is not None:
        result.values = frozenset(json.dumps(value) for value in choices)
        result.types &= {type_of(value) for value in choices}
    result.options = [list(schema[key]) for key in ("oneOf", "anyOf") if key in schema]
    result.told = _UNTOLD.isdisjoint(schema)
    parts = list(schema.get("allOf", ()))
    if isinstance(target := schema.get("$ref"), str):
        parts.append(lookup(target.removeprefix(PREFIX)))
    for part in parts:
        _narrow(result, shape(part, lookup, depth + 1))
    return result


def _narrow(one: Shape, other: Shape) -> None:
    one.types &= other.types
    one.required |= other.required
    one.properties = {**other.properties, **one.properties}
    one.items = other.items if one.items is True else one.items
    one.closed = one.closed or other.closed
    one.values = other.values if one.values is None else one.values
    one.options = [*one.options, *other.options]
    one.told = one.told and other.told


def _variants(one: Shape, lookup: Lookup, depth: int) -> Iterator[Shape]:
    """Yield the shape with each of its own first options taken."""
    for option in one.options[0]:
        result = replace(one, required=set(one.required), options=[])
        _narrow(result, shape(option, lookup, depth + 1))
        result.options = []
        yield result


def overlap(branches: list[Json], lookup: Lookup) -> tuple[int, int] | None:
    """Return two branches that the least value of the first one fits, or None."""
    shapes = [shape(branch, lookup) for branch in branches]
    for index, one in enumerate(shapes):
        for number, other in enumerate(shapes):
            if index != number and _takes(other, one, lookup, 0):
                return index, number
    return None


def _takes(other: Shape, one: Shape, lookup: Lookup, depth: int) -> bool:
    """Tell whether a shape takes the least value of another one, or of one of its options."""
    if one.options:
        variants = _variants(one, lookup, depth) if depth <= MAX_DEPTH else ()
        return any(_takes(other, each, lookup, depth + 1) for each in variants)
    if depth > MAX_DEPTH or not other.told or not one.types & other.types:
        return False
    if one.values is not None and other.values is not None and not one.values & other.values:
        return False
    if one.values is None and other.values is not None:
        return False
    if one.types == {"array"} and "array" in other.types:
        items = shape(one.items, lookup, depth + 1), shape(other.items, lookup, depth + 1)
        if not _takes(items[1], items[0], lookup, depth + 1):
            return False
    for options in other.options:
        inner = (shape(option, lookup, depth + 1) for option in options)
        if not any(_takes(each, one, lookup, depth + 1) for each in inner):
            return False
    return _takes_members(other, one, lookup, depth)


def _takes_members(other: Shape, one: Shape, lookup: Lookup, depth: int) -> bool:
    inside = {name: shape(each, lookup, depth + 1) for name, each in one.properties.items()}
    sent = one.required | {name for name, each in inside.items() if each.tag}
    if not other.required <= sent or (other.closed and not sent <= set(other.properties)):
        return False
    for name in sent & set(other.properties):
        if other.properties[name] == one.properties.get(name):
            continue
        if not _takes(
            shape(other.properties[name], lookup, depth + 1),
            inside.get(name, Shape()),
            lookup,
            depth + 1,
        ):
            return False
    return True

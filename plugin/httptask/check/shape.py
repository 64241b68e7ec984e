"""What a JSON Schema says of a value: its types, the values it lists, whether it may be absent.

Everything here errs on the side of "anything": what a schema does not rule out may be there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from httptask.core.first_use import cached_property
from httptask.definition.schema_path import COMBINING, alternatives, json_type, resolved, step

_LISTED: Final = 200
_ALTERNATIVES: Final = ("anyOf", "oneOf")
_APART: Final = frozenset({*_ALTERNATIVES, "then", "else"})

Own = Callable[[Mapping[str, Any]], Iterator[frozenset[Any]]]
"""Reads what a schema says of a value by itself."""


@dataclass(frozen=True)
class Shape:
    """The schemas of one place, all of one document; the value obeys at least one.

    Attributes:
        root: the document.
        places: the schemas.
        absent: why nothing may be there, or "".
        settled: whether its author has said what stands for a value that is not there.
    """

    root: Any
    places: tuple[Any, ...]
    absent: str = ""
    settled: bool = False

    @classmethod
    def of(cls, schema: Any) -> Shape:
        """Return the shape of a whole document."""
        return cls(schema, (schema,))

    @cached_property
    def _options(self) -> list[Any]:
        return alternatives(self.root, self.places)

    @cached_property
    def required(self) -> frozenset[str]:
        """Return the names of the members that an object must have."""
        maps = [each for each in self._options if isinstance(each, Mapping)]
        return frozenset(name for each in maps for name in each.get("required", ()))

    @cached_property
    def _types(self) -> frozenset[str] | None:
        return self._either(_types)

    def types(self) -> frozenset[str] | None:
        """Return the JSON types of the value, or None for any; "number" includes "integer"."""
        return self._types

    def values(self) -> frozenset[tuple[str, Any]] | None:
        """Return all values there can be, each with its type, or None if they are not listed."""
        found = self._either(_values)
        return found if found is None or len(found) <= _LISTED else None

    def formats(self) -> frozenset[str] | None:
        """Return the formats that a text may be of, or None if they are not named."""
        return self._either(_formats)

    def limits(self, least: str, most: str) -> tuple[float, float]:
        """Return the widest limits that all schemas of the place state by two keywords."""
        stated = [each if isinstance(each, Mapping) else {} for each in self._options]
        lowest = min([_number(each.get(least), -math.inf) for each in stated], default=-math.inf)
        highest = max([_number(each.get(most), math.inf) for each in stated], default=math.inf)
        return lowest, highest

    def may_be_null(self) -> bool:
        """Tell whether the schema names null, and nothing stands for it."""
        return not self.settled and "null" in (self.types() or ())

    def at(self, part: str | int) -> Shape | None:
        """Return the shape of a member or an item; None where there can be none."""
        each_once = {id(each): each for option in self._options for each in step(option, part)}
        found = tuple(each_once.values())
        if not found:
            return None
        absent = self.absent or self._optional(part)
        return Shape(self.root, found, absent)

    def items(self) -> Shape:
        """Return the shape of any item of a list."""
        options = [each for each in self._options if isinstance(each, Mapping)]
        listed = [each for each in options if each.get("type") == "array" or "items" in each]
        items = tuple(
            each["items"] for each in listed if "items" in each and not each.get("prefixItems")
        )
        return Shape(self.root, items if items and len(items) == len(listed) else (True,))

    def listed(self) -> Shape:
        """Return the shape of a list of such values."""
        items = self.places[0] if len(self.places) == 1 else {"anyOf": [*self.places]}
        return Shape(self.root, ({"type": "array", "items": items},))

    def is_one(self) -> bool:
        """Tell whether every value obeys all that is said here: there are no alternatives."""
        maps = [each for each in self._options if isinstance(each, Mapping)]
        return len(self.places) == 1 and all(_APART.isdisjoint(each) for each in maps)

    def requires(self, name: str) -> bool:
        """Tell whether an object must have a member."""
        return name in self.required

    def names(self) -> list[str]:
        """Return the names of the members that the schema lists."""
        maps = [each.get("properties", {}) for each in self._options if isinstance(each, Mapping)]
        return sorted({name for each in maps for name in each})

    def _optional(self, part: str | int) -> str:
        if isinstance(part, int):
            return ""
        holders = [
            each
            for each in self._options
            if isinstance(each, Mapping) and part in each.get("properties", {})
        ]
        return f"{part!r} is optional" if holders and not self.requires(part) else ""

    def _either(self, own: Own) -> frozenset[Any] | None:
        read = _Reading(self.root, own).of
        if len(self.places) == 1:
            return read(self.places[0])
        found = [read(place) for place in self.places]
        return None if None in found else frozenset().union(*filter(None, found))


@dataclass(slots=True)
class _Reading:
    """Gathers what all parts of a schema say; each part is read once, however often it is named."""

    root: Any
    own: Own
    _read: dict[int, frozenset[Any] | None] = field(default_factory=dict)

    def of(self, schema: Any) -> frozenset[Any] | None:
        """Return what every part of a schema allows; None if none of them says anything."""
        if not isinstance(schema, Mapping):
            return frozenset() if schema is False else None
        if id(schema) not in self._read:
            self._read[id(schema)] = None  # what a schema says of itself is nothing new
            self._read[id(schema)] = self._met(schema)
        return self._read[id(schema)]

    def _met(self, schema: Mapping[str, Any]) -> frozenset[Any] | None:
        parts = [*self.own(schema)]
        if not COMBINING.isdisjoint(schema):
            parts += [each for each in self._combined(schema) if each is not None]
        return frozenset.intersection(*parts) if parts else None

    def _combined(self, schema: Mapping[str, Any]) -> Iterator[frozenset[Any] | None]:
        if isinstance(schema.get("$ref"), str):
            yield self.of(resolved(self.root, schema["$ref"]))
        yield from map(self.of, schema.get("allOf", ()))
        for keyword in _ALTERNATIVES:
            options = [self.of(each) for each in schema.get(keyword, ())]
            if options and None not in options:
                yield frozenset().union(*filter(None, options))


def _number(value: Any, otherwise: float) -> float:
    return value if isinstance(value, int | float) else otherwise


def _types(schema: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    named = schema.get("type")
    kinds = [named] if isinstance(named, str) else named
    if isinstance(kinds, list):
        more = {"integer"} if "number" in kinds else set()
        more |= {"null"} if schema.get("nullable") is True else set()
        yield frozenset(kinds) | more
    yield from (frozenset(kind for kind, _ in each) for each in _values(schema))


def _values(schema: Mapping[str, Any]) -> Iterator[frozenset[tuple[str, Any]]]:
    listed = [schema["const"]] if "const" in schema else schema.get("enum")
    if isinstance(listed, list) and not any(isinstance(each, (dict, list)) for each in listed):
        yield frozenset((json_type(each), each) for each in listed)
    elif schema.get("type") == "null":
        yield frozenset([("null", None)])


def _formats(schema: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    if isinstance(schema.get("format"), str):
        yield frozenset([schema["format"]])

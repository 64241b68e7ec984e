"""The fields that a JSON Schema describes, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from httptask.catalog.values import Json

MAX_FIELDS: Final = 2_000
MAX_DEPTH: Final = 8
ITEM: Final = "[]"
"""Step from a list to each of its items."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One described value.

    Attributes:
        types: JSON types that it may have, but for null; empty for any.
        choices: values that it may have; empty for any.
        required: whether the object that holds it is wrong without it.
    """

    types: frozenset[str] = frozenset()
    choices: tuple[Json, ...] = ()
    required: bool = False


ANY: Final = Field()
"""A value of which nothing is known."""


def fields_of(schema: Json, definitions: Mapping[str, Json]) -> dict[Path, Field]:
    """Return the value itself, at (), and every field below it, by the steps that lead there.

    Args:
        schema: the schema; references in it are ``#/$defs/NAME``.
        definitions: what they refer to.
    """
    walk = _Walk(definitions)
    walk.into(schema, (), required=True)
    return walk.found


@dataclass(slots=True)
class _Walk:
    definitions: Mapping[str, Json]
    found: dict[Path, Field] = field(default_factory=dict)
    inside: list[str] = field(default_factory=list)

    def into(self, schema: Any, path: Path, *, required: bool) -> None:
        """Note a value and what is below it."""
        if len(self.found) >= MAX_FIELDS or len(path) > MAX_DEPTH:
            return
        if not isinstance(schema, Mapping):
            self.found.setdefault(path, Field(required=required))
            return
        target = schema.get("$ref")
        if isinstance(target, str):
            name = target.removeprefix("#/$defs/")
            if name not in self.inside:
                self.inside.append(name)
                self.into(self.definitions.get(name), path, required=required)
                self.inside.pop()
            return
        self._note(schema, path, required=required)
        self._below(schema, path)

    def _note(self, schema: Mapping[str, Any], path: Path, *, required: bool) -> None:
        kinds, choices = schema.get("type"), schema.get("enum")
        listed = kinds if isinstance(kinds, list) else [kinds]
        types = {each for each in listed if isinstance(each, str) and each != "null"}
        known = self.found.get(path, ANY)
        self.found[path] = Field(
            known.types | types,
            known.choices + tuple(choices if isinstance(choices, list) else ()),
            known.required or required,
        )

    def _below(self, schema: Mapping[str, Any], path: Path) -> None:
        needed = schema.get("required")
        names = needed if isinstance(needed, list) else []
        members = schema.get("properties")
        for name, each in members.items() if isinstance(members, Mapping) else ():
            self.into(each, (*path, name), required=name in names)
        if "items" in schema:
            self.into(schema["items"], (*path, ITEM), required=False)
        own = self.found[path].required
        for key in ("allOf", "oneOf", "anyOf"):
            branches = schema.get(key)
            for each in branches if isinstance(branches, list) else ():
                before = set(self.found)
                self.into(each, path, required=own)
                if key != "allOf":
                    self._loosen(before)

    def _loosen(self, before: set[Path]) -> None:
        """Fields of one branch of several are not required: another one may be chosen."""
        for path in self.found.keys() - before:
            each = self.found[path]
            self.found[path] = Field(each.types, each.choices)

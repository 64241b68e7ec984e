"""Say where and how a value breaks a JSON Schema, at no more cost than telling that it does.

A validator's own list of errors holds those of every branch of every ``anyOf``: 2^n for a recursive
schema with two branches. Here validators only tell whether a part of the value fits a part of the
schema, and a walk follows what does not fit, for a limited time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote, urljoin

import jsonschema_rs

from httptask.definition.reading import steps
from httptask.definition.schema_path import property_names
from httptask.definition.schema_problem import Problem, Spot, pointer_of

MAX_SECONDS: Final = 0.5
"""Time for one report; when it is over, the deepest place found so far is reported."""

_BASE: Final = "https://schema.invalid/"
_MAX_HOPS: Final = 32
_FLAT: Final = frozenset(
    {
        "const",
        "dependentRequired",
        "enum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "multipleOf",
        "pattern",
        "required",
        "type",
        "uniqueItems",
    }
)
"""Keywords that look at one value and have no schemas in them: theirs are few errors."""

Compile = Callable[..., Any]
"""Makes a validator of a schema; takes a registry of other schemas."""


@dataclass(slots=True)
class Report:
    """Finds what is wrong with a value that is known to break a schema.

    Attributes:
        document: the schema.
        compile: makes a validator of a schema.
        clock: monotonic seconds.
    """

    document: dict[str, Any] | bool
    compile: Compile
    clock: Callable[[], float] = time.monotonic
    _until: float = 0.0
    _seen: dict[tuple[str, str], list[Problem]] = field(default_factory=dict)
    _validators: dict[str, Any] = field(default_factory=dict)
    _base: str = _BASE
    _dialect: str = ""

    def __post_init__(self) -> None:
        own = self.document if isinstance(self.document, Mapping) else {}
        if isinstance(own.get("$id"), str):
            self._base = urljoin(_BASE, own["$id"]).partition("#")[0]
        if isinstance(own.get("$schema"), str):
            self._dialect = own["$schema"]

    def problems(self, value: Any, limit: int) -> list[Problem]:
        """Return at least one and at most ``limit`` problems of the value."""
        self._until = self.clock() + MAX_SECONDS
        found: dict[Problem, None] = {}
        for problem in self._explained(Spot("", value)):
            found[problem] = None
            if len(found) == limit:
                break
        return [*found]

    def _is_late(self) -> bool:
        return self.clock() > self._until

    def _explained(self, spot: Spot) -> Iterator[Problem]:
        """Yield the problems of a place that has some; of one seen before, its first again."""
        place = spot.at, spot.pointer
        if place in self._seen:
            yield from self._seen[place][:1]
            return
        found = self._seen[place] = []
        for problem in () if self._is_late() else self._at(spot):
            found.append(problem)
            yield problem
        if not found:
            found.append(self._rest(spot))
            yield found[0]

    def _at(self, spot: Spot) -> Iterator[Problem]:
        schema = self._schema(spot.at)
        if schema is False:
            yield spot.broken("falseSchema")
        if not isinstance(schema, Mapping):
            return
        if "$ref" in schema and "/draft-0" in self._dialect:  # there nothing beside it counts
            schema = {"$ref": schema["$ref"]}
        for error in self._flat(schema, spot.at).iter_errors(spot.value):
            yield spot.told(error, schema)
        for keyword in schema:
            yield from self._nested(keyword, schema, spot)

    def _nested(self, keyword: str, schema: Mapping[str, Any], spot: Spot) -> Iterator[Problem]:
        """Yield what one keyword with schemas in it finds."""
        match keyword:
            case "anyOf" | "oneOf":
                yield from self._branches(keyword, len(schema[keyword]), spot)
            case "not" if not self._fails(spot.under("not")):
                yield spot.under("not", rule=_words(schema["not"], schema)).broken("not")
            case "contains" if self._lacks(schema, spot):
                yield spot.broken("contains")
            case "not" | "contains":
                return
            case _:
                for part in self._failing(keyword, schema, spot):
                    yield from self._explained(part)
                    if self._is_late():
                        return

    def _failing(self, keyword: str, schema: Mapping[str, Any], spot: Spot) -> Iterator[Spot]:
        """Yield the places that must fit for a keyword to hold, and do not."""
        yield from filter(self._fails, self._parts(keyword, schema, spot))
        keys = self._other_parts(keyword, schema, spot.value)
        if keys:
            fits = self._validator(spot.at + pointer_of([keyword])).is_valid
            for key in keys:
                if not fits(spot.value[key]):
                    yield spot.child(key, keyword)

    def _parts(self, keyword: str, schema: Mapping[str, Any], spot: Spot) -> Iterator[Spot]:
        """Yield the places that a keyword speaks of: as many as the schema has parts."""
        inside, value = schema[keyword], spot.value
        match keyword:
            case "$ref" | "$dynamicRef" | "$recursiveRef":
                if (target := self._target(inside)) is not None:
                    yield Spot(target, value, spot.pointer, spot.rule)
            case "allOf":
                yield from map(partial(spot.under, keyword), range(len(inside)))
            case "if":
                branch = "else" if self._fails(spot.under("if")) else "then"
                if branch in schema:
                    yield spot.under(branch, rule=_words(schema[branch], schema))
            case "prefixItems" | "items" if isinstance(value, list) and isinstance(inside, list):
                for index in range(min(len(inside), len(value))):
                    yield spot.child(index, keyword, index)
            case _ if isinstance(value, dict):
                yield from self._members(keyword, schema, spot)

    def _members(self, keyword: str, schema: Mapping[str, Any], spot: Spot) -> Iterator[Spot]:
        """Yield the members of an object, each with what a keyword says of it."""
        inside, value = schema[keyword], spot.value
        match keyword:
            case "properties":
                yield from (spot.child(name, keyword, name) for name in inside if name in value)
            case "patternProperties":
                for pattern in inside:
                    for name in filter(self._named(pattern), value):
                        yield spot.child(name, keyword, pattern)
            case "propertyNames":
                for name in value:
                    pointer = spot.pointer + pointer_of([name])
                    yield Spot(f"{spot.at}/{keyword}", name, pointer, spot.rule)
            case "dependentSchemas" | "dependencies":
                for name, each in inside.items():
                    if name in value and not isinstance(each, list):
                        yield spot.under(keyword, name, rule=_words(each, schema))

    def _other_parts(
        self, keyword: str, schema: Mapping[str, Any], value: Any
    ) -> Sequence[str | int]:
        """Return which items or members a keyword speaks of because no other one does."""
        if isinstance(value, list) and (first := _first_item(keyword, schema)) is not None:
            return range(first, len(value))
        if keyword != "additionalProperties" or schema[keyword] is False:
            return ()
        if not isinstance(value, dict):
            return ()
        names = [name for name in value if name not in schema.get("properties", ())]
        for pattern in schema.get("patternProperties", ()):
            is_named = self._named(pattern)
            names = [name for name in names if not is_named(name)]
        return names

    def _branches(self, keyword: str, count: int, spot: Spot) -> Iterator[Problem]:
        """Yield the problems of the one branch that is meant, or that none or too many fit."""
        branches = [spot.under(keyword, index) for index in range(count)]
        fitting = sum(not self._fails(branch) for branch in branches)
        if fitting == 1 or (fitting and keyword == "anyOf"):
            return
        meant = [] if fitting else [branch for branch in branches if self._is_meant(branch)]
        if len(meant) == 1:
            yield from self._explained(meant[0])
        else:
            yield spot.broken(keyword)

    def _is_meant(self, spot: Spot) -> bool:
        """Tell whether a branch speaks of a value like this: what is flat in it holds."""
        schema = self._schema(spot.at)
        for _ in range(_MAX_HOPS):
            if not isinstance(schema, Mapping) or "$ref" not in schema:
                break
            target = self._target(schema["$ref"])
            schema = None if target is None else self._schema(target)
        return isinstance(schema, Mapping) and bool(
            self._compiled(_flat_part(schema)).is_valid(spot.value)
        )

    def _rest(self, spot: Spot) -> Problem:
        """Return what is wrong where no other keyword says it."""
        schema = self._schema(spot.at)
        if self._is_late() or not isinstance(schema, Mapping):
            return spot.broken("schema")
        if "unevaluatedProperties" in schema and isinstance(spot.value, dict):
            known = property_names(self.document, schema)
            names = [name for name in spot.value if name not in known]
            if names:
                return spot.unexpected("unevaluatedProperties", names, known)
        found = [key for key in ("unevaluatedProperties", "unevaluatedItems") if key in schema]
        return spot.broken(found[0] if found else "schema")

    def _lacks(self, schema: Mapping[str, Any], spot: Spot) -> bool:
        counts = {key: schema[key] for key in ("minContains", "maxContains") if key in schema}
        wanted = {"$ref": self._uri(f"{spot.at}/contains")}
        return not self._compiled({**counts, "contains": wanted}).is_valid(spot.value)

    def _fails(self, spot: Spot) -> bool:
        return not self._validator(spot.at).is_valid(spot.value)

    def _validator(self, at: str) -> Any:
        if at not in self._validators:
            self._validators[at] = self._compiled({"$ref": self._uri(at)})
        return self._validators[at]

    def _flat(self, schema: Mapping[str, Any], at: str) -> Any:
        key = f"flat {at}"
        if key not in self._validators:
            self._validators[key] = self._compiled(_flat_part(schema))
        return self._validators[key]

    def _named(self, pattern: str) -> Callable[[str], bool]:
        fits: Callable[[str], bool] = self._compiled({"pattern": pattern}).is_valid
        return fits

    def _compiled(self, schema: Mapping[str, Any]) -> Any:
        registry = jsonschema_rs.Registry([(self._base, self.document)])
        dialect = {"$schema": self._dialect} if self._dialect else {}
        return self.compile({**dialect, **schema}, registry=registry)

    def _uri(self, at: str) -> str:
        return f"{self._base}#{quote(at)}"

    def _target(self, reference: Any) -> str | None:
        """Return the pointer that a reference leads to, or None if it cannot be followed."""
        if not isinstance(reference, str):
            return None
        base, _, fragment = urljoin(self._base, reference).partition("#")
        if base != self._base:
            return None
        at = unquote(fragment)
        if at and not at.startswith("/"):
            return next(_anchors(self.document, at), None)
        return None if self._schema(at) is None else at

    def _schema(self, at: str) -> Any:
        place: Any = self.document
        for key in steps(at):
            if isinstance(place, Mapping):
                place = place.get(key)
            elif isinstance(place, list) and key.isdecimal() and len(key) < 10:
                place = place[int(key)] if int(key) < len(place) else None
            else:
                return None
        return place


def _flat_part(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a schema says of a value itself, and which members an object may have."""
    part = {key: schema[key] for key in _FLAT & schema.keys()}
    if isinstance(schema.get("dependencies"), Mapping):
        names = {
            key: each for key, each in schema["dependencies"].items() if isinstance(each, list)
        }
        part["dependencies"] = names
    if schema.get("additionalProperties") is False:
        part["additionalProperties"] = False
        for keyword in ("properties", "patternProperties"):
            part[keyword] = dict.fromkeys(schema.get(keyword, ()), True)
    return part


def _first_item(keyword: str, schema: Mapping[str, Any]) -> int | None:
    """Return the index from which a keyword speaks of all items of a list, or None."""
    if keyword == "items" and not isinstance(schema["items"], list):
        return len(schema.get("prefixItems", ()))
    if keyword == "additionalItems" and isinstance(schema.get("items"), list):
        return len(schema["items"])
    return None


def _anchors(schema: Any, name: str, at: str = "") -> Iterator[str]:
    """Yield the pointers of the schemas that have an anchor of this name."""
    if isinstance(schema, Mapping):
        if name in (schema.get("$anchor"), schema.get("$dynamicAnchor")):
            yield at
        for key, item in schema.items():
            yield from _anchors(item, name, at + pointer_of([key]))
    elif isinstance(schema, list):
        for index, item in enumerate(schema):
            yield from _anchors(item, name, f"{at}/{index}")


def _words(*schemas: Any) -> str:
    """Return the first description that one of these schemas has."""
    found = (each.get("description") for each in schemas if isinstance(each, Mapping))
    return next((text for text in found if isinstance(text, str)), "")

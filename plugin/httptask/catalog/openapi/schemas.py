"""Schemas of every OpenAPI dialect to JSON Schema 2020-12, each converted once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from httptask.catalog.documents.resources import Node, Resources, escape
from httptask.catalog.openapi import keywords
from httptask.catalog.openapi.compositions import settle
from httptask.catalog.openapi.contradictions import mend
from httptask.catalog.openapi.notes import Notes
from httptask.catalog.openapi.walking import encoded, expressive, harmless, lean, references
from httptask.catalog.values import Reason
from httptask.core.words import free_name
from httptask.errors import CatalogError

Json = Any
MAX_SCHEMA_DEPTH = 64
MAX_CLOSURES = 32
"""How many are kept: operations that follow each other ask for the same, and some are large."""
AMBIGUOUS = "schema_ambiguous"
CONTRADICTORY = "schema_contradictory"
_LITERAL = re.compile(r"/(\^.*|.*\$)/([a-z]*)")
"""A pattern written as JavaScript writes it, slashes included, that could match nothing."""
_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Definition:
    """A schema that others refer to.

    Attributes:
        schema: the converted schema.
        references: names of the definitions it refers to.
        reasons: what was lost in it.
    """

    schema: Json
    references: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """Bytes of a definition's JSON; its name and the hash of it."""

    size: int
    seal: bytes


@dataclass(slots=True)
class _Conversion:
    """The state of one schema's conversion."""

    notes: Notes = field(default_factory=Notes)
    references: dict[str, None] = field(default_factory=dict)
    composed: list[tuple[dict[str, Json], Node]] = field(default_factory=list)


class SchemaBook:
    """Converts the schemas of one API description, lazily and once.

    References become ``#/$defs/NAME``; `definition` gives the schema of a name.
    """

    def __init__(self, resources: Resources, dialect: str) -> None:
        self._resources = resources
        self._modern = dialect in ("3.1", "3.2")
        self._targets: dict[str, Node] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._converted: dict[str, tuple[Json, _Conversion]] = {}
        self._definitions: dict[str, Definition] = {}
        self._measures: dict[str, Measure] = {}
        self._lean_sizes: dict[str, int] = {}
        self._closures: dict[tuple[str, ...], dict[str, Definition]] = {}

    def convert(self, node: Node) -> Definition:
        """Convert a schema that is written in place."""
        work = _Conversion()
        return self._settled(self._schema(node, work, 0), work)

    def definition(self, name: str) -> Definition:
        """Return the definition of a name that a converted schema refers to."""
        if name not in self._definitions:
            self._definitions[name] = self._settled(*self._raw(name))
        return self._definitions[name]

    def _raw(self, name: str) -> tuple[Json, _Conversion]:
        """Return a definition whose compositions are not yet compared with other definitions."""
        if name not in self._converted:
            work = _Conversion()
            self._converted[name] = (self._schema(self._targets[name], work, 0), work)
        return self._converted[name]

    def _settled(self, schema: Json, work: _Conversion) -> Definition:
        """Return the definition, its compositions such that a value can satisfy them."""
        for holder, node in work.composed:
            for key, message in settle(holder, lambda name: self._raw(name)[0]):
                place = Node(None, node.uri, f"{node.pointer}/{key}")
                work.notes.add(place, AMBIGUOUS if key == "oneOf" else CONTRADICTORY, message)
        used = references(schema) if work.composed else work.references
        return Definition(schema, tuple(dict.fromkeys(used)), work.notes.reasons)

    def measure(self, name: str) -> Measure:
        """Return size and fingerprint of a definition."""
        if name not in self._measures:
            text = encoded(self.definition(name).schema)
            self._measures[name] = Measure(len(text), name.encode() + sha256(text).digest())
        return self._measures[name]

    def lean_size(self, name: str) -> int:
        """Return the bytes of a definition without annotations."""
        if name not in self._lean_sizes:
            self._lean_sizes[name] = len(encoded(lean(self.definition(name).schema)))
        return self._lean_sizes[name]

    def closure(self, references: Iterable[str]) -> Mapping[str, Definition]:
        """Return all definitions that the given ones lead to, nearest first."""
        start = tuple(references)
        if start not in self._closures:
            if len(self._closures) >= MAX_CLOSURES:
                self._closures.clear()
            self._closures[start] = self._closure(start)
        return self._closures[start]

    def _closure(self, start: Iterable[str]) -> dict[str, Definition]:
        found: dict[str, Definition] = {}
        level = list(start)
        while level:
            following: list[str] = []
            for name in level:
                if name not in found:
                    definition = found[name] = self.definition(name)
                    following += definition.references
            level = following
        return found

    def _schema(self, node: Node, work: _Conversion, depth: int) -> Json:
        value = node.value
        if isinstance(value, bool):
            return value
        if not isinstance(value, dict):
            work.notes.add(node, "schema_invalid", "a schema must be an object")
            return True
        if depth > MAX_SCHEMA_DEPTH:
            work.notes.add(node, "schema_too_deep", f"deeper than {MAX_SCHEMA_DEPTH} levels")
            return True
        reference = value.get("$ref")
        if isinstance(reference, str):
            return self._reference(node, reference, work, depth)
        return self._plain(node, work, depth)

    def _reference(self, node: Node, reference: str, work: _Conversion, depth: int) -> Json:
        name = self._name(node, reference, work)
        target = {"$ref": f"#/$defs/{name}"} if name else True
        if name:
            work.references[name] = None
        siblings = {key: child for key, child in node.value.items() if key != "$ref"}
        if not siblings or not (self._modern or node.value.get("nullable") is True):
            return target
        rest = self._plain(Node(siblings, node.uri, node.pointer), work, depth)
        if node.value.get("nullable") is True or not isinstance(rest, dict):
            return {"anyOf": [target, {"type": "null"}]}
        return target if not rest else {**rest, **target} if isinstance(target, dict) else rest

    def _name(self, node: Node, reference: str, work: _Conversion) -> str:
        try:
            target = self._resources.lookup(node.uri, reference)
            self._resources.follow(target)
        except CatalogError as error:
            work.notes.add_error(Node(None, node.uri, f"{node.pointer}/$ref"), error)
            return ""
        place = (target.uri, target.pointer)
        if place not in self._names:
            self._names[place] = self._new_name(target)
        return self._names[place]

    def _new_name(self, target: Node) -> str:
        last = target.pointer.rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~")
        stem = _NAME.sub("_", last).strip("_")[:80] or "schema"
        name = free_name(stem, self._targets.__contains__)
        self._targets[name] = target
        return name

    def _plain(self, node: Node, work: _Conversion, depth: int) -> Json:
        result: dict[str, Json] = {}
        for key, child in node.value.items():
            if key in keywords.CHECKS:
                self._keyword(node, key, child, result, work)
            elif key in _NESTED:
                _NESTED[key](self, node, key, result, work, depth)
        self._types(node, result, work)
        self._discriminator(node, result, work)
        _examples(node.value, result)
        _bounds(node.value, result)
        for key, message in mend(result):
            place = Node(None, node.uri, f"{node.pointer}/{key}")
            work.notes.add(place, CONTRADICTORY, message)
        if not keywords.COMPOSED.isdisjoint(result):
            work.composed.append((result, node))
        return result

    def _keyword(
        self, node: Node, key: str, child: Json, result: dict[str, Json], work: _Conversion
    ) -> None:
        place = Node(child, node.uri, f"{node.pointer}/{escape(key)}")
        if key in ("exclusiveMinimum", "exclusiveMaximum") and isinstance(child, bool):
            return
        if not keywords.CHECKS[key](child) or (key == "pattern" and _LITERAL.fullmatch(child)):
            repaired = _repair(key, child)
            if repaired is None:
                work.notes.add(place, "keyword_invalid", f"{key!r} has a value it cannot have")
                return
            child = repaired
        if key not in ("title", "description") and expressive(child):
            work.notes.add(place, "expression_dropped", f"{key!r} contains '${{' and is left out")
            return
        if key in ("title", "description"):
            child = harmless(child)
        result[key] = child

    def _types(self, node: Node, result: dict[str, Json], work: _Conversion) -> None:
        declared = node.value.get("type")
        words = declared if isinstance(declared, list) else [] if declared is None else [declared]
        types: list[str] = []
        for word in words:
            name = str(word).strip().lower()
            name = keywords.TYPE_WORDS.get(name, name)
            if name in keywords.TYPES:
                types.append(name)
            elif name not in ("any", "mixed", "*"):
                place = Node(declared, node.uri, f"{node.pointer}/type")
                work.notes.add(place, "type_unknown", f"{word!r} is not a type; any value passes")
            if word == "file":
                result.setdefault("format", "binary")
        types = list(dict.fromkeys(types))
        nullable = node.value.get("nullable") is True or node.value.get("x-nullable") is True
        if nullable and types and "null" not in types:
            types.append("null")
        if nullable and "enum" in result and None not in result["enum"]:
            result["enum"] = [*result["enum"], None]
        if types:
            result["type"] = types[0] if len(types) == 1 else types
        elif nullable and ("allOf" in result or "anyOf" in result or "oneOf" in result):
            parts = {key: result.pop(key) for key in keywords.SCHEMA_LISTS if key in result}
            result["anyOf"] = [parts, {"type": "null"}]

    def _discriminator(self, node: Node, result: dict[str, Json], work: _Conversion) -> None:
        """Keep which property tells the branches apart, with the branches as definitions."""
        given = node.value.get("discriminator")
        if not isinstance(given, dict) or not isinstance(given.get("propertyName"), str):
            return
        mapping = given.get("mapping")
        names = {}
        for value, target in mapping.items() if isinstance(mapping, dict) else ():
            if isinstance(target, str) and "${" not in str(value):
                reference = target if "#" in target or "." in target else _component(target)
                name = self._name(node, reference, _Conversion())
                if name:
                    names[str(value)] = f"#/$defs/{name}"
        result["discriminator"] = {"propertyName": given["propertyName"], "mapping": names}

    def _child(
        self, node: Node, key: str, result: dict[str, Json], work: _Conversion, depth: int
    ) -> None:
        child = node.get(key)
        if child is None:
            return
        if key == "items" and isinstance(child.value, list):
            items = [self._schema(each, work, depth + 1) for each in child.elements()]
            if items:
                result["prefixItems"] = items
            return
        if key == "additionalItems":
            key = "items" if isinstance(node.value.get("items"), list) else ""
        if key:
            result[key] = self._schema(child, work, depth + 1)

    def _children(
        self, node: Node, key: str, result: dict[str, Json], work: _Conversion, depth: int
    ) -> None:
        child = node.get(key)
        if child is None or not isinstance(child.value, list) or not child.value:
            if child is not None:
                work.notes.add(child, "keyword_invalid", f"{key!r} must be a list of schemas")
            return
        result[key] = [self._schema(each, work, depth + 1) for each in child.elements()]

    def _members(
        self, node: Node, key: str, result: dict[str, Json], work: _Conversion, depth: int
    ) -> None:
        child = node.get(key)
        if child is None or not isinstance(child.value, dict):
            if child is not None and child.value is not None:
                work.notes.add(child, "keyword_invalid", f"{key!r} must be an object of schemas")
            return
        members = {}
        for name, each in child.items():
            if key == "patternProperties" and not keywords.usable_pattern(name):
                work.notes.add(each, "keyword_invalid", "the pattern cannot be used")
                continue
            if isinstance(each.value, (Mapping, bool)):
                members[name] = self._schema(each, work, depth + 1)
            elif not name.startswith("x-"):
                work.notes.add(each, "schema_invalid", f"{name!r} is not a schema")
        result[key] = members


_Nested = Callable[[SchemaBook, Node, str, dict[str, Json], _Conversion, int], None]
_NESTED: Mapping[str, _Nested] = {
    **dict.fromkeys(keywords.SCHEMA_VALUED, SchemaBook._child),
    **dict.fromkeys(keywords.SCHEMA_LISTS, SchemaBook._children),
    **dict.fromkeys(keywords.SCHEMA_MAPS, SchemaBook._members),
}


def _repair(key: str, value: Json) -> Json | None:
    """Return what an author meant by a value of the wrong type, or None."""
    if key == "enum" and isinstance(value, dict) and value:
        return list(value)
    if key in ("description", "title") and isinstance(value, (int, float)):
        return str(value)
    if key == "required" and isinstance(value, list):
        return list(dict.fromkeys(item for item in value if isinstance(item, str)))
    if key == "pattern" and isinstance(value, str) and (found := _LITERAL.fullmatch(value)):
        inner = ("(?i)" if "i" in found[2] else "") + found[1]
        return inner if keywords.usable_pattern(inner) else None
    if isinstance(value, str) and keywords.CHECKS[key](number := _as_number(value)):
        return number
    if isinstance(value, float) and value.is_integer() and keywords.CHECKS[key](int(value)):
        return int(value)
    return None


def _component(name: str) -> str:
    return f"#/components/schemas/{escape(name)}"


def _as_number(text: str) -> Json:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return {"true": True, "false": False}.get(text.lower())


def _examples(value: Mapping[str, Json], result: dict[str, Json]) -> None:
    given = value.get("examples")
    examples = list(given) if isinstance(given, list) else []
    if "example" in value:
        examples.insert(0, value["example"])
    examples = [example for example in examples if not expressive(example)]
    if examples:
        result["examples"] = examples[:3]


def _bounds(value: Mapping[str, Json], result: dict[str, Json]) -> None:
    """Turn the boolean ``exclusive...`` of draft 4 into a number."""
    for flag, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if value.get(flag) is True and bound in result:
            result[flag] = result.pop(bound)

"""Values for what a request must have: literals where the description gives one, else inputs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import jsonschema_rs

from httptask.catalog.openapi.walking import lean
from httptask.catalog.prepare.credentials import Secrets, is_credential, is_proof
from httptask.catalog.prepare.literals import example_of, is_setting, schema_of, told_value
from httptask.catalog.prepare.naming import identifier, least_telling
from httptask.catalog.prepare.prose import (
    is_said_optional,
    is_said_required,
    without_alternatives,
)
from httptask.catalog.prepare.schemas import closure, one_sided
from httptask.catalog.values import MISSING, Json
from httptask.core.words import free_name
from httptask.errors import DefinitionError

MAX_DEPTH = 8
MAX_OFFERED = 8
"""Fields that are sent of an object that requires none, by its example or in a form."""
MAX_UNASKED = 5
"""Fields that are sent of a JSON object that requires none."""
_PREFIX = "#/$defs/"
_WORDS = ("title", "description", "readOnly")


@dataclass(frozen=True, slots=True)
class PreparedInput:
    """A workflow input that the prepared task reads.

    Attributes:
        name: read as ``${workflow.input.NAME}``.
        schema: JSON Schema of its value, referring to the operation's definitions.
        description: what it is, untrusted text.
        target: where it goes, such as ``path id`` or ``body /prompt``.
    """

    name: str
    schema: Json
    description: str
    target: str


@dataclass(slots=True)
class Skeleton:
    """Builds values, remembering which inputs they need.

    Attributes:
        definitions: the operation's definitions.
        branch: index, name or title of the ``oneOf`` branch to take, or None for the first.
        secrets: takes the fields that hold credentials, or None.
        wanted: names of the body's optional fields that are sent.
        inputs: inputs by name.
        branches: names of the branches that were there to choose from.
        body_name: name of the input that is the whole body.
    """

    definitions: Mapping[str, Json]
    branch: str | int | None = None
    secrets: Secrets | None = None
    wanted: Collection[str] = ()
    inputs: dict[str, PreparedInput] = field(default_factory=dict)
    body_name: str = "body"
    branches: tuple[str, ...] = ()

    def input(self, name: str, schema: Json, target: str, description: str = "") -> str:
        """Return the expression of an input for a place."""

        def is_taken(name: str) -> bool:
            return name in self.inputs and self.inputs[name].target != target

        free = free_name(identifier(name), is_taken)
        self.inputs[free] = PreparedInput(free, schema, description, target)
        return f"${{workflow.input.{free}}}"

    def scalar(
        self, name: str, schema: Json, target: str, example: Json, description: str = ""
    ) -> Json:
        """Return a literal for a parameter, else an input; an example is an input's example."""
        value = self.literal(schema, description, name)
        shown = example_of(self.resolved(schema), example)
        if value is not MISSING:
            return value
        if shown is not MISSING and is_setting(name, target) and self.accepts(schema, shown):
            return shown
        if isinstance(schema, dict) and shown is not MISSING:
            schema = {"examples": [shown], **schema}
        return self.input(name, schema, target, description)

    def literal(self, schema: Json, description: str = "", name: str = "") -> Json:
        """Return what a schema, or its description, says is sent, if valid, else `MISSING`."""
        value = told_value({"description": description, **self.resolved(schema)}, name)
        return value if value is not MISSING and self.accepts(schema, value) else MISSING

    def offered(
        self, schema: Json, example: Json = MISSING, *, whole: bool = True, changes: bool = False
    ) -> list[str]:
        """Return what is sent of an object that requires nothing: its example's or its few fields.

        An object that requires only what has a default requires nothing, if it is small. What its
        description says to be required goes before the rest. Of alternatives one is sent. A key
        that proves who calls is sent where nothing else does so, and the object is none as a whole.

        Args:
            schema: its schema.
            example: an example of it, or `MISSING`.
            whole: whether the object can be an input as a whole, as it is if it is large and its
                fields change something; of others a few fields are sent.
            changes: whether the fields change something, so that each caller sends other ones.
        """
        flat = self.flattened(schema)
        details = {
            name: self.resolved(each)
            for name, each in flat.get("properties", {}).items()
            if not isinstance(each, bool)
        }
        writable = [name for name, each in details.items() if each.get("readOnly") is not True]
        needed = [name for name in writable if name in flat.get("required", ())]
        abouts = {name: _about(each) for name, each in details.items()}
        said = [name for name in writable if name not in needed and is_said_required(abouts[name])]
        names = said
        if not needed and said:
            open_too = [n for n in writable if n in said or not is_said_optional(abouts[n])]
            names = open_too if len(open_too) <= MAX_UNASKED else said
        elif not said and all(told_value(details[name]) is not MISSING for name in needed):
            more = {name: details[name] for name in writable if name not in needed}
            names = self._shown(more, _members(flat, example), whole=whole, changes=changes)
        kept = without_alternatives({name: abouts[name] for name in names})
        return [name for name in kept if not {f"{name}_id", f"{name}Id"}.intersection(kept)]

    def _shown(
        self,
        fields: Mapping[str, Mapping[str, Json]],
        members: Mapping[str, Json],
        *,
        whole: bool,
        changes: bool,
    ) -> list[str]:
        """Return which of the fields that an object does not require are sent."""
        fresh = [name for name, each in fields.items() if each.get("deprecated") is not True]
        proofs = [name for name in fresh if self.secrets and is_proof(name, fields[name], "body")]
        if self.secrets and self.secrets.names:
            said = {name: _about(fields[name]).lower() for name in proofs}
            fresh = [name for name in fresh if "auth" not in said.get(name, "")]
            proofs = []
        if shown := [name for name in fresh if name in members]:
            return shown[:MAX_OFFERED]
        if not whole or len(fresh) <= MAX_UNASKED:
            return fresh[:MAX_OFFERED]
        others = [name for name in fresh if name not in proofs]
        open_ones = [n for n in others if not is_said_optional(_about(fields[n]))]
        if not proofs and (changes or len(open_ones) <= MAX_UNASKED):
            return [] if changes else open_ones
        return [*proofs, *sorted(others, key=least_telling)][:MAX_UNASKED]

    def asks_nothing(self, schema: Json) -> bool:
        """Tell whether an object requires none of the fields that a request can have."""
        flat = self.flattened(schema)
        fields = map(self.resolved, flat.get("properties", {}).values())
        return not flat.get("required") and any(not each.get("readOnly") for each in fields)

    def accepts(self, schema: Json, value: Json) -> bool:
        """Tell whether a value is valid in a request."""
        used = closure(schema, self.definitions)
        root = one_sided(schema, "readOnly", used)
        if used:
            sides = {name: lean(one_sided(each, "readOnly", used)) for name, each in used.items()}
            root = {"allOf": [lean(root)], "$defs": sides}
        try:
            return jsonschema_rs.Draft202012Validator(root, offline=True).is_valid(value)
        except (ValueError, jsonschema_rs.ValidationError):
            return False

    def resolved(self, schema: Json) -> Mapping[str, Json]:
        """Follow references; siblings stay, the target's keywords fill the gaps."""
        seen: set[str] = set()
        merged: dict[str, Json] = {}
        while isinstance(schema, dict):
            merged = {**schema, **{key: value for key, value in merged.items() if key != "$ref"}}
            target = schema.get("$ref")
            if not isinstance(target, str) or target in seen:
                break
            seen.add(target)
            merged.pop("$ref", None)
            schema = self.definitions.get(target.removeprefix(_PREFIX), True)
        merged.pop("$ref", None)
        return merged

    def value(
        self,
        schema: Json,
        place: tuple[str, ...] = (),
        example: Json = MISSING,
        *,
        depth: int = 0,
        alone: bool = False,
    ) -> Json:
        """Return a value for a required place of the body.

        Args:
            schema: schema of the place.
            place: property names from the body's root.
            example: what an example of something around it has here, or `MISSING`.
            depth: how deep the place is.
            alone: whether nothing else is sent beside it.
        """
        flat = self.flattened(schema)
        whole = _is_object(flat)
        about = str(flat.get("description", ""))
        if self.secrets and place and is_credential(place[-1], flat, about, "body"):
            return self.secrets.of_place(place[-1])
        if not (whole and (flat.get("required") or (self.wanted and not place))):
            literal = self.literal(schema, name="".join(place[-1:]))
            if literal is not MISSING and (place or literal not in ({}, [])):
                return literal
        if depth < MAX_DEPTH and whole:
            return self._object(schema, flat, place, example, depth, alone=alone)
        if depth < MAX_DEPTH and flat.get("type") == "array" and self._structured(flat):
            first = example[0] if isinstance(example, list) and example else MISSING
            return [self.value(flat["items"], place, first, depth=depth + 1)]
        target = "body /" + "/".join(place) if place else "body"
        return self.scalar("_".join(place) or self.body_name, schema, target, example, about)

    def _structured(self, flat: Mapping[str, Json]) -> bool:
        """Tell whether an array has one item only, an object: any other is an input as a whole."""
        if flat.get("maxItems") != 1:
            return False
        item = self.flattened(flat.get("items", True))
        return bool(item.get("properties") and item.get("required"))

    def _object(
        self,
        schema: Json,
        flat: Mapping[str, Json],
        place: tuple[str, ...],
        example: Json,
        depth: int,
        *,
        alone: bool,
    ) -> Json:
        members = _members(flat, example)
        properties = flat.get("properties", {})
        if not properties and not flat.get("required"):
            if not members or not (alone or not place):
                return self._any_object(schema, flat, place, example)
            properties = {name: schema_of(each) for name, each in members.items()}
            flat = {**flat, "required": list(properties)[:MAX_OFFERED]}
        writable = [
            name
            for name in dict.fromkeys([*flat.get("required", ()), *properties])
            if self.resolved(properties.get(name, True)).get("readOnly") is not True
        ]
        required = [name for name in writable if name in flat.get("required", ())]
        if not place:
            required += [name for name in writable if name in self.wanted and name not in required]
        short = int(flat.get("minProperties", 0)) - len(required)
        required += [name for name in writable if name not in required][: max(0, short)]
        if alone:
            required += [name for name in self.offered(schema, example) if name not in required]
        if not required and (place or writable):
            return self._any_object(schema, flat, place, example)
        return {
            name: flat["discriminated"][name]
            if name in flat.get("discriminated", {})
            else self.value(
                properties.get(name, True),
                (*place, name),
                members.get(name, MISSING),
                depth=depth + 1,
                alone=len(required) == 1,
            )
            for name in required
        }

    def _any_object(
        self, schema: Json, flat: Mapping[str, Json], place: tuple[str, ...], example: Json
    ) -> Json:
        """Return an input that is a whole object, or the empty one where no other is allowed."""
        if flat.get("additionalProperties") is False and not flat.get("properties"):
            return {}
        target = "body /" + "/".join(place) if place else "body"
        about = str(flat.get("description", ""))
        return self.scalar("_".join(place) or self.body_name, schema, target, example, about)

    def flattened(self, schema: Json, depth: int = 0) -> dict[str, Json]:
        """Return one object schema for ``allOf`` and the chosen ``oneOf`` or ``anyOf`` branch."""
        flat = dict(self.resolved(schema))
        if depth > MAX_DEPTH:
            return flat
        parts = list(flat.pop("allOf", ()))
        branches = [options for key in ("oneOf", "anyOf") if (options := flat.pop(key, None))]
        parts += [self._branch(flat, options, depth) for options in branches]
        for part in parts:
            flat = _merge(flat, self.flattened(part, depth + 1))
        if isinstance(flat.get("type"), list):
            flat["type"] = next((t for t in flat["type"] if t != "null"), "null")
        return flat

    def _branch(self, holder: Mapping[str, Json], options: list[Json], depth: int) -> Json:
        usable = [option for option in options if not _is_null(option)] or options
        names = [self._branch_name(option, index) for index, option in enumerate(usable)]
        index = 0
        if len(usable) > 1 and depth == 0:
            self.branches = self.branches or tuple(names)
            if self.branch is not None and self.branches == tuple(names):
                index = _chosen(self.branch, names)
        chosen = usable[index]
        if len(usable) == 1 or not isinstance(chosen, dict):
            return chosen
        tag = holder.get("discriminator")
        if not isinstance(tag, dict):
            return {"allOf": [chosen, {"required": self._tags(chosen, depth)}]}
        value = next(
            (word for word, target in tag["mapping"].items() if target == chosen.get("$ref")),
            names[index],
        )
        name = tag["propertyName"]
        member = self.flattened(chosen, depth + 1).get("properties", {}).get(name, True)
        found = {name: value} if self.accepts(member, value) else {}
        return {"allOf": [chosen, {"discriminated": found, "required": [name]}]}

    def _tags(self, branch: Json, depth: int) -> list[str]:
        """Return the properties of which a branch allows one value: they tell it from others."""
        members = self.flattened(branch, depth + 1).get("properties", {})
        resolved = {name: self.resolved(each) for name, each in members.items()}
        return [
            name
            for name, each in resolved.items()
            if ("const" in each or len(each.get("enum", ())) == 1) and not each.get("readOnly")
        ]

    def _branch_name(self, option: Json, index: int) -> str:
        if isinstance(option, dict):
            if isinstance(option.get("$ref"), str):
                return str(option["$ref"]).removeprefix(_PREFIX)
            return str(option.get("title") or option.get("type") or index)
        return str(index)


def _is_object(flat: Mapping[str, Json]) -> bool:
    return flat.get("type") == "object" or ("properties" in flat and "type" not in flat)


def _merge(one: dict[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    merged = {**other, **one}
    for key in ("properties", "discriminated"):
        if key in one or key in other:
            merged[key] = {**other.get(key, {}), **one.get(key, {})}
    for name in one.get("properties", {}).keys() & other.get("properties", {}).keys():
        merged["properties"][name] = _both(one["properties"][name], other["properties"][name])
    if "required" in one or "required" in other:
        both = [*one.get("required", ()), *other.get("required", ())]
        merged["required"] = list(dict.fromkeys(both))
    return merged


def _both(one: Json, other: Json) -> Json:
    """Return a schema of a property that two parts describe."""
    if one == other or not isinstance(one, dict) or not isinstance(other, dict):
        return one
    if "$ref" in one or "$ref" in other:
        return {"allOf": [one, other]}
    return {**one, **other, **{key: one[key] for key in _WORDS if key in one}}


def _members(flat: Mapping[str, Json], example: Json) -> Mapping[str, Json]:
    """Return the members of an example of an object: the one that is given, else its own first."""
    whole = example if example is not MISSING else next(iter(flat.get("examples", ())), MISSING)
    return whole if isinstance(whole, dict) else {}


def _about(flat: Mapping[str, Json]) -> str:
    return str(flat.get("description", ""))


def _is_null(schema: Json) -> bool:
    return isinstance(schema, dict) and schema.get("type") == "null"


def _chosen(branch: str | int, names: list[str]) -> int:
    wanted = str(branch)
    if wanted in names:
        return names.index(wanted)
    if wanted.isdecimal() and int(wanted) < len(names):
        return int(wanted)
    raise DefinitionError(
        f"there is no branch {wanted!r}",
        code="choice_unknown",
        hint="one of " + ", ".join(names[:12]),
    )

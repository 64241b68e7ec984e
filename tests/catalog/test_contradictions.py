"""Schemas that no value could satisfy: mended as little as possible, and always told."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest

from httptask.catalog import Operation
from httptask.catalog.documents.resources import Node, Resources
from httptask.catalog.openapi.schemas import Definition, SchemaBook
from httptask.catalog.openapi.walking import references
from httptask.catalog.prepare.schemas import attached, closure
from httptask.catalog.prepare.task import prepare_task
from httptask.errors import CatalogError

Json = Any
Read = Callable[..., Operation]


def refuse(uri: str) -> Json:
    raise CatalogError(uri, code="ref_external")


def convert(schema: Json, **components: Json) -> tuple[Definition, Json]:
    """Return the conversion of a schema, and the schema with its definitions."""
    root = {"components": {"schemas": components}}
    book = SchemaBook(Resources(root, refuse), "3.0")
    found = book.convert(Node(schema, "", "/s"))
    used = {name: each.schema for name, each in book.closure(found.references).items()}
    assert set(closure(found.schema, used)) <= set(used)
    return found, {"allOf": [found.schema], "$defs": used}


def reference(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def obj(*names: str, required: bool = True, **more: Json) -> Json:
    properties = {name: {"type": "string"} for name in names}
    return {"type": "object", "properties": properties, **more} | (
        {"required": list(names)} if required else {}
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"type": "string", "enum": [True, False]}, {"type": "string", "enum": ["true", "false"]}),
        ({"type": "string", "enum": [1, 2.5]}, {"type": "string", "enum": ["1", "2.5"]}),
        ({"type": "boolean", "enum": ["True"]}, {"type": "boolean", "enum": [True]}),
        ({"type": "integer", "enum": ["1", " 2"]}, {"type": "integer", "enum": [1, 2]}),
        ({"type": "number", "enum": [1, "a"]}, {"type": "number", "enum": [1, "a"]}),
        ({"type": "string", "pattern": "/^[a-z]$/i"}, {"type": "string", "pattern": "(?i)^[a-z]$"}),
        ({"type": "string", "pattern": "/v1/.*"}, {"type": "string", "pattern": "/v1/.*"}),
    ],
)
def test_what_is_only_written_in_another_type_is_not_a_loss(written: Json, meant: Json) -> None:
    found, _ = convert(written)
    assert found.schema == meant
    assert found.reasons == ()


@pytest.mark.parametrize(
    ("written", "mended", "pointer"),
    [
        ({"type": "integer", "enum": ["a (1)", "b"]}, {"enum": ["a (1)", "b"]}, "/s/type"),
        ({"type": ["boolean", "null"], "enum": ["a", None]}, {"enum": ["a", None]}, "/s/type"),
        ({"minLength": 9, "maxLength": 3}, {"maxLength": 3}, "/s/minLength"),
        ({"minimum": 1, "maximum": 0.5}, {"maximum": 0.5}, "/s/minimum"),
        ({"enum": ["a-b"], "pattern": "^x"}, {"enum": ["a-b"]}, "/s/pattern"),
        (
            {"required": ["a", "b"], "properties": {"a": {}}, "additionalProperties": False},
            {"required": ["a"], "properties": {"a": {}}, "additionalProperties": False},
            "/s/required",
        ),
    ],
)
def test_keywords_that_exclude_each_other(written: Json, mended: Json, pointer: str) -> None:
    found, _ = convert(written)
    assert found.schema == mended
    assert [(each.kind, each.pointer) for each in found.reasons] == [
        ("schema_contradictory", pointer)
    ]


@pytest.mark.parametrize(
    "written",
    [
        {"type": ["string", "null"], "enum": ["a", None]},
        {"type": "number", "enum": [1, 2]},
        {"minLength": 3, "maxLength": 3},
        {"enum": ["a", "bbb"], "maxLength": 1},
        {"required": ["a"], "patternProperties": {"^a": {}}, "additionalProperties": False},
        {"required": ["b"], "properties": {"a": {}}, "additionalProperties": {"type": "string"}},
    ],
)
def test_what_can_be_satisfied_stays(written: Json) -> None:
    found, _ = convert(written)
    assert found.schema == written
    assert found.reasons == ()


def test_an_inheritance_whose_parts_forbid_each_other() -> None:
    closed = obj("a", additionalProperties=False)
    found, whole = convert({"allOf": [reference("Base"), obj("b")]}, Base=closed)
    assert jsonschema_rs.is_valid(whole, {"a": "x", "b": "y"})
    assert not jsonschema_rs.is_valid(whole, {"b": "y"})
    assert [each.pointer for each in found.reasons] == ["/s/allOf/0"]


def test_an_object_that_forbids_what_it_inherits() -> None:
    written = {"allOf": [reference("Base")], "additionalProperties": False, **obj("b")}
    found, whole = convert(written, Base=obj("a"))
    assert jsonschema_rs.is_valid(whole, {"a": "x", "b": "y"})
    assert [each.pointer for each in found.reasons] == ["/s/additionalProperties"]


def test_an_inheritance_that_is_closed_at_the_end_stays() -> None:
    every = obj("a", "b", additionalProperties=False)
    found, whole = convert({"allOf": [reference("Base"), every]}, Base=obj("a"))
    assert found.reasons == ()
    assert not jsonschema_rs.is_valid(whole, {"a": "x", "b": "y", "c": 1})


DEEP = functools.reduce(lambda inner, _: {"properties": {"n": inner}}, range(9), {"pattern": "^a"})
OVERLAPPING = [
    [obj("a"), obj("a", "b")],
    [obj("a", required=False), obj("b", required=False)],
    [{"type": "integer"}, {"type": "number"}],
    [{"type": "string", "format": "date"}, {"type": "string"}],
    [{"type": "array", "items": obj("a")}, {"type": "array", "items": obj("a", required=False)}],
    [obj("a"), {"anyOf": [{"type": "null"}, obj("a", required=False)]}],
    [{"properties": {"v": DEEP, name: {}}, "required": ["v"]} for name in "ab"],
]
APART = [
    [obj("a"), obj("b")],
    [{"type": "string"}, {"type": "integer"}],
    [obj("a"), {"type": "null"}],
    [obj("a", additionalProperties=False), obj("a", "b", additionalProperties=False)],
    [{"enum": ["a"]}, {"enum": ["b"]}],
    [{"properties": {"kind": {"enum": [kind]}}} for kind in ("cat", "dog")],
    [{"type": "array", "items": {"type": kind}} for kind in ("string", "integer")],
    [{"required": ["a"]}, {"required": ["b"]}],
    [{"type": "string", "pattern": "^a"}, {"type": "string", "pattern": "^b"}],
]


@pytest.mark.parametrize("branches", OVERLAPPING)
def test_branches_that_cannot_be_told_apart_are_read_as_any_of(branches: Json) -> None:
    found, _ = convert({"oneOf": branches})
    assert found.schema == {"anyOf": branches}
    assert [(each.kind, each.pointer) for each in found.reasons] == [
        ("schema_ambiguous", "/s/oneOf")
    ]


@pytest.mark.parametrize("branches", APART)
def test_branches_that_can_be_told_apart_stay_one_of(branches: Json) -> None:
    found, _ = convert({"oneOf": branches})
    assert found.schema == {"oneOf": branches}
    assert found.reasons == ()


def test_branches_that_refer_to_themselves_end() -> None:
    node = {"oneOf": [reference("Node"), {"type": "null"}], "allOf": [reference("Node")]}
    found, _ = convert(reference("Node"), Node=node)
    assert list(references(found.schema)) == ["Node"]


def test_a_pruned_schema_does_not_ask_for_exactly_one_branch() -> None:
    """A branch that was left out takes anything, so that two branches fit."""
    large = {"enum": [f"value {number}" for number in range(4000)]}
    schema = {"oneOf": [obj("a"), {"$ref": "#/$defs/Large"}], "not": {"$ref": "#/$defs/Large"}}
    found, missing = attached(schema, {"Large": large}, "readOnly")
    assert missing == "Large"
    assert jsonschema_rs.is_valid(found, {"a": "x"})
    assert not jsonschema_rs.is_valid({**found, "anyOf": found["anyOf"][:1]}, {})


def test_what_is_inherited_and_read_only_is_not_required() -> None:
    base = {"type": "object", "properties": {"id": {"readOnly": True}, "a": {}}}
    schema = {"allOf": [{"$ref": "#/$defs/Base"}], "required": ["id", "a"]}
    found, _ = attached(schema, {"Base": base}, "readOnly")
    assert found["required"] == ["a"]


def test_errors_are_not_held_against_an_operation(read: Read, describe: Any) -> None:
    def operation(status: str) -> Operation:
        content = {"application/json": {"schema": {"oneOf": [obj("a"), obj("a", "b")]}}}
        responses = {"200": {"description": ""}, status: {"description": "", "content": content}}
        return read(describe({"/a": {"get": {"responses": responses}}}))

    assert operation("422").reasons == ()
    assert [each.kind for each in operation("201").reasons] == ["schema_ambiguous"]


def test_the_word_that_tells_a_branch_is_sent(read: Read, describe: Any) -> None:
    def branch(kind: str) -> Json:
        return {**obj("name"), "properties": {"name": {}, "kind": {"enum": [kind]}}}

    schema = {"oneOf": [branch("cat"), branch("dog")]}
    content = {"application/json": {"schema": schema}}
    body = {"required": True, "content": content}
    operation = read(describe({"/pets": {"post": {"requestBody": body, "responses": {}}}}))
    assert operation.reasons == ()
    sent = prepare_task(operation).task["inputParameters"]["http_request"]["body"]
    assert sent == {"name": "${workflow.input.name}", "kind": "cat"}

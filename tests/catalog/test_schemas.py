"""Schemas of every dialect become JSON Schema 2020-12."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.catalog.documents.resources import Node, Resources
from httptask.catalog.openapi.schemas import MAX_CLOSURES, SchemaBook
from httptask.catalog.openapi.walking import lean, references
from httptask.catalog.prepare.schemas import MAX_SCHEMA_BYTES, attached
from httptask.errors import CatalogError

Json = Any


def refuse(uri: str) -> Json:
    raise CatalogError(uri, code="ref_external")


def convert(schema: Json, dialect: str = "3.0", root: Json = None) -> Any:
    return SchemaBook(Resources(root or {}, refuse), dialect).convert(Node(schema, "", "/s"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "x-nullable": True}, {"type": ["string", "null"]}),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        (
            {"nullable": True, "allOf": [{"type": "object"}]},
            {"anyOf": [{"allOf": [{"type": "object"}]}, {"type": "null"}]},
        ),
        (
            {"type": "number", "minimum": 1, "exclusiveMinimum": True},
            {"type": "number", "exclusiveMinimum": 1},
        ),
        ({"type": "number", "exclusiveMaximum": 5}, {"type": "number", "exclusiveMaximum": 5}),
        ({"type": "int", "example": 3}, {"type": "integer", "examples": [3]}),
        ({"type": "file"}, {"type": "string", "format": "binary"}),
        (
            {"type": "array", "items": [{"type": "string"}], "additionalItems": False},
            {"type": "array", "prefixItems": [{"type": "string"}], "items": False},
        ),
        ({"type": "string", "maxLength": "12"}, {"type": "string", "maxLength": 12}),
        ({"type": "string", "maxLength": 12.0}, {"type": "string", "maxLength": 12}),
        ({"type": "object", "x-order": 1, "xml": {}}, {"type": "object"}),
        ({"type": "any"}, {}),
        (True, True),
    ],
)
def test_a_schema_is_converted_without_loss(old: Json, new: Json) -> None:
    found = convert(old)
    assert found.schema == new
    assert found.reasons == ()


@pytest.mark.parametrize(
    ("old", "new", "kind", "pointer"),
    [
        ({"type": "strnig"}, {}, "type_unknown", "/s/type"),
        ({"pattern": "(["}, {}, "keyword_invalid", "/s/pattern"),
        ({"pattern": "a{99999}"}, {}, "keyword_invalid", "/s/pattern"),
        ({"required": True}, {}, "keyword_invalid", "/s/required"),
        ({"maximum": 2**70}, {}, "keyword_invalid", "/s/maximum"),
        ({"properties": {"a": 1}}, {"properties": {}}, "schema_invalid", "/s/properties/a"),
        ({"allOf": {}}, {}, "keyword_invalid", "/s/allOf"),
        ({"$ref": "#/gone"}, True, "ref_unresolved", "/s/$ref"),
        ({"$ref": "other.json#/a"}, True, "ref_external", "/s/$ref"),
        ({"default": "${workflow.secrets.X}"}, {}, "expression_dropped", "/s/default"),
        ({"enum": ["a", {"b": ["$${c}"]}]}, {}, "expression_dropped", "/s/enum"),
        ([], True, "schema_invalid", "/s"),
    ],
)
def test_a_loss_is_named_with_its_place(old: Json, new: Json, kind: str, pointer: str) -> None:
    found = convert(old)
    assert found.schema == new
    assert [(reason.kind, reason.pointer) for reason in found.reasons] == [(kind, pointer)]


def test_a_description_with_an_expression_stays_readable() -> None:
    found = convert({"description": "use ${workflow.secrets.X}"})
    assert found.schema == {"description": "use $ {workflow.secrets.X}"}


def test_references_become_definitions_and_may_be_recursive() -> None:
    root = {"definitions": {"a/b": {"properties": {"next": {"$ref": "#/definitions/a~1b"}}}}}
    book = SchemaBook(Resources(root, refuse), "2.0")
    found = book.convert(Node({"$ref": "#/definitions/a~1b"}))
    assert found.schema == {"$ref": "#/$defs/a_b"}
    assert book.definition("a_b").schema == {"properties": {"next": {"$ref": "#/$defs/a_b"}}}
    assert list(book.closure(found.references)) == ["a_b"]


def test_a_reference_to_itself_is_a_loss_and_no_loop() -> None:
    root = {"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}
    found = convert({"$ref": "#/a"}, root=root)
    assert [reason.kind for reason in found.reasons] == ["ref_cycle"]


def test_siblings_of_a_reference_count_since_3_1() -> None:
    root = {"a": {"type": "string"}}
    written = {"$ref": "#/a", "maxLength": 3}
    assert convert(written, "3.1", root).schema == {"maxLength": 3, "$ref": "#/$defs/a"}
    assert convert(written, "3.0", root).schema == {"$ref": "#/$defs/a"}
    nullable = convert({"$ref": "#/a", "nullable": True}, "3.0", root).schema
    assert nullable == {"anyOf": [{"$ref": "#/$defs/a"}, {"type": "null"}]}


def test_a_schema_nested_too_deep_is_cut() -> None:
    schema: Json = {"type": "string"}
    for _ in range(100):
        schema = {"items": schema}
    assert [reason.kind for reason in convert(schema).reasons] == ["schema_too_deep"]


KEYWORDS = [
    "type", "items", "properties", "required", "enum", "allOf", "anyOf", "nullable", "$ref",
    "pattern", "default", "format", "minimum", "exclusiveMinimum", "additionalProperties", "x",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYWORDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON, st.sampled_from(["2.0", "3.0", "3.1"]))
def test_whatever_is_written_the_result_is_a_valid_schema(written: Json, dialect: str) -> None:
    found = convert(written, dialect).schema
    document = found if isinstance(found, dict) else {"allOf": [found]}
    jsonschema_rs.meta.validate(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}
    )


def definitions(count: int, size: int) -> dict[str, Json]:
    found = {}
    for number in range(count):
        members = {f"field_{number}_{i}": {"type": "string"} for i in range(size)}
        members["next"] = {"$ref": f"#/$defs/d{number + 1}"}
        found[f"d{number}"] = {"type": "object", "properties": members}
    found[f"d{count}"] = {"type": "object"}
    return found


def test_an_attached_schema_has_only_the_definitions_it_needs() -> None:
    found, missing = attached({"$ref": "#/$defs/d2"}, definitions(4, 2), "readOnly")
    assert missing == ""
    assert list(found["$defs"]) == ["d2", "d3", "d4"]


def test_annotations_go_first_when_a_schema_is_large() -> None:
    many = definitions(20, 8)
    many["d0"]["properties"]["big"] = {"type": "string", "description": "x" * 40_000}
    found, missing = attached({"$ref": "#/$defs/d0"}, many, "readOnly")
    assert missing == ""
    assert found["$defs"]["d0"]["properties"]["big"] == {"type": "string"}


def test_the_nearest_definitions_stay_when_a_schema_is_too_large() -> None:
    found, missing = attached({"$ref": "#/$defs/d0"}, definitions(200, 20), "readOnly")
    assert missing.startswith("d")
    assert "d0" in found["$defs"]
    assert missing not in found["$defs"]
    assert set(references(found)) <= set(found["$defs"])
    assert len(str(found)) < MAX_SCHEMA_BYTES * 1.5
    jsonschema_rs.Draft202012Validator(found, offline=True)


def test_a_single_schema_that_is_too_large_is_cut_in_depth() -> None:
    wide = {
        f"f{i}": {"type": "object", "properties": {"a": {"type": "string"}}} for i in range(900)
    }
    found, missing = attached({"type": "object", "properties": wide}, {}, "readOnly")
    assert missing == "#"
    assert found["type"] == "object"


def test_required_fields_of_the_other_direction_are_not_required() -> None:
    schema = {
        "properties": {"id": {"$ref": "#/$defs/Id"}, "name": {"type": "string"}},
        "required": ["id", "name"],
    }
    found, _ = attached(schema, {"Id": {"type": "string", "readOnly": True}}, "readOnly")
    assert found["required"] == ["name"]


def test_lean_keeps_properties_that_are_named_like_annotations(
    describe: Callable[..., Json],
) -> None:
    schema = {"properties": {"description": {"type": "string", "title": "T"}}, "title": "x"}
    assert lean(schema) == {"properties": {"description": {"type": "string"}}}


def test_a_closure_is_nearest_first_however_many_were_asked_for() -> None:
    names = [f"n{number}" for number in range(3 * MAX_CLOSURES)]
    schemas = {
        name: {
            "allOf": [{"$ref": f"#/definitions/{each}"} for each in names[2 * at + 1 : 2 * at + 3]]
        }
        for at, name in enumerate(names)
    }
    schemas[names[-1]] = {"items": {"$ref": "#/definitions/n0"}}
    book = SchemaBook(Resources({"definitions": schemas}, refuse), "2.0")
    book.convert(Node({"$ref": "#/definitions/n0"}))
    assert list(book.closure(["n0"])) == names
    assert [next(iter(book.closure([name]))) for name in names] == names
    assert list(book.closure(["n1", "n2"]))[:4] == ["n1", "n2", "n3", "n4"]

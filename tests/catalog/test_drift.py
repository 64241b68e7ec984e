"""What is different between an operation before and after an update."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.catalog import Catalog
from httptask.catalog.drift import Difference
from httptask.catalog.schema_fields import fields_of

OBJECT = {"type": "object", "properties": {"n": {"type": "integer"}, "tag": {"enum": ["a", "b"]}}}


def body(schema: Any, **more: Any) -> dict[str, Any]:
    """Return an operation that takes a JSON body."""
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}, **more}


def response(schema: Any) -> dict[str, Any]:
    """Return an operation with a JSON response."""
    content = {"application/json": {"schema": schema}}
    return {"responses": {"200": {"description": "", "content": content}}}


def query(required: bool, **schema: Any) -> dict[str, Any]:
    """Return an operation with one parameter."""
    each = {"name": "q", "in": "query", "required": required, "schema": schema}
    return {"parameters": [each]}


@pytest.fixture
def compared(catalog: Catalog, tmp_path: Path, describe: Any) -> Any:
    """Add a description with one operation, then another one; return what is different."""

    def compare(before: Any, now: Any, **around: Any) -> list[Difference]:
        path = tmp_path / "pets.json"
        for operation in (before, now):
            paths = {"/pets": {"post": {"operationId": "addPet", **operation}}}
            document = describe(paths, **(around if operation is now else {}))
            path.write_text(json.dumps(document), "utf-8")
            changes = catalog.add(path)
        return list(changes[0].differences)

    return compare


def kinds(found: list[Difference]) -> list[tuple[str, str, str]]:
    """Return kind, severity and place of each."""
    return [(each.kind, each.severity, "/".join(each.place)) for each in found]


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ({}, {"summary": "A word"}, []),
        (query(False, type="string"), query(True, type="string"),
         [("field_required", "breaking", "query/q")]),
        ({}, query(True, type="string"), [("field_required", "breaking", "query/q")]),
        ({}, query(False, type="string"), [("field_added", "harmless", "query/q")]),
        (query(True, type="string"), {}, [("field_gone", "risky", "query/q")]),
        (query(True, type="string"), query(False, type="string"), []),
        (query(True, type="integer"), query(True, type="number"), []),
        (query(True, type="number"), query(True, type="integer"),
         [("type_changed", "breaking", "query/q")]),
        (query(True), query(True, type="integer"), [("type_changed", "risky", "query/q")]),
        (query(True, enum=["a", "b"]), query(True, enum=["a"]),
         [("choice_gone", "breaking", "query/q")]),
        (query(True, enum=["a"]), query(True, enum=["a", "b"]), []),
        (body(OBJECT), body({**OBJECT, "required": ["n"]}),
         [("field_required", "breaking", "body/n")]),
        (body(OBJECT), body({"type": "object", "properties": {"n": {"type": "string"}}}),
         [("type_changed", "breaking", "body/n"), ("field_gone", "risky", "body/tag")]),
        (body({"type": "array", "items": OBJECT}),
         body({"type": "array", "items": {**OBJECT, "required": ["tag"]}}),
         [("field_required", "breaking", "body/[]/tag")]),
        ({}, {"requestBody": {**body(OBJECT)["requestBody"], "required": True}},
         [("field_required", "breaking", "body")]),
        (body(OBJECT), {"requestBody": {"content": {"text/csv": {"schema": {"type": "string"}}}}},
         [("media_type_gone", "breaking", "media/application/json")]),
        (response(OBJECT), response({"type": "object", "properties": {"n": {"type": "integer"}}}),
         [("response_field_gone", "breaking", "response/tag")]),
        (response(OBJECT), response({**OBJECT, "properties": {**OBJECT["properties"],
                                                              "n": {"type": "string"}}}),
         [("response_type_changed", "breaking", "response/n")]),
        (response({"type": "object"}), response(OBJECT), []),
        ({}, {"deprecated": True}, [("operation_deprecated", "risky", "")]),
        ({}, {"servers": [{"url": "https://new.example.com"}]},
         [("server_gone", "breaking", "server/https://pets.example.com/v1")]),
    ],
)  # fmt: skip
def test_what_is_different(compared: Any, before: Any, now: Any, expected: Any) -> None:
    assert kinds(compared(before, now)) == expected


def test_authentication(compared: Any) -> None:
    schemes = {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}}
    (found,) = compared({}, {"security": [{"key": []}]}, components=schemes)
    assert (found.kind, found.message) == ("auth_changed", "authentication is bearer now")


def test_an_operation_that_is_gone_says_what_took_its_place(
    catalog: Catalog, tmp_path: Path, describe: Any
) -> None:
    path = tmp_path / "pets.json"
    for name in ("/pets", "/animals"):
        path.write_text(json.dumps(describe({name: {"post": {"operationId": "addPet"}}})), "utf-8")
        changes = catalog.add(path)
    (found,) = changes[0].differences
    assert (found.kind, found.severity, found.operation) == (
        "operation_gone", "breaking", "pets/post-pets",
    )  # fmt: skip
    assert found.message == "POST /pets is gone: pets/post-animals has its operationId now"
    assert found.pointer == "/paths/~1pets/post"
    assert catalog.remove("pets")[0].differences[0].message == "POST /animals is gone"


def test_schemas_that_refer_to_themselves_have_an_end() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "n": True}}
    found = fields_of({"$ref": "#/$defs/node"}, {"node": node})
    assert set(found) == {(), ("n",)}


def test_a_field_of_one_branch_is_not_required() -> None:
    one = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
    assert fields_of(one, {})["a",].required
    assert not fields_of({"oneOf": [one, True]}, {})["a",].required
    assert fields_of({"allOf": [one]}, {})["a",].required


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "properties", "items", "required", "allOf", "$ref", "enum"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=20,
    )
)
def test_any_value_can_be_read_as_a_schema(schema: Any) -> None:
    assert () in fields_of(schema, {}) or isinstance(schema, dict)

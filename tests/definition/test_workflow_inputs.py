"""Which inputs a definition reads, and the types that they may have."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.definition.schema_path import json_type, types_at
from httptask.definition.workflow_inputs import WorkflowInputs


def task(request: Any = None, **options: Any) -> dict[str, Any]:
    inputs = {"http_request": {"uri": "https://x.example.com", **(request or {})}}
    if options:
        inputs["httptask"] = options
    return {"name": "t", "taskReferenceName": "t", "type": "HTTP", "inputParameters": inputs}


def flow(*tasks: Any, **fields: Any) -> dict[str, Any]:
    return {"name": "w", "tasks": list(tasks), **fields}


def types(document: Any) -> dict[str, set[str]]:
    return {name: set(found) for name, found in WorkflowInputs.of(document).types.items()}


def test_inputs_are_read_in_every_place() -> None:
    body = {"a": "${workflow.input.one}", "b": "x ${workflow.input.two.deep} ${t.output.three}"}
    loop = {
        "type": "DO_WHILE",
        "items": "${workflow.input.list}",
        "loopOver": [task({"body": body})],
    }
    schema = {"name": "s", "type": "JSON", "data": {"properties": {"declared": {}}}}
    found = WorkflowInputs.of(
        flow(
            loop,
            inputParameters=["listed", 7],
            inputTemplate={"default": 1},
            outputParameters={"o": "${workflow.input.out}"},
            inputSchema=schema,
        )
    )
    assert found.names == {"one", "two", "list", "listed", "default", "out", "declared"}
    assert found.certain


@pytest.mark.parametrize("text", ["${workflow.input}", "${workflow}", "${workflow.input[*]}"])
def test_any_input_may_be_read(text: str) -> None:
    assert not WorkflowInputs.of(flow(task({"body": text}))).certain


@pytest.mark.parametrize(
    "document", [None, 7, [], {}, {"tasks": 7}, {"tasks": [7]}, {"inputTemplate": 7}]
)
def test_a_document_that_says_nothing(document: Any) -> None:
    assert types(document) == {}


def test_types_by_the_tasks_that_take_an_input() -> None:
    body = {"id": "${workflow.input.id}", "list": [{"n": "${workflow.input.n}"}]}
    request = {"body": body, "headers": {"X-V": "${workflow.input.header}"}}
    item = {"type": "object", "properties": {"n": {"type": "integer"}}}
    request_schema = {
        "properties": {"id": {"type": "string"}, "list": {"type": "array", "items": item}}
    }
    places = {
        "query": {"properties": {"q": {"type": ["string", "null"]}}},
        "headers": {"properties": {"X-V": {"type": "string"}}},
    }
    one = task(
        request,
        query={"q": "${workflow.input.q}"},
        requestSchema=request_schema,
        parametersSchema={"properties": places},
    )
    expected = {"id": {"string"}, "n": {"integer"}, "header": {"string"}, "q": {"string", "null"}}
    assert types(flow(one)) == expected
    assert types(one) == expected
    flat = {**one, "inputParameters": {**request, "httptask": one["inputParameters"]["httptask"]}}
    assert types(flow(flat)) == expected


def test_a_part_of_a_text_has_no_type() -> None:
    one = task({"body": "v ${workflow.input.v}"}, requestSchema={"type": "string"})
    assert types(flow(one)) == {}
    one = task({"body": "${workflow.input.v}"}, requestSchema={"type": "string"})
    assert types(flow(one)) == {"v": {"string"}}


def test_the_workflows_schema_wins() -> None:
    one = task({"body": "${workflow.input.v}"}, requestSchema={"type": "string"})
    schema = {"name": "s", "type": "JSON", "data": {"properties": {"v": {"type": "number"}}}}
    assert types(flow(one, inputSchema=schema)) == {"v": {"number"}}


@pytest.mark.parametrize("data", [7, {"properties": 7}, {"type": "what"}, {"anyOf": 3}, None])
def test_a_schema_that_is_none_says_nothing(data: Any) -> None:
    document = flow(task(), inputSchema={"name": "s", "type": "JSON", "data": data})
    assert types(document) == {}


RECURSIVE = {"anyOf": [{"$ref": "#"}, {"$ref": "#"}, {"type": "string"}]}


@pytest.mark.parametrize(
    ("schema", "path", "expected"),
    [
        (True, [], set()),
        ({}, [], set()),
        ({"type": "string"}, [], {"string"}),
        ({"enum": ["a", 1, 1.5, None]}, [], {"string", "integer", "number", "null"}),
        ({"const": True}, [], {"boolean"}),
        ({"oneOf": [{"type": "string"}, {"type": "array"}]}, [], {"string", "array"}),
        ({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"type": "object"}}}, ["a"],
         {"object"}),
        ({"properties": {"a": {"type": "string"}}}, ["b"], set()),
        (RECURSIVE, [], {"string"}),
        ({"properties": {"a": RECURSIVE}, "anyOf": [{"$ref": "#"}] * 40}, ["a"] * 30, {"string"}),
    ],
)  # fmt: skip
def test_types_at_a_place(schema: Any, path: list[str], expected: set[str]) -> None:
    assert types_at(schema, path) == expected


def test_names_of_types() -> None:
    values = [None, True, 1, 1.0, 1.5, "a", [], {}, object()]
    names = ["null", "boolean", "integer", "integer", "number", "string", "array", "object", ""]
    assert [json_type(value) for value in values] == names

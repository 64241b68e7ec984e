"""What the check says of values that come from whole objects, lists and other workflows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import httptask

ITEM = {
    "type": "object",
    "required": ["sku", "count"],
    "properties": {"sku": {"type": "string"}, "count": {"type": "integer"}},
}
ORDER = {
    "type": "object",
    "required": ["id", "items", "first"],
    "properties": {
        "id": {"type": "string"},
        "items": {"type": "array", "items": ITEM},
        "first": ITEM,
    },
}
URI = "https://api.example.com/v1/orders"


def http(ref: str, body: Any = None, **options: Any) -> dict[str, Any]:
    request = {"uri": URI, "method": "POST", "body": body or {}}
    inputs = {"http_request": request, "httptask": {"responseSchema": ORDER, **options}}
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}


def found(*tasks: dict[str, Any], **fields: Any) -> dict[str, str]:
    document = {"name": "w", "tasks": list(tasks), **fields}
    return {one.code: one.pointer for one in httptask.check_workflow(document)}


def taking(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": schema}}


def given(text: str, schema: dict[str, Any]) -> list[str]:
    source = http("a", output={"order": "$.response.body", "lines": "$.response.body.items"})
    return list(found(source, http("b", {"x": text}, requestSchema=taking(schema))))


NUMBERED = {"type": "object", "properties": {"sku": {"type": "integer"}}}
LIST_OF = {kind: {"type": "array", "items": {"type": kind}} for kind in ("string", "integer")}


@pytest.mark.parametrize(
    ("path", "schema", "wanted"),
    [
        ("response.body.items[*].sku", LIST_OF["string"], []),
        ("response.body.items[*].count", LIST_OF["integer"], []),
        ("response.body.items[*].count", LIST_OF["string"], ["wire_type"]),
        ("response.body.items[?(@.count > 1)].sku", LIST_OF["integer"], ["wire_type"]),
        ("response.body.items[0:2].sku", {"type": "string"}, ["wire_type"]),
        ("response.body.items[0].sku", {"type": "string"}, []),
        ("response.body.items.length()", {"type": "integer"}, []),
        ("response.body.items.length()", {"type": "string"}, ["wire_type"]),
        ("lines[*].count", LIST_OF["string"], ["wire_type"]),
        ("lines[*].amount", LIST_OF["integer"], ["path_not_in_schema"]),
        ("order.first.sku", {"type": "string"}, []),
        ("order.first.skew", {"type": "string"}, ["path_not_in_schema"]),
        ("order", {"type": "object"}, []),
        ("order.first", ITEM, []),
        ("order.first", {**ITEM, "required": ["sku", "price"]}, ["wire_type"]),
        (
            "order.first",
            {"type": "object", "required": ["price"], "properties": {"price": {"type": "number"}}},
            ["wire_type"],
        ),
        ("order.first", taking({"type": "string"}), []),
        ("order.first", NUMBERED, ["wire_type"]),
        ("order.items", {"type": "array", "items": NUMBERED}, ["wire_type"]),
        ("order.first", {"anyOf": [{"type": "object", "required": ["price"]}, ITEM]}, []),
    ],
)
def test_whole_objects_and_lists(path: str, schema: dict[str, Any], wanted: list[str]) -> None:
    assert given(f"${{a.output.{path}}}", schema) == wanted


def test_a_filter_in_a_parameter_finds_one() -> None:
    query = {"type": "object", "properties": {"sku": {"type": "string"}}}
    schema = {"type": "object", "properties": {"query": query}}
    for path, wanted in (("[?(@.count == 1)].sku", []), ("[*].sku", ["wire_type"])):
        text = f"${{a.output.response.body.items{path}}}"
        second = http("b", parametersSchema=schema, query={"sku": text})
        assert list(found(http("a"), second)) == wanted


CHILD: dict[str, Any] = {
    "name": "child",
    "tasks": [http("a", {"x": "${workflow.input.id}"})],
    "inputParameters": ["id"],
    "outputParameters": {
        "order": "${a.output.response.body}",
        "id": "${a.output.response.body.id}",
    },
}


def starting(definition: Any = None, **given: Any) -> dict[str, Any]:
    param = {"name": "child"} | ({"workflowDefinition": definition} if definition else {})
    return {
        "name": "s",
        "taskReferenceName": "s",
        "type": "SUB_WORKFLOW",
        "inputParameters": given or {"id": "x"},
        "subWorkflowParam": param,
    }


@pytest.mark.parametrize(
    ("path", "schema", "wanted"),
    [
        ("id", {"type": "string"}, []),
        ("id", {"type": "integer"}, ["wire_type"]),
        ("subWorkflowId", {"type": "string"}, []),
        ("identity", {"type": "string"}, ["path_unknown"]),
        ("order.items[*].count", LIST_OF["string"], ["wire_type"]),
        ("order.itemz", {"type": "array"}, ["path_not_in_schema"]),
    ],
)
def test_what_a_sub_workflow_gives(
    path: str, schema: dict[str, Any], wanted: list[str], tmp_path: Path
) -> None:
    second = http("b", {"x": f"${{s.output.{path}}}"}, requestSchema=taking(schema))
    assert list(found(starting(CHILD), second)) == wanted
    (tmp_path / "child.json").write_text(json.dumps(CHILD))
    flow = tmp_path / "flow.json"
    flow.write_text(json.dumps({"name": "w", "tasks": [starting(), second]}))
    assert [each.code for each in httptask.check_workflow(flow)] == wanted


def test_a_definition_inside_a_task_is_checked_like_one_on_its_own() -> None:
    broken = {**CHILD, "outputParameters": {"id": "${b.output.response.body.id}"}}
    at = "/tasks/0/subWorkflowParam/workflowDefinition/outputParameters/id"
    assert found(starting(broken)) == {"reference_unknown": at}


def test_a_workflow_that_starts_itself_is_checked(tmp_path: Path) -> None:
    flow = tmp_path / "flow.json"
    itself = {"name": "child", "tasks": [starting()], "outputParameters": {"x": "${s.output.x}"}}
    flow.write_text(json.dumps(itself))
    assert httptask.check_workflow(flow) == []


def queried(query: str, **inputs: Any) -> list[str]:
    given = {"order": "${a.output.response.body}", "free": "${workflow.input.x}", **inputs}
    transform = {
        "name": "q",
        "taskReferenceName": "q",
        "type": "JSON_JQ_TRANSFORM",
        "inputParameters": {**given, "queryExpression": query},
    }
    return [
        one.message
        for one in httptask.check_workflow({"name": "w", "tasks": [http("a"), transform]})
    ]


@pytest.mark.parametrize(
    "query",
    [
        '.order.items | map(.sku) | join(",")',
        ".order.items[0].sku",
        '[.order.items[] | select(.count > 1) | {sku, n: .count, more: (.sku + "x")}]',
        ".order.items | sort_by(.sku) | first | .sku",
        'if .order.id == "x" then .order.first.sku else (.free.any.thing | length) end',
        '.order.missing // "none"',
        ".order.items | any(.[]; .count > 3)",
        ".order | to_entries | map(.key)",
        ".order as $o | $o.nothing",
        "[.. | .sku?]",
        "reduce .order.items[] as $i (0; . + $i.amount)",
        '.order["id"], .free[0].x, .queryExpression',
        '@base64 "\\(.order.id)"',
    ],
)
def test_queries_that_read_what_is_there(query: str) -> None:
    assert queried(query) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (".ordr.id", "ordr"),
        (".order.idd", "idd"),
        (".order.items | map(.skew)", "skew"),
        (".order.items[] | select(.cnt > 1)", "cnt"),
        ("[.order.items[] | {sku, n: .amount}]", "amount"),
        (".order.items.sku", "sku"),
        (".order.first | .nothing", "nothing"),
        ("{id: .order.identity}", "identity"),
        ("if .order.stat == 1 then 2 else 3 end", "stat"),
        (".order.items | map({sku}) | map(.skew)", "skew"),
    ],
)
def test_queries_that_name_what_is_not_there(query: str, name: str) -> None:
    (message,) = queried(query)
    assert repr(name) in message


@pytest.mark.parametrize(
    ("path", "schema", "wanted"),
    [
        ("result.n", {"type": "integer"}, []),
        ("result.n", {"type": "boolean"}, ["wire_type"]),
        ("result.m", {"type": "integer"}, ["path_not_in_schema"]),
        ("result.skus[*]", LIST_OF["integer"], ["wire_type"]),
        ("result.skus", LIST_OF["string"], []),
        ("result.first.skew", {"type": "string"}, ["path_not_in_schema"]),
        ("resultList[0].n", {"type": "boolean"}, []),
    ],
)
def test_what_a_query_gives(path: str, schema: dict[str, Any], wanted: list[str]) -> None:
    query = "{n: .order.first.count, skus: (.order.items | map(.sku)), first: .order.first}"
    inputs = {"order": "${a.output.response.body}", "queryExpression": query}
    transform = {
        "name": "q",
        "taskReferenceName": "q",
        "type": "JSON_JQ_TRANSFORM",
        "inputParameters": inputs,
    }
    second = http("b", {"x": f"${{q.output.{path}}}"}, requestSchema=taking(schema))
    assert list(found(http("a"), transform, second)) == wanted


@pytest.mark.parametrize("query", ["((((", "{{", "if", "map(", "{a:", "." * 50, "[" * 900])
def test_a_broken_query_is_told_once(query: str) -> None:
    (message,) = queried(query)
    assert message.startswith("not a jq query")


def test_what_a_sub_workflow_is_given() -> None:
    assert found(starting(CHILD, id="x")) == {}
    assert found(starting(CHILD, id="x", more=1)) == {}
    at = "/tasks/0/inputParameters/ident"
    assert found(starting(CHILD, ident="x")) == {"input_undeclared": at}


def test_an_output_that_is_looked_for_among_the_inputs() -> None:
    second = http("b", {"x": "${a.input.response.body.id}", "y": "${a.input.http_request.uri}"})
    at = "/tasks/1/inputParameters/http_request/body/x"
    assert found(http("a"), second) == {"path_unknown": at}


def test_a_number_is_none_of_the_words_of_a_parameter() -> None:
    for values, wanted in ((["open", "sent"], ["wire_type"]), (["1", "2"], [])):
        query = {"type": "object", "properties": {"q": {"enum": values}}}
        text = "${a.output.response.body.first.count}"
        schema = {"type": "object", "properties": {"query": query}}
        second = http("b", parametersSchema=schema, query={"q": text})
        assert list(found(http("a"), second)) == wanted


@pytest.mark.parametrize(
    ("kind", "expression", "path", "cases", "wanted"),
    [
        ("javascript", "x", "id", ["a"], ["script_name_unknown"]),
        ("javascript", "$.x = 'a'", "id", ["a"], ["script_assigns"]),
        ("value-param", "x", "first", ["a"], ["case_impossible"]),
        ("value-param", "x", "first.count", ["a"], ["case_impossible"]),
        ("value-param", "x", "first.count", ["1", "2"], []),
        ("value-param", "x", "id", ["a"], []),
    ],
)
def test_what_a_switch_chooses_by(
    kind: str, expression: str, path: str, cases: list[str], wanted: list[str]
) -> None:
    switch = {
        "name": "s",
        "taskReferenceName": "s",
        "type": "SWITCH",
        "evaluatorType": kind,
        "expression": expression,
        "inputParameters": {"x": f"${{a.output.response.body.{path}}}"},
        "decisionCases": {case: [] for case in cases},
    }
    assert list(found(http("a"), switch)) == wanted

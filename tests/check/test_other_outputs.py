"""What references read of tasks that hold others, or compute; and what limits say of a value."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.app.check import check
from httptask.app.load import Surroundings

BODY = {
    "type": "object",
    "required": ["id", "number", "short", "key"],
    "properties": {
        "id": {"type": "string"},
        "number": {"type": "integer", "maximum": 5},
        "short": {"type": "string", "maxLength": 3},
        "key": {"type": "string", "format": "uuid"},
    },
}
TAKEN = {
    "type": "object",
    "properties": {
        "any": {},
        "number": {"type": "integer"},
        "large": {"type": "integer", "minimum": 10},
        "small": {"type": "integer", "minimum": 5},
        "long": {"type": "string", "minLength": 4},
        "day": {"type": "string", "format": "date"},
        "key": {"type": "string", "format": "uuid"},
    },
}


def of(type_: str, ref: str, **fields: Any) -> dict[str, Any]:
    return {"name": ref, "taskReferenceName": ref, "type": type_, **fields}


def http(ref: str, body: Any = None, **options: Any) -> dict[str, Any]:
    request = {"uri": f"https://api.example.com/{ref}", "method": "POST", "body": body}
    return of("HTTP", ref, inputParameters={"http_request": request, "httptask": options})


A = http("a", responseSchema=BODY)
BRANCHES = [of("FORK_JOIN", "f", forkTasks=[[A], [http("b")]]), of("JOIN", "j", joinOn=["a", "b"])]
LOOP = [of("DO_WHILE", "l", loopCondition="$.l.iteration < 3", loopOver=[A])]
SCRIPT = [of("INLINE", "i", inputParameters={"evaluatorType": "graaljs", "expression": "1"})]
QUERY = [of("JSON_JQ_TRANSFORM", "q", inputParameters={"queryExpression": ".x", "x": 1})]
CHOICE = [of("SWITCH", "s", evaluatorType="value-param", expression="x",
             inputParameters={"x": "${workflow.input.x}"}, decisionCases={"1": [A]})]  # fmt: skip


def found(tasks: list[Any], text: str, field: str = "any", **fields: Any) -> list[str]:
    flow = {"name": "w", "tasks": [*tasks, http("z", {field: text}, requestSchema=TAKEN)], **fields}
    findings = check(flow, Surroundings(), "httptask").findings
    assert all(each.pointer.endswith(f"/{field}") for each in findings)
    return [each.code for each in findings]


@pytest.mark.parametrize(
    ("tasks", "right", "wrong", "code"),
    [
        (BRANCHES, "j.output.a.response.body.id", "j.output.c.response.body.id", "path_unknown"),
        (BRANCHES, "j.output.a.response", "j.output.a.respons", "path_unknown"),
        (BRANCHES, "j.output.a.response.body.id", "j.output.a.response.body.idd",
         "path_not_in_schema"),
        (LOOP, "l.output.1.a.response.body.id", "l.output.1.c.response.body.id", "path_unknown"),
        (LOOP, "l.output.2.a.response.body.id", "l.output.2.a.response.body.idd",
         "path_not_in_schema"),
        (SCRIPT, "i.output.result.x", "i.output.x", "path_unknown"),
        (QUERY, "q.output.resultList[0]", "q.output.results", "path_unknown"),
        (CHOICE, "s.output.selectedCase", "s.output.case", "path_unknown"),
    ],
)  # fmt: skip
def test_names(tasks: list[Any], right: str, wrong: str, code: str) -> None:
    assert found(tasks, f"${{{right}}}") == []
    assert found(tasks, f"${{{wrong}}}") == [code]


@pytest.mark.parametrize(
    ("tasks", "path"), [(BRANCHES, "j.output.a"), (LOOP, "l.output.1.a"), ([A], "a.output")]
)
@pytest.mark.parametrize(
    ("name", "field", "fits"),
    [
        ("id", "number", False),
        ("number", "large", False),
        ("number", "small", True),
        ("short", "long", False),
        ("id", "long", True),
        ("key", "day", False),
        ("key", "key", True),
        ("id", "day", True),
    ],
)
def test_types_and_limits(tasks: list[Any], path: str, name: str, field: str, fits: bool) -> None:
    text = f"${{{path}.response.body.{name}}}"
    assert found(tasks, text, field) == ([] if fits else ["wire_type"])


def test_a_variable_is_of_the_type_that_all_its_values_have() -> None:
    def setting(ref: str, name: str) -> dict[str, Any]:
        value = f"${{a.output.response.body.{name}}}"
        return of("SET_VARIABLE", ref, inputParameters={"v": value})

    first = setting("v1", "id")
    text = "${workflow.variables.v}"
    assert found([A, first, setting("v2", "short")], text, "number") == ["wire_type"]
    assert found([A, first, setting("v2", "number")], text, "number") == []


def test_names_below_an_input_are_those_of_its_schema() -> None:
    data = {"properties": {"order": {"type": "object", "properties": {"id": {}}}}}
    declared = {"inputSchema": {"name": "s", "type": "JSON", "data": data}}

    def codes(text: str) -> list[str]:
        flow = {"name": "w", "tasks": [http("z", {"any": text})], **declared}
        findings = check(flow, Surroundings(), "httptask").findings
        return [each.code for each in findings if each.code != "field_ignored"]

    assert codes("${workflow.input.order.id}") == []
    assert codes("${workflow.input.order.idd}") == ["path_not_in_schema"]

"""What the check says of variables by cases, of conditions that read nothing, and of waits."""

from __future__ import annotations

from typing import Any

import pytest

import httptask


def task(kind: str, ref: str, **fields: Any) -> dict[str, Any]:
    return {"name": ref, "taskReferenceName": ref, "type": kind, **fields}


def codes(*tasks: dict[str, Any], **fields: Any) -> dict[str, str]:
    document = {"name": "w", "inputParameters": ["k"], "tasks": [*tasks], **fields}
    return {each.code: each.pointer for each in httptask.check_workflow(document)}


def put(ref: str, **values: Any) -> dict[str, Any]:
    return task("SET_VARIABLE", ref, inputParameters=values)


def choose(**cases: list[dict[str, Any]]) -> dict[str, Any]:
    default = cases.pop("default", [])
    return task(
        "SWITCH", "s", evaluatorType="value-param", expression="k", decisionCases=cases,
        inputParameters={"k": "${workflow.input.k}"}, defaultCase=default,
    )  # fmt: skip


def read(ref: str = "r") -> dict[str, Any]:
    return task("NOOP", ref, inputParameters={"x": "${workflow.variables.kept}"})


STOP = task("TERMINATE", "t", inputParameters={"terminationStatus": "FAILED"})


@pytest.mark.parametrize(
    ("before", "is_told"),
    [
        ([choose(a=[put("v", kept=1)])], True),
        ([choose(a=[put("v", kept=1)], default=[put("w", other=1)])], True),
        ([choose(a=[put("v", kept=1)], default=[put("w", kept=2)])], False),
        ([choose(a=[put("v", kept=1)], default=[STOP])], False),
        ([put("o", kept=0), choose(a=[put("v", kept=1)])], False),
        ([choose(a=[put("v", kept=1), read("inside")])], True),
    ],
)
def test_a_variable_that_only_a_case_sets(before: list[dict[str, Any]], is_told: bool) -> None:
    last = f"/tasks/{len(before)}/inputParameters/x"
    found = codes(*before, read())
    assert found.get("variable_unset") == (last if is_told else None)


def test_a_variable_with_a_value_from_the_start_is_never_unset() -> None:
    given = {"variables": {"kept": 0}}
    assert "variable_unset" not in codes(choose(a=[put("v", kept=1)]), read(), **given)


@pytest.mark.parametrize(
    ("script", "is_constant"),
    [
        ("true || $.k == 'a' ? 'x' : 'y'", True),
        ("$.k == 'a' ? 'x' : 'y'", False),
        ("false && $.k ? 'x' : 'y'", True),
        ("$.k || true ? 'x' : 'y'", False),
        ("typeof $.k == 'string' ? 'x' : 'y'", False),
        ("Object.keys($).length > 1 ? 'x' : 'y'", False),
        ("$.fixed == 'x' ? 'x' : 'y'", True),
    ],
)
def test_a_condition_that_reads_nothing_that_changes(script: str, is_constant: bool) -> None:
    inputs = {"k": "${workflow.input.k}", "fixed": "x"}
    chosen = choose(x=[], y=[]) | {
        "evaluatorType": "graaljs",
        "expression": script,
        "inputParameters": inputs,
    }
    assert ("switch_constant" in codes(chosen)) is is_constant


def test_a_loop_whose_condition_is_true_before_it_reads() -> None:
    body = [task("NOOP", "n")]
    loop = task("DO_WHILE", "l", loopCondition="true || $.n.x", loopOver=body)
    assert "loop_unbounded" in codes(loop)
    loop = task("DO_WHILE", "l", loopCondition="$.l['iteration'] < 3 || $.n.x", loopOver=body)
    assert "loop_unbounded" not in codes(loop)


def wait(ref: str, duration: str) -> dict[str, Any]:
    return task("WAIT", ref, inputParameters={"duration": duration})


@pytest.mark.parametrize(
    ("tasks", "is_told"),
    [
        ([wait("a", "40 s"), wait("b", "20 s")], True),
        ([wait("a", "40 s"), wait("b", "19 s")], False),
        ([choose(a=[wait("a", "2 min")])], False),
        ([choose(a=[wait("a", "2 min")], default=[wait("b", "1 min")])], True),
        ([choose(a=[STOP]), STOP | {"taskReferenceName": "u"}, wait("a", "2 min")], False),
        ([task("DO_WHILE", "l", loopCondition="$.l['iteration'] < 2", loopOver=[wait("a", "2 m")])],
         True),
        ([wait("a", "${workflow.input.k}")], False),
    ],
)  # fmt: skip
def test_waits_that_take_longer_than_the_workflow_may(
    tasks: list[dict[str, Any]], is_told: bool
) -> None:
    limited = {"timeoutSeconds": 60, "timeoutPolicy": "TIME_OUT_WF"}
    found = codes(*tasks, **limited)
    assert found.get("waits_over_timeout") == ("/timeoutSeconds" if is_told else None)
    alert = {"timeoutSeconds": 60, "timeoutPolicy": "ALERT_ONLY"}
    assert "waits_over_timeout" not in codes(*tasks, **alert)


CHILD = {
    "name": "child",
    "inputSchema": {
        "name": "child",
        "type": "JSON",
        "data": {
            "type": "object",
            "required": ["count"],
            "properties": {"count": {"type": "integer"}, "to": {"type": "string"}},
        },
    },
    "tasks": [task("NOOP", "n")],
}
RESPONSE = {"type": "object", "properties": {"name": {"type": "string"}, "n": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"count": 3}, {}),
        ({"count": "${workflow.input.k}"}, {}),
        ({"count": "three"}, {"input_schema": "count"}),
        ({"to": "me"}, {"input_schema": "count"}),
        ({"count": "${a.output.response.body.name}"}, {"wire_type": "count"}),
        ({"count": "${a.output.response.body.n}"}, {"wire_null": "count"}),
        ({"count": 3, "to": "${a.output.response.body.n}"}, {"wire_type": "to"}),
    ],
)
def test_what_a_workflow_is_given_fits_its_schema(
    given: dict[str, Any], wanted: dict[str, str]
) -> None:
    request = {"http_request": {"uri": "https://api.example.com/v1", "method": "GET"}}
    first = task("HTTP", "a", inputParameters=request | {"httptask": {"responseSchema": RESPONSE}})
    second = task(
        "SUB_WORKFLOW", "b", subWorkflowParam={"workflowDefinition": CHILD}, inputParameters=given
    )
    found = codes(first, second)
    del found["field_ignored"]
    assert found == {code: f"/tasks/1/inputParameters/{name}" for code, name in wanted.items()}

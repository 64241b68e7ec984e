"""Kinds of findings that stood wrongly in public definitions, and slips that are told once."""

from __future__ import annotations

import json
from typing import Any

import pytest

import httptask
from httptask.app.check import Target, check
from httptask.app.load import Surroundings
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim
from httptask.plugins import build_manager

END = {"name": "t", "taskReferenceName": "t", "type": "TERMINATE",
       "inputParameters": {"terminationStatus": "FAILED"}}  # fmt: skip
READER = "${p.output.response.statusCode}"


def http(ref: str, text: str = "", **options: Any) -> dict[str, Any]:
    request = {"uri": "https://api.example.com/x", "method": "GET", "headers": {"X-Of": text}}
    inputs = {"http_request": request, **({"httptask": options} if options else {})}
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}


def switch(ref: str, cases: Any, default: Any = (), by: str = "mode") -> dict[str, Any]:
    return {"name": ref, "taskReferenceName": ref, "type": "SWITCH",
            "evaluatorType": "value-param", "expression": "x",
            "inputParameters": {"x": f"${{workflow.input.{by}}}"},
            "decisionCases": cases, "defaultCase": list(default)}  # fmt: skip


def found(*tasks: Any, target: Target = "httptask", **fields: Any) -> list[tuple[str, str]]:
    document = {"name": "w", "tasks": list(tasks), **fields}
    return [(each.severity, each.code) for each in check(document, Surroundings(), target).findings]


@pytest.mark.parametrize(
    "fields",
    [
        {"inputParameters": ["other", json.dumps({"id": {"type": "string"}})]},
        {"inputParameters": ["other"], "inputTemplate": {"id": 1}},
        {"inputParameters": ["other"],
         "inputSchema": {"name": "s", "type": "JSON", "data": {"properties": {"id": {}}}}},
    ],
)  # fmt: skip
def test_inputs_that_are_declared(fields: dict[str, Any]) -> None:
    reads = http("p", "${workflow.input.id}")
    assert ("warning", "input_undeclared") not in found(reads, **fields)
    reads = http("p", "${workflow.input.idd}")
    assert ("warning", "input_undeclared") in found(reads, **fields)


def test_an_input_that_is_not_declared_is_told_once_by_its_name() -> None:
    text = "${workflow.input.idd}"
    document = {"name": "w", "tasks": [http("p", text), http("q", f"{text} {text}")],
                "inputParameters": ["id"]}  # fmt: skip
    (finding,) = check(document, Surroundings(), "httptask").findings
    assert finding.pointer == "/tasks/0/inputParameters/http_request/headers/X-Of"
    assert "; 3 places read it" in finding.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{workflow.input.a}}", [("warning", "expression_almost")]),
        ("b", [("warning", "case_impossible"), ("warning", "switch_constant")]),
    ],
)
def test_what_a_slip_in_a_switch_causes_is_not_told(text: str, told: Any) -> None:
    choice = switch("s", {"a": [END]}, [http("p")])
    assert found({**choice, "inputParameters": {"x": text}}) == told


def test_a_slip_is_as_bad_as_what_it_causes() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    task = http("p", requestSchema=schema)
    request = task["inputParameters"]["http_request"]
    request |= {"method": "POST", "body": {"n": "$(workflow.input.n)"}}
    assert found(task) == [("error", "expression_almost")]


def test_a_key_that_is_there_is_not_what_was_meant() -> None:
    keys = {"retryCount": 1, "retryCout": 2, "responseTimeoutSeconds": 5}
    document = {"name": "w", "tasks": [{**http("p"), **keys}]}
    slip, other = check(document, Surroundings(), "httptask").findings
    assert (slip.code, slip.hint, slip.fix) == ("key_dropped", "", None)
    assert other.hint == 'it belongs in the task definition: "taskDefinition"'


def test_a_schema_alone_declares_inputs() -> None:
    schema = {"name": "s", "type": "JSON", "data": {"properties": {"id": {}}}}
    codes = found(http("p", "${workflow.input.idd}"), inputSchema=schema)
    assert ("warning", "input_undeclared") in codes


@pytest.mark.parametrize(
    ("tasks", "is_sure"),
    [
        ([switch("s", {"a": [http("p")]}, [END]), http("q", READER)], True),
        ([switch("s", {"a": [END]}, [http("p")]), http("q", READER)], True),
        ([switch("s", {"a": [http("p")], "b": []}, [END]), http("q", READER)], False),
        ([switch("s", {"a": [http("p")]}), http("q", READER)], False),
        ([switch("s", {"a": [http("p")]}), switch("r", {"a": [http("q", READER)]})], True),
        ([switch("s", {"a": [http("p")]}), switch("r", {"b": [http("q", READER)]})], False),
        (
            [
                switch("s", {"a": [http("p")]}),
                switch("r", {"a": [http("q", READER)]}, by="other"),
            ],
            False,
        ),
    ],
)
def test_a_case_that_was_surely_taken(tasks: list[Any], is_sure: bool) -> None:
    assert found(*tasks) == ([] if is_sure else [("warning", "reference_conditional")])


def test_names_that_cannot_exist_and_that_may() -> None:
    dynamic = {"name": "d", "taskReferenceName": "d", "type": "FORK_JOIN_DYNAMIC",
               "inputParameters": {"l": [], "m": {}}, "dynamicForkTasksParam": "l",
               "dynamicForkTasksInputParamName": "m"}  # fmt: skip
    join = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": []}
    unknown = http("p", "${nobody.output.x}")
    assert found(unknown) == [("error", "reference_unknown")]
    assert found(dynamic, join, unknown) == [("warning", "reference_unknown")]
    assert found(http("p", "${HOME}")) == [("warning", "reference_unknown")]
    closed = {"type": "object", "properties": {"id": {"type": "string"}}}
    for text, severity in [
        ("${p.output.id}", "error"),
        ("${p.output.response.boddy}", "error"),
        ("${p.outputt.id}", "error"),
        ("${workflow.inputs.id}", "error"),
        ("${workflow.variables.id}", "error"),
        ("${p.output.response.body.idd}", "warning"),
    ]:
        assert [one for one, _ in found(http("p", responseSchema=closed), http("q", text))] == [
            severity
        ], text


def fork(**inputs: Any) -> list[dict[str, Any]]:
    made = {"name": "d", "taskReferenceName": "d", "type": "FORK_JOIN_DYNAMIC",
            "inputParameters": inputs, "dynamicForkTasksParam": "l",
            "dynamicForkTasksInputParamName": "m"}  # fmt: skip
    return [made, {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": []}]


def unknown(*tasks: Any) -> list[tuple[str, str, str]]:
    findings = check({"name": "w", "tasks": list(tasks)}, Surroundings(), "httptask").findings
    return [
        (each.severity, each.message.rpartition(": ")[2], each.hint)
        for each in findings
        if each.code == "reference_unknown"
    ]


def test_names_that_a_dynamic_fork_makes() -> None:
    listed = {"l": "${workflow.input.l}", "m": {"made": {}}}
    assert unknown(*fork(**listed), http("p", "${made.output.x}")) == []
    later = {"name": "v", "taskReferenceName": "v", "type": "SET_VARIABLE",
             "inputParameters": {"dynamicTasks": [{"taskReferenceName": "set"}]}}  # fmt: skip
    assert unknown(later, *fork(**listed), http("p", "${set.output.x}")) == []
    ((severity, why, hint),) = unknown(
        *fork(**listed), http("made_1"), http("p", "${made_2.output}")
    )
    assert (severity, why) == ("warning", "null unless the dynamic fork makes one")
    assert "did you mean" not in hint


def test_names_that_a_dynamic_fork_counts() -> None:
    counted = fork(forkTaskName="one", forkTaskInputs=[{}, {}])
    assert unknown(*counted, http("p", "${_one_1.output.x}")) == []
    ((severity, why, hint),) = unknown(*counted, http("p", "${_one_2.output.x}"))
    assert (severity, why) == ("error", "there is no task with the reference '_one_2'")
    assert hint in ("did you mean '_one_0'?", "did you mean '_one_1'?")
    chosen = fork(forkTaskName="${workflow.input.name}", forkTaskInputs=[{}])
    assert [one for one, _, _ in unknown(*chosen, http("p", "${_one_2.output.x}"))] == ["warning"]


def test_a_variable_of_the_environment_is_no_forked_task() -> None:
    ((severity, why, hint),) = unknown(*fork(l=[], m={}), http("p", "${HOME}"))
    assert (severity, why) == (
        "warning",
        "null unless a server has that variable in its environment",
    )
    assert hint == "the engine reads only ${workflow.env.HOME} (CONDUCTOR_ENV_HOME)"


def test_outputs_of_a_plugin_have_names_of_their_own() -> None:
    class Outputs:
        @hookimpl
        def httptask_claims(self) -> list[Claim]:
            return [Claim("map_outputs", "own", "a test's")]

        @hookimpl
        def httptask_map_outputs(self) -> None:
            """Never called here."""

    flow = {"name": "w", "tasks": [http("p"), http("q", "${p.output.id}")]}
    manager = build_manager(plugins={"outputs": Outputs()})
    assert [each.code for each in httptask.check_workflow(flow, manager=manager)] == []
    assert [each.code for each in httptask.check_workflow(flow)] == ["path_unknown"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("x ${workflow.input.x", ["expression_almost"]),
        ("x ${workflow.input.x and ${b", ["expression_problem"]),
        ("${${p.output.response.statusCode}", ["expression_problem"]),
    ],
)
def test_an_open_brace_is_told_once(text: str, codes: list[str]) -> None:
    assert [code for _, code in found(http("p"), http("q", text))] == codes


@pytest.mark.parametrize("target", ["httptask", "conductor-oss", "worker"])
@pytest.mark.parametrize("in_workflow", [True, False])
def test_a_slip_in_the_type(target: Target, in_workflow: bool) -> None:
    task = {**http("p"), "type": "Http"}
    document = {"name": "w", "tasks": [task]} if in_workflow else task
    hints = [each.hint for each in check(document, Surroundings(), target).findings]
    assert hints == ['did you mean "HTTP"?']


def test_an_input_of_its_own_is_no_misspelt_field() -> None:
    task = http("p")
    task["inputParameters"] |= {"userId": 1, "asyncComplete": False}
    assert found(task) == []
    task["inputParameters"] |= {"heders": {}}
    assert found(task) == [("warning", "input_unknown")]


def test_a_file_of_tests_is_told_apart() -> None:
    (told,) = check({"tests": [{"name": "x"}]}, Surroundings(), "httptask").findings
    assert (told.code, told.hint) == ("no_definition", "httptask verify runs them")
    (told,) = check({"fixtures": []}, Surroundings(), "httptask").findings
    assert (told.code, told.hint) == ("no_definition", "give it with --mock to test and run")


@pytest.mark.parametrize("kind", ["SWITCH", "DECISION"])
def test_a_constant_is_told_of_the_type_that_is_written(kind: str) -> None:
    task = {**switch("s", {"a": [http("p")]}), "type": kind, "caseValueParam": "x"}
    task["inputParameters"] = {"x": "a"}
    findings = check({"name": "w", "tasks": [task]}, Surroundings(), "httptask").findings
    (told,) = [each.message for each in findings if each.code == "switch_constant"]
    assert told == f"it is always 'a': the {kind} chooses nothing"

"""Loading: both shapes, findings by name, templates, task definitions, errors with pointers."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from httptask.definition.auth_options import AuthOptions
from httptask.definition.findings import Finding
from httptask.definition.loader import load_task, load_task_defs, load_workflow
from httptask.definition.options import build_options_model
from httptask.definition.task_defs import effective_task_def, with_template
from httptask.definition.workflow import SUPPORTED_TYPES, TaskDef, WorkflowTask
from httptask.errors import DefinitionError

REQUEST = {"uri": "https://api.example.com/x", "method": "GET"}


def task(inputs: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "call",
        "taskReferenceName": "call",
        "type": "HTTP",
        "inputParameters": inputs,
        **more,
    }


def codes(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in findings]


def test_a_file_names_itself_in_findings(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    path.write_text(json.dumps(task({"http_request": {**REQUEST, "hedaers": {}}})))
    loaded = load_task(path)
    assert loaded.value is None
    assert loaded.source == str(path)
    assert [finding.source for finding in loaded.findings] == [str(path)]
    with pytest.raises(DefinitionError, match="did you mean") as caught:
        loaded.require()
    assert caught.value.to_json()["pointer"] == "/inputParameters/http_request/hedaers"


def test_require_says_how_many_more() -> None:
    with pytest.raises(DefinitionError, match="1 more: httptask check"):
        load_task(task({})).require()


def test_raw_is_the_document_as_written() -> None:
    document = task({"http_request": {**REQUEST, "vipAddress": "x"}})
    loaded = load_task(document)
    assert loaded.raw == document
    assert loaded.require().input_parameters == document["inputParameters"]
    assert loaded.findings[0].to_json() == {
        "code": "field_ignored",
        "severity": "warning",
        "message": '"vipAddress" has no effect: service discovery does not exist any more: '
        "the whole address stands in uri",
        "pointer": "/inputParameters/http_request/vipAddress",
        "hint": "",
        "source": "",
    }


def test_errors_come_before_warnings() -> None:
    loaded = load_task(task({"http_request": {**REQUEST, "service": "s", "bdy": 1}}))
    assert [finding.severity for finding in loaded.findings] == ["error", "warning"]
    assert len(loaded.errors) == 1


@pytest.mark.parametrize(
    ("inputs", "hint"),
    [
        ({"http_request": {**REQUEST, "query": {}}}, 'it belongs in "httptask"'),
        ({"http_request": REQUEST, "httptask": {"body": 1}}, 'it belongs in "http_request"'),
        ({"http_request": {**REQUEST, "httptask": {}}}, 'it belongs in "inputParameters"'),
        ({"http_request": REQUEST, "httptsk": {}}, 'did you mean "httptask"?'),
    ],
)
def test_hints_for_keys_in_the_wrong_place(inputs: dict[str, Any], hint: str) -> None:
    (finding,) = load_task(task(inputs)).findings
    assert (finding.code, finding.hint) == ("unknown_key", hint)


@pytest.mark.parametrize(
    "inputs", [{"http_request": REQUEST, "headrs": {}}, {**REQUEST, "headrs": {}}]
)
def test_another_input_is_fine_unless_it_reads_like_a_field(inputs: dict[str, Any]) -> None:
    (finding,) = load_task(task(inputs)).findings
    assert (finding.code, finding.severity) == ("input_unknown", "warning")
    assert finding.hint == 'did you mean "headers"?'
    assert load_task(task({"http_request": REQUEST, "user_name": "u"})).findings == ()


def test_both_accepted_status_codes() -> None:
    options = {"acceptedStatusCodes": ["2xx"]}
    inputs = {"http_request": {**REQUEST, **options}, "httptask": options}
    loaded = load_task(task(inputs))
    where = "/inputParameters/http_request/acceptedStatusCodes"
    assert codes(loaded.findings) == [("field_ignored", where)]


def test_a_task_on_its_own_is_an_http_task() -> None:
    document = {"name": "n", "taskReferenceName": "n", "type": "NOOP"}
    assert codes(load_task(document).findings) == [("wrong_value", "/type")]


def test_nested_tasks_are_checked_wherever_they_are() -> None:
    broken = task({"http_request": {**REQUEST, "method": "g t"}})
    nested = {"name": "s", "taskReferenceName": "s", "type": "SWITCH", "defaultCase": [broken]}
    loaded = load_workflow({"name": "w", "tasks": [nested], "nme": 1})
    assert codes(loaded.findings) == [
        ("wrong_value", "/tasks/0/defaultCase/0/inputParameters/http_request/method"),
        ("field_needed", "/tasks/0/evaluatorType"),
        ("field_needed", "/tasks/0/expression"),
        ("key_dropped", "/nme"),
    ]


def test_registered_task_definitions_may_give_the_request() -> None:
    document = {"name": "w", "tasks": [task({"body": 1})]}
    defs = load_task_defs({"name": "call", "inputTemplate": REQUEST}).require()
    assert len(load_workflow(document).errors) == 2
    assert load_workflow(document, task_defs=defs).errors == ()


class ExampleAuthOptions(AuthOptions):
    """A plugin's kind."""

    type: Literal["example"] = Field(description="Example.")


def test_plugins_kinds_of_authentication() -> None:
    document = task({"http_request": REQUEST, "httptask": {"auth": {"type": "example"}}})
    assert codes(load_task(document).findings) == [
        ("unknown_kind", "/inputParameters/httptask/auth/type")
    ]
    model = build_options_model((ExampleAuthOptions,))
    assert load_task(document, options_model=model).findings == ()


def test_task_definitions_from_a_list_and_one_object(tmp_path: Path) -> None:
    path = tmp_path / "defs.json"
    path.write_text('[{"name": "a"}, {"name": "b", "retryCount": 1}]')
    defs = load_task_defs(path).require()
    assert {name: made.retry_count for name, made in defs.items()} == {"a": 3, "b": 1}
    assert list(load_task_defs({"name": "a"}).require()) == ["a"]


def test_task_definitions_with_errors() -> None:
    loaded = load_task_defs([{"name": "a"}, {"name": "a"}, {"nam": "b"}, 5])
    assert loaded.value is None
    assert codes(loaded.findings) == [
        ("duplicate_task_def", "/1/name"),
        ("key_dropped", "/2/nam"),
        ("missing_key", "/2/name"),
        ("wrong_type", "/3"),
    ]


def workflow_task(**more: Any) -> WorkflowTask:
    return WorkflowTask.model_validate(task({}, **more))


def test_effective_task_definition() -> None:
    defs = {"call": TaskDef.model_validate({"name": "call", "retryCount": 5})}
    embedded = {"name": "call", "retryCount": 7, "timeoutSeconds": 9}
    assert effective_task_def(workflow_task()).retry_count == 0
    assert effective_task_def(workflow_task(), defs).retry_count == 5
    assert effective_task_def(workflow_task(retryCount=0), defs).retry_count == 0
    assert effective_task_def(workflow_task(taskDefinition=embedded), defs).retry_count == 7
    both = effective_task_def(workflow_task(taskDefinition=embedded, retryCount=1))
    assert (both.retry_count, both.timeout_seconds) == (1, 9)
    assert effective_task_def(workflow_task()).retry_delay_seconds == 60


def test_input_template() -> None:
    template = {"a": "${workflow.input.a}", "b": 2}
    assert with_template({"b": None, "c": 3}, template) == {**template, "b": None, "c": 3}


def test_walk_gives_every_task_with_its_pointer() -> None:
    http = task({"http_request": REQUEST})
    switch = {
        "name": "s",
        "taskReferenceName": "s",
        "type": "SWITCH",
        "evaluatorType": "value-param",
        "expression": "x",
        "decisionCases": {"a/b": [http]},
    }
    loaded = load_workflow({"name": "w", "tasks": [switch]}).require()
    assert [(where, found.task_reference_name) for where, found in loaded.walk()] == [
        ("/tasks/0", "s"),
        ("/tasks/0/decisionCases/a~1b/0", "call"),
    ]
    assert switch["type"] in SUPPORTED_TYPES


def test_models_are_frozen() -> None:
    loaded = load_task(task({"http_request": REQUEST})).require()
    with pytest.raises(ValueError, match="frozen"):
        loaded.name = "other"  # type: ignore[misc]


def test_definitions_as_a_server_gave_them(shared: Path) -> None:
    recorded = json.loads((shared / "conductor" / "recorded.json").read_text())
    for case in recorded:
        document = copy.deepcopy(case["workflowDef"])
        for name in ("ownerApp", "createTime", "updateTime", "createdBy", "updatedBy"):
            document[name] = None
        loaded = load_workflow(document)
        inputs = "/tasks/0/inputParameters"
        assert all(finding.pointer.startswith(inputs) for finding in loaded.findings)
        if not loaded.errors:
            kept = loaded.require().model_dump(by_alias=True, exclude_unset=True)
            assert kept == case["workflowDef"]


def test_importing_the_room_is_cheap() -> None:
    code = "import sys, httptask.definition; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_definitions_from_a_server_load() -> None:
    embedded = {"retryCount": 0, "responseTimeoutSeconds": 0, "backoffScaleFactor": 0}
    noop = {"name": "a", "taskReferenceName": "a", "type": "NOOP", "taskDefinition": embedded}
    fork = {"name": "f", "taskReferenceName": "f", "type": "FORK_JOIN", "joinOn": ["gone"]}
    tasks = [noop, {**fork, "forkTasks": [[{**noop, "taskReferenceName": "b"}]]}]
    join = {"name": "j", "taskReferenceName": "j", "type": "JOIN", "joinOn": ["b"]}
    definition = {"name": "w", "hasSchedule": False, "tasks": [*tasks, join], "timeoutSeconds": -1}
    loaded = load_workflow(definition)
    assert codes(loaded.findings) == [("key_dropped", "/hasSchedule")]
    assert effective_task_def(loaded.require().tasks[0]).name == "a"


def test_a_file_may_begin_with_a_byte_order_mark_and_hold_a_list(tmp_path: Path) -> None:
    noop = {"name": "a", "taskReferenceName": "a", "type": "NOOP"}
    listed = [{"name": "first", "tasks": [noop]}, {"name": "second", "tasks": [noop]}]
    path = tmp_path / "flow.json"
    path.write_text(json.dumps(listed), encoding="utf-8-sig")
    assert load_workflow(path).require().name == "first"

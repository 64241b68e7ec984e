"""Fields that have no effect on the embedded engine are told by name."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.check.unused_fields import unused_fields
from httptask.definition.workflow import TaskDef, WorkflowDef

HTTP = {"name": "a", "taskReferenceName": "a", "type": "HTTP", "inputParameters": {}}


def pointers(definition: dict[str, Any], **task_defs: dict[str, Any]) -> list[str]:
    workflow = WorkflowDef.model_validate({"name": "w", "tasks": [HTTP], **definition})
    defs = {name: TaskDef.model_validate({"name": name, **one}) for name, one in task_defs.items()}
    found = unused_fields(workflow, defs, "flow.json")
    assert {finding.severity for finding in found} <= {"warning"}
    assert {finding.source for finding in found} <= {"flow.json"}
    return [finding.pointer for finding in found]


def test_a_plain_definition_has_none() -> None:
    assert pointers({}, a={"retryCount": 2, "rateLimitPerFrequency": 0}) == []


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        ({"workflowStatusListenerEnabled": True}, "/workflowStatusListenerEnabled"),
        ({"maskedFields": ["x"]}, "/maskedFields"),
        ({"tasks": [{**HTTP, "rateLimited": True}]}, "/tasks/0/rateLimited"),
        (
            {"tasks": [{**HTTP, "taskDefinition": {"name": "a", "concurrentExecLimit": 1}}]},
            "/tasks/0/taskDefinition/concurrentExecLimit",
        ),
        (
            {"tasks": [{**HTTP, "type": "NOOP", "startDelay": 1}]},
            "/tasks/0/startDelay",
        ),
    ],
)
def test_a_field_without_effect_is_told(definition: dict[str, Any], pointer: str) -> None:
    assert pointers(definition) == [pointer]


def test_a_registered_task_definition_is_told_at_its_task() -> None:
    assert pointers({}, a={"rateLimitPerFrequency": 5}) == ["/tasks/0"]


def test_a_value_that_asks_for_nothing_is_fine() -> None:
    nothing = {"rateLimited": False, "cacheConfig": {}, "onStateChange": {}, "joinStatus": ""}
    switch = {**HTTP, "type": "NOOP", "retryCount": 0}
    limits = {"name": "a", "concurrentExecLimit": 0}
    tasks = [{**HTTP, **nothing, "taskDefinition": limits}, switch]
    assert pointers({"tasks": tasks, "workflowStatusListenerSink": ""}) == []


def test_a_default_written_out_is_fine() -> None:
    assert pointers({"workflowStatusListenerEnabled": False, "maskedFields": []}) == []


def test_the_schema_of_inputs_says_who_reads_it() -> None:
    schema = {"name": "s", "version": 1, "type": "JSON", "data": {"required": ["a"]}}
    workflow = WorkflowDef.model_validate({"name": "w", "tasks": [HTTP], "inputSchema": schema})
    (found,) = unused_fields(workflow)
    assert found.pointer == "/inputSchema"
    assert "--input" in found.hint

"""Deploying: what is registered on a real server, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.definition.loader import load_task_defs, load_workflow
from httptask.engines.conductor.deploy import deploy
from httptask.errors import DefinitionError


def workflow(name: str, *tasks: dict[str, Any]) -> Any:
    return load_workflow({"name": name, "version": 1, "tasks": list(tasks)})


def task(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "name": name,
        "taskReferenceName": name,
        "type": "HTTP",
        "inputParameters": {"uri": "http://127.0.0.1:1/", "method": "GET"},
        **fields,
    }


def actions(deployment: Any) -> list[tuple[str, str, str]]:
    return [(change.kind, change.name, change.action) for change in deployment.changes]


def test_a_second_deployment_changes_nothing(bench: Any) -> None:
    loaded = workflow("d_twice", task("d_twice_a"), task("d_twice_b"))
    first = deploy(bench.client, loaded, namespace=bench.namespace)
    again = deploy(bench.client, loaded, namespace=bench.namespace)
    assert {action for _, _, action in actions(first)} == {"create"}
    assert {action for _, _, action in actions(again)} == {"none"}
    found = bench.client.get("/metadata/taskdefs/d_twice_a")
    assert found["executionNameSpace"] == bench.namespace
    assert found["retryCount"] == 0
    assert bench.client.get("/metadata/workflow/d_twice")["tasks"][0]["type"] == "HTTP"


def test_a_dry_run_registers_nothing(bench: Any) -> None:
    loaded = workflow("d_dry", task("d_dry_a"))
    plan = deploy(bench.client, loaded, namespace=bench.namespace, dry_run=True)
    assert not plan.applied
    assert plan.to_json()["changes"][0]["definition"]["executionNameSpace"] == bench.namespace
    assert bench.client.find("/metadata/taskdefs/d_dry_a") is None
    assert bench.client.find("/metadata/workflow/d_dry") is None


def test_a_change_of_ours_is_an_update(bench: Any) -> None:
    deploy(bench.client, workflow("d_change", task("d_change_a")), namespace=bench.namespace)
    defs = load_task_defs({"name": "d_change_a", "retryCount": 4, "retryDelaySeconds": 1}).require()
    changed = workflow("d_change", task("d_change_a"), task("d_change_b"))
    made = deploy(bench.client, changed, namespace=bench.namespace, task_defs=defs)
    assert actions(made) == [
        ("taskDef", "d_change_a", "update"),
        ("taskDef", "d_change_b", "create"),
        ("workflow", "d_change", "update"),
    ]
    assert bench.client.get("/metadata/taskdefs/d_change_a")["retryCount"] == 4


def test_a_task_definition_of_others_is_not_touched(bench: Any) -> None:
    others = {"name": "d_others", "retryCount": 3, "ownerEmail": "a@example.com"}
    bench.client.post("/metadata/taskdefs", [others])
    before = bench.client.get("/metadata/taskdefs/d_others")
    loaded = workflow("d_hijack", task("fine"), task("d_others"))
    with pytest.raises(DefinitionError) as caught:
        deploy(bench.client, loaded, namespace=bench.namespace)
    assert caught.value.code == "task_def_taken"
    assert caught.value.pointer == "/tasks/1/name"
    assert caught.value.exit_code == 2
    assert bench.client.get("/metadata/taskdefs/d_others") == before
    assert bench.client.find("/metadata/taskdefs/fine") is None


def test_no_definition_is_made_for_a_name_that_other_workflows_use(bench: Any) -> None:
    theirs = {"name": "d_theirs", "version": 1, "schemaVersion": 2, "ownerEmail": "a@example.com"}
    bench.client.put("/metadata/workflow", [{**theirs, "tasks": [task("d_shared_name")]}])
    loaded = workflow("d_mine", task("d_shared_name"))
    with pytest.raises(DefinitionError, match="d_theirs"):
        deploy(bench.client, loaded, namespace=bench.namespace)
    own = task("d_shared_name", taskDefinition={"name": "d_shared_name", "retryCount": 1})
    made = deploy(bench.client, workflow("d_mine", own), namespace=bench.namespace)
    assert actions(made) == [("workflow", "d_mine", "create")]
    assert bench.client.find("/metadata/taskdefs/d_shared_name") is None


def test_tasks_in_loops_branches_and_inline_workflows_are_ours_too(bench: Any) -> None:
    inline = {"name": "d_inner", "version": 1, "tasks": [task("d_in_sub")]}
    loaded = workflow(
        "d_nested",
        {
            "name": "sw",
            "taskReferenceName": "sw",
            "type": "SWITCH",
            "evaluatorType": "value-param",
            "expression": "x",
            "inputParameters": {"x": "a"},
            "decisionCases": {"a": [task("d_in_case")]},
            "defaultCase": [task("d_in_default")],
        },
        {
            "name": "sub",
            "taskReferenceName": "sub",
            "type": "SUB_WORKFLOW",
            "subWorkflowParam": {"name": "d_inner", "workflowDefinition": inline},
        },
    )
    made = deploy(bench.client, loaded, namespace=bench.namespace, dry_run=True)
    names = {change.name for change in made.changes if change.kind == "taskDef"}
    assert names == {"d_in_case", "d_in_default", "d_in_sub"}

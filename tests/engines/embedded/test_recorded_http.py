"""The recorded workflows of a real server, with a step that responds as its HTTP task did."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.field_types import AUTHORING
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded import Engine

pytestmark = pytest.mark.xdist_group("recorded_http")

ENTRY = ("taskType", "status", "outputData", "retryCount", "referenceTaskName", "iteration",
         "retried")  # fmt: skip
DIFFERENT_INPUT = {
    "chain_two": "names of headers are compared without case",
    "expr_all_in_body": "the expression language has its named improvements",
    "expr_secret_env_header": "recorded twice, with the environment variable and without",
}
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Recorded:
    """Responds to each call with the next recorded task."""

    def __init__(self) -> None:
        self.tasks: Iterator[dict[str, Any]] = iter(())

    def __call__(self, *_: Any) -> TaskResult:
        entry = next(self.tasks)
        reason = entry.get("reasonForIncompletion", "")
        return TaskResult(TaskStatus(entry["status"]), entry["outputData"], reason)


@pytest.fixture(scope="module")
def cases(shared: Path) -> list[dict[str, Any]]:
    found = json.loads((shared / "conductor" / "recorded.json").read_text())
    return [case for case in found if case["tasks"] and case["workflow"]["status"] != "RUNNING"]


@pytest.fixture(scope="module")
def results(
    cases: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("recorded")
    step = Recorded()
    found = []
    with Engine.open(folder / "runs", step, files=folder / "files", env={}) as engine:
        for case in cases:
            step.tasks = iter(case["tasks"])
            workflow = WorkflowDef.model_validate(case["workflowDef"], context=AUTHORING)
            task_def = case["taskDef"]
            defs = {task_def["name"]: TaskDef.model_validate(task_def)} if task_def else {}
            found.append((case, engine.run(workflow, case["input"], task_defs=defs)))
    return found


def test_most_recorded_workflows_are_replayed(results: list[Any]) -> None:
    assert len(results) > 100


def test_the_same_outcome(results: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for case, document in results:
        expected = case["workflow"]
        assert document["status"] == expected["status"], case["case"]
        assert document["output"] == expected["output"], case["case"]
        reason = document.get("reasonForIncompletion")
        assert _text(reason) == _text(expected.get("reasonForIncompletion")), case["case"]


def test_the_same_tasks(results: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    for case, document in results:
        assert len(document["tasks"]) == len(case["tasks"]), case["case"]
        for entry, expected in zip(document["tasks"], case["tasks"], strict=True):
            assert {key: entry[key] for key in ENTRY} == {key: expected[key] for key in ENTRY}
            assert entry["executed"] is expected["executed"]


def test_the_same_inputs(results: list[tuple[dict[str, Any], dict[str, Any]]]) -> None:
    different = {
        case["case"]
        for case, document in results
        for entry, expected in zip(document["tasks"], case["tasks"], strict=True)
        if _without_ids(entry["inputData"]) != _without_ids(expected["inputData"])
    }
    assert different <= set(DIFFERENT_INPUT)


def _text(reason: str | None) -> str | None:
    """Return a reason without ids, as far as it is recorded: a task's is cut at 500 characters."""
    return None if reason is None else _ID.sub("ID", reason)[:500]


def _without_ids(value: Any) -> Any:
    return json.loads(_ID.sub("ID", json.dumps(value)))

"""Operators against workflows that were run on a real Conductor server, 3.32.3.

``recorded_operators.json`` holds definition, input and what the server sent. HTTP responses are
reduced to their status code; ids and error texts of the HTTP task are replaced.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from httptask.definition.field_types import AUTHORING
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded import Engine

pytestmark = pytest.mark.xdist_group("recorded_operators")

CASES = {
    case["case"]: case
    for case in json.loads(Path(__file__).with_name("recorded_operators.json").read_text())
}
NUMBERS = ("retryCount", "iteration", "retried", "callbackAfterSeconds")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, target_class: type) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("recorded")
    with Engine.open(folder / "runs", target_class(), files=folder / "files", env={}) as opened:
        yield opened


def without_ids(value: Any) -> Any:
    return json.loads(_ID.sub("ID", json.dumps(value)))


def shown(entry: dict[str, Any]) -> dict[str, Any]:
    found = {
        "ref": entry["referenceTaskName"],
        "type": entry["taskType"],
        "status": entry["status"],
        "input": entry["inputData"],
        "output": entry["outputData"],
        **{name: entry[name] for name in NUMBERS if entry[name]},
    }
    if "reasonForIncompletion" in entry:
        found["reason"] = entry["reasonForIncompletion"]
    return without_ids(found)


def run(engine: Engine, case: dict[str, Any]) -> dict[str, Any]:
    workflow = WorkflowDef.model_validate(case["definition"], context=AUTHORING)
    defs = {found["name"]: TaskDef.model_validate(found) for found in case["taskDefs"]}
    return engine.run(workflow, case["input"], task_defs=defs)


@pytest.mark.parametrize("name", CASES)
def test_the_same_execution_as_a_server(engine: Engine, name: str) -> None:
    case = CASES[name]
    document = run(engine, case)
    assert engine.get(document["workflowId"]) == document
    outcome = {
        "status": document["status"],
        "output": document["output"],
        "reason": document.get("reasonForIncompletion"),
        "variables": document["variables"],
    }
    assert without_ids(outcome) == {key: case[key] for key in outcome}
    entries = [shown(entry) for entry in document["tasks"]]
    assert sorted(entries, key=_name) == sorted(case["tasks"], key=_name)
    if "FORK" not in {entry["type"] for entry in entries}:
        assert [_name(entry) for entry in entries] == [_name(entry) for entry in case["tasks"]]


def _name(entry: dict[str, Any]) -> str:
    return f"{entry['ref']}#{entry.get('retryCount', 0)}"


def test_tasks_of_a_fork_stand_in_the_order_a_server_schedules_them(engine: Engine) -> None:
    document = run(engine, CASES["fork_nested"])
    names = [entry["referenceTaskName"] for entry in document["tasks"]]
    assert names == ["f", "g", "x1", "y1", "gj", "b1", "j"]
    assert [entry["seq"] for entry in document["tasks"]] == list(range(1, 8))

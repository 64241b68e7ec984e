"""The short way leaves the rows that dbos' own methods leave, and keeps to their rules."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dbos import error as dbos_error
from dbos._dbos import _get_dbos_instance

from httptask.engines.embedded import Engine
from httptask.engines.embedded.hot_path import HotPath
from httptask.errors import EngineError

TABLES = ("workflow_status", "workflow_input", "workflow_output", "operation_outputs")
OF_THE_MOMENT = ("_at", "_ms", "timestamp", "_xid", "executor_id")
"""Endings of the columns that differ from run to run."""


def rows(journal: Path) -> dict[str, list[dict[str, Any]]]:
    """Return what stands in the journal; of moments only whether there is one."""
    connection = sqlite3.connect(journal)
    connection.row_factory = sqlite3.Row
    found = {
        table: [_still(dict(row)) for row in connection.execute(f"SELECT * FROM {table}")]
        for table in TABLES
    }
    connection.close()
    return {table: sorted(each, key=str) for table, each in found.items()}


def _still(row: dict[str, Any]) -> dict[str, Any]:
    for column, value in row.items():
        if column.endswith(OF_THE_MOMENT):
            row[column] = value is not None
        elif column in ("inputs", "output"):
            row[column] = value and value[:1]
    return row


def database() -> Any:
    return _get_dbos_instance()._sys_db


def tasks(engine: Engine, run: str) -> list[dict[str, Any]]:
    if not any(each.workflow_id == run for each in engine.list()):
        return []
    return list(engine.get(run)["tasks"])


def run_some(engine: Engine, build: SimpleNamespace) -> None:
    branch = build.fork("f", [build.http("b1"), build.http("b2")])
    whole = build.workflow(build.http("a"), *branch, build.http("z"))
    assert engine.run(whole, {"x": 1}, workflow_id="whole")["status"] == "COMPLETED"
    failing = build.workflow(build.http("a", "/status/500"))
    assert engine.run(failing, {}, workflow_id="failing")["status"] == "FAILED"
    waiting = build.workflow(build.http("a", "/gate", asyncComplete=True))
    with ThreadPoolExecutor() as others:
        ended = others.submit(engine.run, waiting, {}, workflow_id="cancelled")
        while [task["status"] for task in tasks(engine, "cancelled")] != ["IN_PROGRESS"]:
            time.sleep(0.01)
        engine.cancel("cancelled")
        assert ended.result()["status"] == "TERMINATED"


def test_the_rows_are_those_of_dbos(
    target_class: Any, build: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for name in ("short", "long"):
        target = target_class()
        target.gate.set()
        if name == "long":
            monkeypatch.setattr(HotPath, "take_over", lambda *_: None)
        with Engine.open(tmp_path / name, target, files=tmp_path / "files", env={}) as engine:
            run_some(engine, build)
            assert isinstance(database(), HotPath) == (name == "short")
        found.append(rows(tmp_path / name / "journal.db"))
    assert len(found[0]["operation_outputs"]) > 5
    assert found[0] == found[1]


@pytest.fixture
def started(engine: Engine, target: Any, build: SimpleNamespace) -> Iterator[str]:
    """The id of a run whose first task is under way."""
    with ThreadPoolExecutor() as others:
        ended = others.submit(engine.run, build.workflow(build.http("a", "/gate")), workflow_id="r")
        assert target.reached.wait(10)
        yield "r"
        target.gate.set()
        ended.result()


def step(run: str, number: int = 7) -> dict[str, Any]:
    return {
        "workflow_uuid": run,
        "function_id": number,
        "function_name": "s",
        "started_at_epoch_ms": 1,
        "output": "J1",
        "error": None,
        "serialization": "httptask-1",
        "child_workflow_id": None,
    }


def recorded(store: Path) -> list[int]:
    return [row["function_id"] for row in rows(store / "journal.db")["operation_outputs"]]


def test_a_step_of_a_run_that_has_another_owner_is_not_recorded(started: str, store: Path) -> None:
    with pytest.raises(dbos_error.DBOSWorkflowConflictIDError):
        database().record_operation_result(step(started), owner_xid="somebody else")
    assert recorded(store) == []


def test_a_step_is_recorded_once(started: str, store: Path) -> None:
    owner = database().get_workflow_owner(started)
    for _ in range(2):  # the second is the same record written again, as after a lost commit
        database().record_operation_result(step(started), completed_at_epoch_ms=5, owner_xid=owner)
    with pytest.raises(dbos_error.DBOSStepNondeterminismError):
        database().record_operation_result(step(started), completed_at_epoch_ms=6, owner_xid=owner)
    assert recorded(store) == [7]


def test_a_recorded_step_is_found(started: str) -> None:
    owner = database().get_workflow_owner(started)
    database().record_operation_result(step(started), owner_xid=owner)
    found = database().check_operation_execution(started, 7, "s")
    assert found["output"] == "J1"
    with pytest.raises(dbos_error.DBOSUnexpectedStepError):
        database().check_operation_execution(started, 7, "another name")


def test_the_outcome_of_a_run_that_has_another_owner_is_not_recorded(
    started: str, store: Path
) -> None:
    assert not database().update_workflow_outcome(started, "SUCCESS", output="J1", owner_xid="x")
    assert rows(store / "journal.db")["workflow_output"] == []


def test_a_run_whose_journal_is_closed_under_it_says_so(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    with ThreadPoolExecutor() as others:
        ended = others.submit(engine.run, build.workflow(build.http("a", "/gate")))
        assert target.reached.wait(10)
        database().destroy()
        target.gate.set()
        with pytest.raises(EngineError, match="was closed") as raised:
            ended.result()
    assert raised.value.code == "engine_closed"


def test_an_outcome_that_nobody_owns_is_recorded_as_dbos_does(started: str, store: Path) -> None:
    assert database().update_workflow_outcome(started, "SUCCESS", output="J1")
    assert len(rows(store / "journal.db")["workflow_output"]) == 1

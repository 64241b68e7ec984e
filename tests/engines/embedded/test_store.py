"""A store that is broken, or of another version, is told; nothing of the values is."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.embedded import Engine, schema
from httptask.errors import EngineError


def test_a_journal_that_is_not_a_database(
    open_engine: Callable[..., Engine], target: Any, store: Path, build: SimpleNamespace
) -> None:
    store.mkdir()
    (store / "journal.db").write_bytes(b"this is no database" * 100)
    with open_engine(target) as engine:
        for work in (
            lambda: engine.run(build.workflow(build.http("a")), {"key": "hidden value"}),
            engine.list,
            lambda: engine.get("x"),
            lambda: engine.prune(timedelta(0)),
        ):
            with pytest.raises(EngineError) as raised:
                work()
            assert raised.value.code == "store_failed"
            assert "hidden value" not in str(raised.value)
    assert target.calls == []


def test_a_journal_of_an_earlier_or_a_later_httptask_is_told(
    open_engine: Callable[..., Engine], target: Any, store: Path, build: SimpleNamespace
) -> None:
    store.mkdir()
    with contextlib.closing(sqlite3.connect(store / "journal.db")) as journal:
        journal.execute("CREATE TABLE workflow_status (workflow_uuid TEXT)")
        for code, version in (("journal_old", 0), ("journal_newer", schema.VERSION + 1)):
            with open_engine(target) as engine:
                for work in (engine.list, lambda: engine.run(build.workflow(build.http("a")))):
                    with pytest.raises(EngineError) as raised:
                        work()
                    assert raised.value.code == code
                    assert raised.value.hint
            if not version:
                journal.execute("DROP TABLE workflow_status")
            journal.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    assert target.calls == []


def test_a_text_that_could_execute_something_is_only_text(
    engine: Engine, store: Path, build: SimpleNamespace
) -> None:
    """The journal is JSON: a row that somebody put there is refused, not loaded."""
    run_id = engine.run(build.workflow(build.http("a")))["workflowId"]
    pickled = "gASVIQAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOUjAZ0b3VjaCB4lIWUUpQu"
    with contextlib.closing(sqlite3.connect(store / "journal.db", isolation_level=None)) as journal:
        journal.execute("UPDATE runs SET document = ?", (pickled,))
    with pytest.raises(EngineError) as raised:
        engine.get(run_id)
    assert raised.value.code == "journal_damaged"


def test_a_run_of_another_interpreter_is_not_gone_on_with(
    open_engine: Callable[..., Engine],
    target: Any,
    build: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workflow = build.workflow(build.http("a"), build.http("h", asyncComplete=True))
    monkeypatch.setattr("httptask.engines.embedded.journal.INTERPRETER", "httptask-1")
    with open_engine(target) as old:
        found = old.run(build.workflow(build.http("a")), workflow_id="finished")

        def go() -> None:
            with pytest.raises(EngineError):
                old.run(workflow, workflow_id="unfinished")

        thread = threading.Thread(target=go)
        thread.start()
        while "h" not in target.refs:
            thread.join(0.02)
    thread.join(60)
    monkeypatch.undo()
    with open_engine(target) as new:
        assert new.get("finished") == found
        with pytest.raises(EngineError) as raised:
            new.resume("unfinished")
        assert raised.value.code == "run_version"
        assert "httptask-1" in raised.value.message
        assert {info.workflow_id for info in new.list()} == {"finished", "unfinished"}


def test_a_stored_value_that_is_gone_is_told(
    engine: Engine, build: SimpleNamespace, tmp_path: Path
) -> None:
    document = engine.run(build.workflow(build.http("a")), {"large": "x" * 100_000})
    assert engine.get(document["workflowId"])["input"] == document["input"]
    for path in (tmp_path / "files").glob("??/*"):
        path.unlink()
    with pytest.raises(EngineError) as raised:
        engine.get(document["workflowId"])
    assert raised.value.code == "file_missing"


def test_runs_are_for_their_owner_only(
    open_engine: Callable[..., Engine], target: Any, store: Path, build: SimpleNamespace
) -> None:
    with open_engine(target) as engine:
        engine.run(build.workflow(build.http("a")))
    assert (store / "journal.db").stat().st_mode & 0o077 == 0
    assert store.stat().st_mode & 0o077 == 0


def test_a_run_goes_on_only_where_its_functions_and_plugins_are(
    open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace
) -> None:
    workflow = build.workflow(build.http("h", asyncComplete=True), build.task("SIMPLE", "f"))
    named = {"f": lambda call: TaskResult(TaskStatus.COMPLETED, {"n": 1})}
    with open_engine(target, functions=named, plugins=["acme"]) as first:
        first.run(workflow, workflow_id="r", detached=True)
        first.complete("r", "h")
    for given, missing in (({"plugins": ["acme"]}, "functions f"), ({"functions": named}, "acme")):
        with open_engine(target, **given) as other:
            assert other.get("r")["status"] == "RUNNING"
            with pytest.raises(EngineError, match=missing) as raised:
                other.resume("r")
            assert raised.value.code == "run_needs"
    with open_engine(target, functions=named, plugins=["acme", "more"]) as last:
        assert last.resume("r")["status"] == "COMPLETED"

"""A store that is broken, or of another version, is told; nothing of the values is."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from httptask.engines.embedded import Engine
from httptask.engines.embedded.slots import alone
from httptask.errors import EngineError


def test_a_journal_that_is_no_database(
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


def test_a_journal_is_made_by_one_process_at_a_time(
    open_engine: Callable[..., Engine], target: Any, store: Path, build: SimpleNamespace
) -> None:
    """SQLite refuses at once to turn a file that is written to into a write-ahead log."""
    store.mkdir()
    making = sqlite3.connect(store / "journal.db", isolation_level=None)
    making.execute("CREATE TABLE being_made (x)")
    making.execute("BEGIN IMMEDIATE")
    with open_engine(target) as engine, ThreadPoolExecutor() as others:
        with alone(store / "setup.lock"):
            waiting = others.submit(engine.run, build.workflow(build.http("a")))
            with pytest.raises(TimeoutError):
                waiting.result(0.5)
            making.execute("COMMIT")
            making.close()
        assert waiting.result(30)["status"] == "COMPLETED"


def test_a_run_of_another_interpreter_is_not_gone_on_with(
    open_engine: Callable[..., Engine],
    target: Any,
    build: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workflow = build.workflow(build.http("a"), build.http("h", asyncComplete=True))
    monkeypatch.setattr("httptask.engines.embedded.host.INTERPRETER", "httptask-embedded-0")
    with open_engine(target) as old:
        found = old.run(build.workflow(build.http("a")), workflow_id="finished")

        def go() -> None:
            with pytest.raises(EngineError):
                old.run(workflow, workflow_id="unfinished")

        thread = threading.Thread(target=go)
        thread.start()
        while "h" not in target.refs:
            thread.join(0.02)
    thread.join(20)
    monkeypatch.undo()
    with open_engine(target) as new:
        assert new.get("finished") == found
        with pytest.raises(EngineError) as raised:
            new.resume("unfinished")
        assert raised.value.code == "run_version"
        assert "httptask-embedded-0" in raised.value.message
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
    open_engine: Callable[..., Engine], target: Any, store: Path
) -> None:
    with open_engine(target) as engine:
        engine.list()
    assert store.stat().st_mode & 0o077 == 0

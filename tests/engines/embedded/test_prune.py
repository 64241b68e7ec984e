"""Removing runs, and the files that nothing refers to."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from httptask.builtin.files import store_bytes
from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.embedded import Engine
from httptask.errors import EngineError, InputError

NOW = timedelta(0)
LARGE = "y" * 70_000


@pytest.fixture
def files(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def saving(open_engine: Callable[..., Engine], files: Path) -> Engine:
    """An engine whose step saves a file and refers to it."""

    def step(task: Any, context: Any, execution: Any) -> TaskResult:
        content = f"{execution.workflow_id} {execution.task_ref}".encode()
        found = store_bytes(files, [content], "image/png")
        value = {"path": found.path, "sha256": found.sha256, "size": found.size}
        output = {"response": {"body": value}, "text": execution.workflow_id + LARGE}
        return TaskResult(TaskStatus.COMPLETED, output)

    return open_engine(step)


def stored(files: Path) -> set[str]:
    return {path.suffix for path in files.glob("??/*")}


def test_an_old_run_goes_with_its_files(
    saving: Engine, build: SimpleNamespace, files: Path
) -> None:
    with saving:
        saving.run(build.workflow(build.http("a")), workflow_id="old")
        saving.run(build.workflow(*build.fork("f", [build.http("b")])), workflow_id="forked")
        assert stored(files) == {".png", ".json"}
        time.sleep(1.1)
        pruned = saving.prune(NOW, grace=NOW)
        assert set(pruned.runs) == {"old", "forked"}
        assert pruned.files == 4
        assert pruned.bytes > 2 * 70_000
        assert stored(files) == set()
        assert saving.list() == []
        with pytest.raises(InputError):
            saving.get("old")


def test_a_young_run_keeps_its_files(saving: Engine, build: SimpleNamespace, files: Path) -> None:
    with saving:
        document = saving.run(build.workflow(build.http("a")), workflow_id="young")
        before = sorted(files.glob("??/*"))
        pruned = saving.prune(timedelta(hours=1), grace=NOW)
        assert (pruned.runs, pruned.files) == ((), 0)
        assert sorted(files.glob("??/*")) == before
        assert saving.get("young") == document


def test_a_file_named_only_inside_a_stored_value_stays(
    open_engine: Callable[..., Engine], build: SimpleNamespace, files: Path
) -> None:
    def step(task: Any, context: Any, execution: Any) -> TaskResult:
        found = store_bytes(files, [b"picture"], "image/png")
        rows = [{"n": "z" * 600, "sha256": found.sha256} for _ in range(200)]
        return TaskResult(TaskStatus.COMPLETED, {"rows": rows})

    with open_engine(step) as engine:
        engine.run(build.workflow(build.http("a")))
        assert engine.prune(timedelta(days=1), grace=NOW).files == 0
    assert stored(files) == {".png", ".json"}


def test_a_young_stray_file_stays(saving: Engine, files: Path) -> None:
    with saving:
        stray = Path(store_bytes(files, [b"just written"], "text/plain").path)
        assert saving.prune(NOW).files == 0
        os.utime(stray, (1, 1))
        assert saving.prune(NOW).files == 1
        assert not stray.exists()


def test_other_files_are_left_alone(saving: Engine, files: Path) -> None:
    other = files / "ab" / "notes.txt"
    other.parent.mkdir(parents=True)
    other.write_text("mine")
    os.utime(other, (1, 1))
    with saving:
        assert saving.prune(NOW, grace=NOW).files == 0
    assert other.read_text() == "mine"


def test_interrupted_runs_are_removed_only_when_asked(
    open_engine: Callable[..., Engine], target: Any, build: SimpleNamespace
) -> None:
    workflow = build.workflow(build.http("h", asyncComplete=True))

    def run(engine: Engine) -> None:
        with contextlib.suppress(EngineError):
            engine.run(workflow, workflow_id="x")

    with open_engine(target) as first:
        thread = threading.Thread(target=run, args=(first,))
        thread.start()
        while not first.list() or first.get("x")["tasks"][0]["status"] != "IN_PROGRESS":
            time.sleep(0.02)
        assert first.prune(NOW, interrupted=True).runs == ()
    thread.join(60)
    time.sleep(1.1)
    with open_engine(target) as second:
        assert second.prune(NOW).runs == ()
        assert second.prune(NOW, interrupted=True).runs == ("x",)
        assert second.list() == []

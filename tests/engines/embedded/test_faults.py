"""What happens to the machine leaves a run unfinished, with the reason; it goes on later."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.engines.embedded import Engine, RunEvent, journal
from httptask.engines.embedded.faults import machine_fault
from httptask.errors import EngineError, ResponseError, StatusError, TransportError


def full() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def caused(error: Exception, cause: BaseException) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (MemoryError(), "out of memory"),
        (full(), "No space left on device"),
        (caused(TransportError("cannot connect"), OSError(errno.EMFILE, "many")), "many"),
        (ResponseError("cannot be stored: full", code="file_unwritable"), "cannot be stored: full"),
        (RuntimeError("can't start new thread"), "can't start new thread"),
        (StatusError("404"), None),
        (caused(TransportError("refused"), ConnectionRefusedError(111, "refused")), None),
        (TimeoutError(), None),
    ],
    ids=str,
)
def test_a_fault_of_the_machine_is_told_from_a_failure(error: Exception, reason: str) -> None:
    assert machine_fault(error) == reason


class Faulty:
    """A step that fails as it is told to the first time that a task is called."""

    def __init__(self, ref: str, fault: Callable[[], Any]) -> None:
        self.calls: list[str] = []
        self._ref, self._fault = ref, fault

    def __call__(self, task: Any, context: Any, execution: Any) -> TaskResult:
        self.calls.append(execution.task_ref)
        if execution.task_ref == self._ref and self.calls.count(self._ref) == 1:
            found = self._fault()
            if found is not None:
                return found  # type: ignore[no-any-return]
        return TaskResult(TaskStatus.COMPLETED, {"response": {"statusCode": 200}})


def raises(error: BaseException) -> Callable[[], Any]:
    def fault() -> Any:
        raise error

    return fault


def result(error: Exception) -> Callable[[], TaskResult]:
    return lambda: TaskResult(TaskStatus.FAILED, {}, "failed", error)  # type: ignore[arg-type]


FAULTS: dict[str, Callable[[], Any]] = {
    "out of memory": raises(MemoryError()),
    "disk full": raises(full()),
    "a bug": raises(ZeroDivisionError()),
    "the response cannot be stored": result(ResponseError("full", code="file_unwritable")),
    "too many open files": result(caused(TransportError("x"), OSError(errno.EMFILE, "many"))),
    "sqlite": raises(sqlite3.OperationalError("disk I/O error")),
}


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("forked", [False, True])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_run_is_left_unfinished_and_goes_on(
    open_engine: Callable[..., Engine],
    build: SimpleNamespace,
    fault: str,
    forked: bool,
    method: str,
) -> None:
    step = Faulty("b", FAULTS[fault])
    task = build.http("b", method=method)
    middle = build.fork("f", [task], [build.http("c")]) if forked else [task]
    workflow = build.workflow(build.http("a"), *middle, build.http("z"))
    with open_engine(step) as engine:
        with pytest.raises(EngineError) as raised:
            engine.run(workflow, workflow_id="r")
        assert raised.value.code == "run_interrupted"
        assert "resume r" in raised.value.hint
        left = engine.get("r")
        assert left["status"] == "RUNNING"
        assert left["reasonForIncompletion"] in raised.value.message
        assert not engine.list()[0].active
        document = engine.resume("r")
        if method == "GET":
            assert document["status"] == "COMPLETED"
            assert step.calls.count("b") == 2
        else:
            assert document["status"] == "FAILED"
            assert step.calls.count("b") == 1
            assert engine.resume("r", resend=True)["status"] == "COMPLETED"
        assert step.calls.count("a") == 1


@pytest.mark.parametrize("kind", ["task_scheduled", "task_updated", "workflow_started"])
def test_an_observer_that_raises_leaves_the_run(
    engine: Engine, target: Any, build: SimpleNamespace, kind: str
) -> None:
    def watch(event: RunEvent) -> None:
        if event.kind == kind:
            raise ValueError("a bug, with a secret")

    workflow = build.workflow(
        build.http("a", method="POST"), *build.fork("f", [build.http("b", method="POST")])
    )
    with pytest.raises(EngineError) as raised:
        engine.run(workflow, workflow_id="r", watch=watch)
    assert raised.value.code == "observer_failed"
    assert "secret" not in str(raised.value)
    assert isinstance(raised.value.__cause__, ValueError)
    assert engine.get("r")["status"] == "RUNNING"
    assert engine.resume("r")["status"] == "COMPLETED"
    assert sorted(target.refs) == ["a", "b"]


def test_a_lock_on_the_journal_is_waited_for(
    engine: Engine, target: Any, store: Path, build: SimpleNamespace
) -> None:
    handle = engine.start(build.workflow(build.http("g", path="/gate")), workflow_id="r")
    assert target.reached.wait(60)
    other = sqlite3.connect(store / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    target.gate.set()
    with pytest.raises(TimeoutError):
        handle.result(1.5)
    other.execute("ROLLBACK")
    other.close()
    assert handle.result(20)["status"] == "COMPLETED"


def test_a_lock_that_is_held_too_long_leaves_the_run(
    engine: Engine,
    target: Any,
    store: Path,
    build: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workflow = build.workflow(build.http("g", path="/gate", method="POST"))
    handle = engine.start(workflow, workflow_id="r")
    assert target.reached.wait(60)
    monkeypatch.setattr(journal, "PATIENCE", 0.0)
    other = sqlite3.connect(store / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    target.gate.set()
    with pytest.raises(EngineError) as raised:
        handle.result(30)
    assert raised.value.code == "run_interrupted"
    other.execute("ROLLBACK")
    other.close()
    assert engine.resume("r")["tasks"][0]["error"]["code"] == "outcome_unknown"
    assert target.refs == ["g"]


def test_a_folder_that_is_removed_under_a_run_is_told(
    engine: Engine, target: Any, store: Path, build: SimpleNamespace
) -> None:
    handle = engine.start(build.workflow(build.http("g", path="/gate")), workflow_id="r")
    assert target.reached.wait(60)
    shutil.rmtree(store)
    target.gate.set()
    with pytest.raises(EngineError, match="was removed"):
        handle.result(20)


def test_values_cannot_be_stored(
    open_engine: Callable[..., Engine], build: SimpleNamespace, tmp_path: Path
) -> None:
    """A file stands where the folder of stored values should be."""
    step = Faulty("b", lambda: TaskResult(TaskStatus.COMPLETED, {"text": "x" * 100_000}))
    (tmp_path / "files").write_text("in the way")
    with open_engine(step) as engine:
        with pytest.raises(EngineError) as raised:
            engine.run(build.workflow(build.http("a"), build.http("b")), workflow_id="r")
        assert raised.value.code == "run_interrupted"
        (tmp_path / "files").unlink()
        assert engine.resume("r")["status"] == "COMPLETED"
    assert step.calls == ["a", "b", "b"]


def test_no_more_than_so_many_bytes_can_be_written(tmp_path: Path) -> None:
    """A limit of the process is as good as a full disk: the journal cannot grow."""
    found = in_a_process(
        tmp_path,
        """
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

        def step(task, context, execution):
            calls.append(execution.task_ref)
            return TaskResult(TaskStatus.COMPLETED, {"text": "x" * 50_000})

        with opened(step) as engine:
            size = (folder / "runs").exists()
            engine.run(flow("a"), workflow_id="warm")
            grown = os.path.getsize(folder / "runs" / "journal.db-wal") + 20_000
            resource.setrlimit(resource.RLIMIT_FSIZE, (grown, resource.RLIM_INFINITY))
            try:
                engine.run(flow("b", "c", "d"), workflow_id="r")
            except EngineError as error:
                print(error.code)
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
            print(engine.resume("r")["status"], calls.count("d"))
        """,
    )
    assert found == ["run_interrupted", "COMPLETED 1"]


def test_the_interpreter_ends_while_runs_go_on(tmp_path: Path) -> None:
    found = in_a_process(
        tmp_path,
        """
        reached = threading.Event()

        def step(task, context, execution):
            reached.set()
            if not os.path.exists(folder / "again"):
                time.sleep(3)
            return TaskResult(TaskStatus.COMPLETED, {})

        engine = opened(step)
        if os.path.exists(folder / "again"):
            print(engine.resume("r")["status"])
        else:
            engine.start(flow("a", "b"), workflow_id="r")
            reached.wait(60)
        """,
        times=2,
    )
    assert found == ["COMPLETED"]


PRELUDE = """
import os, resource, signal, sys, threading, time
from pathlib import Path
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.workflow import WorkflowDef
from httptask.engines.embedded import Engine
from httptask.errors import EngineError

folder, calls = Path(sys.argv[1]), []

def http(ref):
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP",
            "inputParameters": {"http_request": {"uri": "http://t/", "method": "GET"}}}

def flow(*refs):
    return WorkflowDef.model_validate({"name": "w", "tasks": [http(ref) for ref in refs]})

def opened(step):
    return Engine.open(folder / "runs", step, files=folder / "files", env={})
"""


def in_a_process(tmp_path: Path, body: str, *, times: int = 1) -> list[str]:
    """Run a program, the second time with a file ``again`` beside it; return its lines."""
    code = PRELUDE + textwrap.dedent(body)
    for time in range(times):
        if time:
            (tmp_path / "again").touch()
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", code, str(tmp_path)],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
    return done.stdout.splitlines()


def test_nothing_is_left_of_an_engine(tmp_path: Path) -> None:
    found = in_a_process(
        tmp_path,
        """
        before = len(os.listdir("/dev/fd"))
        for _ in range(3):
            with opened(lambda *_: TaskResult(TaskStatus.COMPLETED, {})) as engine:
                engine.run(flow("a"))
                engine.list()
                lent = engine.start(flow("a")).result()
        print([thread.name for thread in threading.enumerate()])
        print(len(os.listdir("/dev/fd")) - before)
        print(sorted(path.name for path in (folder / "runs").iterdir()))
        """,
    )
    assert found == ["['MainThread']", "0", "['journal.db', 'owners.lock']"]

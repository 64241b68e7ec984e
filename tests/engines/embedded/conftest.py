"""Builders of definitions, a step that responds by the URI, and engines on fresh stores."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from httptask.core.execution import Execution
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.field_types import AUTHORING
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.engines.embedded import Engine
from httptask.expressions import Context

Json = Any


def _http(ref: str, path: str = "/json", method: str = "GET", **fields: Json) -> Json:
    request = {"uri": f"http://target{path}", "method": method}
    if "body" in fields:
        request["body"] = fields.pop("body")
    return {
        "name": ref,
        "taskReferenceName": ref,
        "type": "HTTP",
        "inputParameters": {"http_request": request},
        **fields,
    }


def _task(kind: str, ref: str, **fields: Json) -> Json:
    return {"name": ref, "taskReferenceName": ref, "type": kind, "inputParameters": {}, **fields}


def _workflow(*tasks: Json, **fields: Json) -> WorkflowDef:
    return WorkflowDef.model_validate(
        {"name": "w", "tasks": list(tasks), **fields}, context=AUTHORING
    )


def _fork(ref: str, *branches: list[Json]) -> list[Json]:
    """Return a FORK_JOIN and a JOIN on the last task of each branch."""
    last = [branch[-1]["taskReferenceName"] for branch in branches]
    return [
        _task("FORK_JOIN", ref, forkTasks=list(branches)),
        _task("JOIN", f"{ref}_join", joinOn=last),
    ]


@pytest.fixture
def build() -> SimpleNamespace:
    """Builders: http, task, workflow, fork, task_def."""
    return SimpleNamespace(
        http=_http,
        task=_task,
        workflow=_workflow,
        fork=_fork,
        task_def=lambda name, **fields: TaskDef.model_validate({"name": name, **fields}),
    )


class Target:
    """A step that responds by its URI, and remembers its calls.

    ``/status/N`` gives N; ``/slow?ms=N`` takes a while; ``/gate`` waits for ``open``.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, int, int]] = []
        self.contexts: list[Context] = []
        self.inputs: list[Json] = []
        self.gate = threading.Event()
        self.reached = threading.Event()
        self._lock = threading.Lock()

    def __call__(self, task: WorkflowTask, context: Context, execution: Execution) -> TaskResult:
        uri = task.input_parameters["http_request"]["uri"]
        with self._lock:
            self.calls.append((execution.task_ref, execution.iteration, execution.retry))
            self.contexts.append(context)
            self.inputs.append(task.input_parameters)
        if slow := re.search(r"/slow\?ms=(\d+)", uri):
            time.sleep(min(int(slow[1]), 400) / 1000)
        if "/gate" in uri:
            self.reached.set()
            assert self.gate.wait(60)
        status = re.search(r"/status/(\d+)", uri)
        code = int(status[1]) if status else 200
        output = {"response": {"statusCode": code}}
        if code < 400:
            return TaskResult(TaskStatus.COMPLETED, output)
        return TaskResult(TaskStatus.FAILED, output, reason=f"status {code}")

    @property
    def refs(self) -> list[str]:
        """Return the references of the tasks called, in order."""
        return [ref for ref, _, _ in self.calls]


@pytest.fixture(scope="session")
def target_class() -> type[Target]:
    """`Target`, for modules that cannot import this one."""
    return Target


@pytest.fixture
def target() -> Target:
    """A step that responds by its URI."""
    return Target()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder for a store, not made yet."""
    return tmp_path / "runs"


@pytest.fixture
def open_engine(store: Path, tmp_path: Path) -> Callable[..., Engine]:
    """Open an engine on the test's store."""

    def opened(step: Json, **options: Json) -> Engine:
        return Engine.open(store, step, files=tmp_path / "files", **options)

    return opened


@pytest.fixture
def engine(open_engine: Callable[..., Engine], target: Target) -> Iterator[Engine]:
    """An engine whose HTTP tasks go to ``target``."""
    with open_engine(target, env={}) as opened:
        yield opened

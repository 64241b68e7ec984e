"""Observers see tasks, attempts, stages and layers, redacted, and cannot change a thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from httptask.core.execution import Execution
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.tracing import Level
from httptask.hooks import hookimpl
from httptask.hooks.specs import STAGES
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner

EXECUTION = Execution("run-1", "call", iteration=3, retry=1, task_id="t")
Runners = Callable[..., TaskRunner]


class Observer:
    """Sees what observers see."""

    def __init__(self) -> None:
        self.executions: set[Execution] = set()
        self.started: list[Mapping[str, Any]] = []
        self.finished: list[Mapping[str, Any]] = []

    @hookimpl
    def httptask_started(self, execution: Execution, record: Mapping[str, Any]) -> None:
        self.executions.add(execution)
        self.started.append(record)

    @hookimpl
    def httptask_finished(self, execution: Execution, record: Mapping[str, Any]) -> None:
        self.executions.add(execution)
        self.finished.append(record)
        raise ValueError("observers must not matter")


def observed(
    server: LoopbackServer, make: Runners, monkeypatch: pytest.MonkeyPatch
) -> tuple[TaskResult, Observer]:
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", "a-long-secret-value")
    observer = Observer()
    inputs = {
        "http_request": {"uri": f"{server.url}/echo", "method": "GET"},
        "httptask": {
            "query": {"k": "${workflow.secrets.KEY}"},
            "auth": {"type": "basic", "username": "u", "password": "short"},
        },
    }
    result = make({"watcher": observer}).run(inputs, level=Level.TRACE, execution=EXECUTION)
    assert observer.executions == {EXECUTION}
    return result, observer


def test_hook_finished(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, monkeypatch: Any
) -> None:
    result, observer = observed(httptask_server, httptask_task_runner, monkeypatch)
    assert result.status is TaskStatus.COMPLETED
    records = observer.finished
    stages = [record["name"] for record in records if record["type"] == "stage"]
    assert stages == list(STAGES)
    layers = [record["name"] for record in records if record["type"] == "layer"]
    assert layers == ["send_request", "observe", "guard", "authorize", "redirect"]
    (attempt,) = [record for record in records if record["type"] == "attempt"]
    assert attempt["attempt"] == 1
    assert attempt["verdict"]["action"] == "success"
    assert (records[-1]["type"], records[-1]["status"]) == ("task", "COMPLETED")
    for hidden in ("a-long-secret-value", "short", "dTpzaG9ydA"):
        assert hidden not in str(records)


def test_hook_started(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, monkeypatch: Any
) -> None:
    _, observer = observed(httptask_server, httptask_task_runner, monkeypatch)
    begun = [(record["type"], record["name"]) for record in observer.started]
    assert sorted(begun) == sorted((each["type"], each["name"]) for each in observer.finished)
    assert begun[:2] == [("task", "call"), ("stage", "resolve_inputs")]
    assert begun.index(("attempt", "1")) < begun.index(("layer", "redirect"))
    assert begun.index(("layer", "redirect")) < begun.index(("layer", "send_request"))

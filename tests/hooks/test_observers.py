"""Observers see every stage and attempt, redacted, and cannot change a thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.core.tracing import Level
from httptask.hooks import hookimpl
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]


class Observer:
    """Sees what observers see."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, Mapping[str, Any]]] = []

    @hookimpl
    def httptask_stage_finished(self, task_ref: str, record: Mapping[str, Any]) -> None:
        self.seen.append((task_ref, record))

    @hookimpl
    def httptask_attempt_finished(self, task_ref: str, record: Mapping[str, Any]) -> None:
        self.seen.append((task_ref, record))
        raise ValueError("observers must not matter")


def observed(
    server: LoopbackServer, make: Runners, monkeypatch: pytest.MonkeyPatch
) -> tuple[TaskResult, list[Mapping[str, Any]]]:
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", "a-long-secret-value")
    observer = Observer()
    inputs = {
        "http_request": {"uri": f"{server.url}/echo", "method": "GET"},
        "httptask": {
            "query": {"k": "${workflow.secrets.KEY}"},
            "auth": {"type": "basic", "username": "u", "password": "short"},
        },
    }
    result = make({"watcher": observer}).run(inputs, level=Level.TRACE)
    assert {ref for ref, _ in observer.seen} == {"call"}
    return result, [record for _, record in observer.seen]


def test_hook_stage_finished(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, monkeypatch: Any
) -> None:
    result, records = observed(httptask_server, httptask_task_runner, monkeypatch)
    assert result.status is TaskStatus.COMPLETED
    stages = [record["name"] for record in records if "name" in record]
    assert stages[0] == "resolve_inputs"
    assert len(stages) == 8
    for hidden in ("a-long-secret-value", "short", "dTpzaG9ydA"):
        assert hidden not in str(records)


def test_hook_attempt_finished(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, monkeypatch: Any
) -> None:
    result, records = observed(httptask_server, httptask_task_runner, monkeypatch)
    assert result.status is TaskStatus.COMPLETED
    (attempt,) = [record for record in records if "verdict" in record]
    assert attempt["number"] == 1
    assert attempt["verdict"]["action"] == "success"

"""Ask for one response, and say what came of it."""

from __future__ import annotations

from typing import Any

from httptask.core.result import TaskResult, TaskStatus
from httptask.testing.tasks import TaskRunner


def get(tasks: TaskRunner, uri: str, method: str = "GET", **options: Any) -> TaskResult:
    body = options.pop("body", None)
    request = {"uri": uri, "method": method, "body": body}
    return tasks.run({"http_request": request, "httptask": options})


def body_of(result: TaskResult) -> Any:
    assert result.status is TaskStatus.COMPLETED, result.reason
    return result.output["response"]["body"]


def code_of(result: TaskResult) -> str:
    assert result.error is not None
    return result.error.code

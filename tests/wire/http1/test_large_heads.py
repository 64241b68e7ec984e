"""Header lines: many are read, and too many end the task with its status."""

from __future__ import annotations

from typing import Any

import pytest
from token_auth import TokenAuth

from httptask.core.result import TaskResult, TaskStatus
from httptask.testing import LoopbackServer, RawReply, Reply
from httptask.testing.tasks import TaskRunner


def get(tasks: TaskRunner, uri: str, **options: Any) -> TaskResult:
    return tasks.run({"http_request": {"uri": uri, "method": "GET"}, "httptask": options})


def code_of(result: TaskResult) -> str:
    assert result.error is not None
    return result.error.code


@pytest.mark.parametrize("lines", [100, 101, 2_000, 5_000])
def test_many_header_lines_are_read(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, lines: int
) -> None:
    headers = tuple((f"X-{number}", "value of a usual length") for number in range(lines))
    httptask_server.route("/many", lambda _: Reply(200, headers, b"{}"))
    result = get(httptask_tasks, f"{httptask_server.url}/many")
    assert result.status is TaskStatus.COMPLETED, result.reason
    assert len(result.output["response"]["headers"]) >= lines


def test_one_long_header_line_is_read(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    httptask_server.route("/long", lambda _: Reply(200, (("X-Long", "y" * 200_000),), b"{}"))
    result = get(httptask_tasks, f"{httptask_server.url}/long")
    assert result.output["response"]["headers"]["X-Long"] == ["y" * 200_000]


TOO_MUCH = b"X: %s\r\n" % (b"y" * 300_000)
CHUNKS = b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 202 Accepted\r\n" + TOO_MUCH + b"\r\n",
        b"HTTP/1.1 202 Accepted\r\n" + b"X: y\r\n" * 50_000 + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\n" + TOO_MUCH + b"\r\n",
        b"HTTP/1.1 103 Early Hints\r\n%s\r\nHTTP/1.1 202 Accepted\r\n%s\r\n"
        % (TOO_MUCH[:140_000] + b"\r\n", TOO_MUCH[:140_000] + b"\r\n"),
        b"HTTP/1.1 202 Accepted\r\n" + CHUNKS + TOO_MUCH + b"\r\n",
        b"HTTP/1.1 202 Accepted\r\n" + TOO_MUCH[:140_000] + b"\r\n" + CHUNKS + TOO_MUCH[:140_000],
        b"HTTP/1.1 202 ",
    ],
    ids=["one-line", "lines", "after-interim", "with-interim", "trailers", "together", "reason"],
)
def test_a_head_over_the_limit_ends_the_task_with_its_status(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, response: bytes
) -> None:
    """The server has done what was asked: a repetition would do it twice."""
    reason = response.endswith(b"202 ")
    httptask_server.route("/head", lambda _: RawReply([response + b"y" * 300_000 * reason]))
    retry = {"maxAttempts": 3, "initialDelayMs": 1, "statuses": ["202"]}
    post = {"uri": f"{httptask_server.url}/head", "method": "POST", "body": {"order": 1}}
    result = httptask_tasks.run(
        {"http_request": post, "httptask": {"retry": retry, "idempotencyKey": True}}
    )
    assert code_of(result) == "head_too_large"
    assert result.error is not None
    assert result.error.retryable is False
    assert result.output["response"]["statusCode"] == 202
    assert len(httptask_server.requests) == 1


def test_a_head_over_the_limit_of_a_token_call_is_not_the_tasks_status(
    httptask_server: LoopbackServer, httptask_task_runner: Any
) -> None:
    httptask_server.route("/token", lambda _: Reply(201, (("X", "y" * 300_000),), b"t"))
    tasks = httptask_task_runner({"token": TokenAuth()}, allow=[httptask_server.authority])
    auth = {"type": "token", "url": f"{httptask_server.url}/token"}
    result = get(tasks, f"{httptask_server.url}/echo", auth=auth)
    assert code_of(result) == "head_too_large"
    assert result.output["response"]["statusCode"] is None
    assert len(httptask_server.requests) == 1

"""What is decoded in memory is limited by number too, and says what to do."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.builtin.codecs import limits
from httptask.core.clock import SystemClock
from httptask.core.result import TaskResult, TaskStatus
from httptask.testing import LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner

KINDS = {
    "json": "application/json",
    "text": "text/plain",
    "events": "text/event-stream",
    "lines": "application/x-ndjson",
}


def ask(
    server: LoopbackServer, tasks: TaskRunner, kind: str, body: bytes, **options: Any
) -> TaskResult:
    server.route("/big", lambda _: Reply(200, (("Content-Type", KINDS[kind]),), body))
    inputs = {
        "http_request": {"uri": f"{server.url}/big", "method": "GET"},
        "httptask": {"response": options},
    }
    return tasks.run(inputs)


@pytest.mark.parametrize(
    ("kind", "limit", "body"),
    [
        ("json", "MAX_VALUES", b"[" + b"1," * 100 + b"1]"),
        ("json", "MAX_CONTAINERS", b"[" + b"[]," * 100 + b"{}]"),
        ("text", "MAX_CONTAINERS", b" [" + b"[]," * 100 + b"{}]"),
        ("events", "MAX_VALUES", b"data: [1,2,3,4,5]\n\n" * 100),
        ("events", "MAX_EVENT_LINES", b": still here\n" * 100),
        ("lines", "MAX_CONTAINERS", b"{}\n" * 100),
        ("lines", "MAX_LINES", b"\r\n" * 100),
    ],
)
def test_more_than_is_decoded_in_memory_is_refused(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    limit: str,
    body: bytes,
) -> None:
    assert ask(httptask_server, httptask_tasks, kind, body).status is TaskStatus.COMPLETED
    monkeypatch.setattr(limits, limit, 50)
    if limit.endswith("LINES"):
        monkeypatch.setattr(f"httptask.builtin.codecs.plugin.{limit}", 50)
    result = ask(httptask_server, httptask_tasks, kind, body)
    assert result.status is TaskStatus.FAILED
    assert result.error is not None
    assert (result.error.code, result.error.retryable) == ("response_too_large", False)
    assert "format to file" in result.error.hint
    assert result.error.pointer.endswith("/httptask/response/format")
    stored = ask(httptask_server, httptask_tasks, kind, body, format="file")
    assert stored.output["response"]["body"]["size"] == len(body)


def test_three_hundred_thousand_records_are_within_the_limits() -> None:
    record = b'{"id":1,"name":"a","email":"b","active":true,"tags":["a","b"],"price":1.5},'
    limits.Count(max_lines=limits.MAX_LINES).add(record * 300_000)


class JumpingClock(SystemClock):
    """A clock that goes an hour ahead when it is told to."""

    ahead = 0.0

    def monotonic(self) -> float:  # type: ignore[override]
        """Return seconds that never go back."""
        return SystemClock.monotonic() + self.ahead


@pytest.mark.parametrize("kind", ["events", "lines"])
def test_the_deadline_holds_between_the_parts_of_a_body(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, kind: str
) -> None:
    event = b"data: 1\n\n" if kind == "events" else b"[1]\n"
    headers = (("Content-Type", KINDS[kind]),)
    httptask_server.route("/big", lambda _: Reply(200, headers, event * 100_000))
    clock, seen = JumpingClock(), 0

    def watch(kind: str, _record: Any) -> None:
        nonlocal seen
        if kind == "event":
            seen += 1
            clock.ahead = 3600.0

    uri = f"{httptask_server.url}/big"
    inputs = {"http_request": {"uri": uri, "method": "GET"}, "httptask": {"deadlineMs": 60_000}}
    result = httptask_tasks.run(inputs, clock=clock, watch=watch)
    assert result.error is not None
    assert (result.error.code, result.status) == ("deadline_exceeded", TaskStatus.FAILED)
    assert 0 < seen < 100_000

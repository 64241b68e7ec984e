from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from soon import LATE, SOON

from httptask.builtin.layers.repeat import delay
from httptask.core.clock import SystemClock
from httptask.core.execution import Execution
from httptask.core.message import Headers, HttpRequest
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.verdict import Action, Verdict
from httptask.definition.options import RetryOptions
from httptask.errors import TransportError
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner


@dataclass
class FastClock(SystemClock):
    """The machine's time, with waits that are noted down and not waited."""

    waits: list[float] = field(default_factory=list)

    def wait(self, seconds: float, cancelled: threading.Event | None) -> bool:
        self.waits.append(seconds)
        return cancelled is not None and cancelled.is_set()


def run(
    tasks: TaskRunner,
    uri: str,
    method: str = "GET",
    clock: SystemClock | None = None,
    execution: Execution | None = None,
    **options: Any,
) -> TaskResult:
    request = {"uri": uri, "method": method, "readTimeOut": 300}
    return tasks.run(
        {"http_request": request, "httptask": options},
        clock=clock or FastClock(),
        execution=execution,
    )


def asked(method: str) -> HttpRequest:
    return HttpRequest(method, "http://h/", Headers())


def test_without_retry_there_is_one_attempt(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    result = run(httptask_tasks, f"{httptask_server.url}/flaky/a")
    assert result.status is TaskStatus.FAILED
    assert len(httptask_server.requests) == 1


def test_back_off(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    clock = FastClock()
    retry = {"maxAttempts": 6, "initialDelayMs": 100, "maxDelayMs": 500, "jitter": False}
    result = run(
        httptask_tasks, f"{httptask_server.url}/flaky/b?failures=5", clock=clock, retry=retry
    )
    assert result.status is TaskStatus.COMPLETED
    assert clock.waits == pytest.approx([0.1, 0.2, 0.4, 0.5, 0.5])
    assert result.trace is not None
    actions = [attempt.action for attempt in result.trace.attempts]
    assert actions == ["retry"] * 5 + ["success"]
    assert "503" in result.trace.attempts[0].reason


@given(number=st.integers(1, 99), multiplier=st.floats(1, 10), initial=st.integers(0, 10**6))
def test_jitter_and_limits(number: int, multiplier: float, initial: int) -> None:
    retry = {"maxAttempts": 100, "multiplier": multiplier, "initialDelayMs": initial}
    options = RetryOptions.model_validate(retry)
    wait = delay(options, asked("GET"), number, Verdict(Action.RETRY), None)
    whole = min(initial * multiplier ** (number - 1), 30_000) / 1000
    assert wait is not None
    assert whole / 2 - 1e-9 <= wait <= whole + 1e-9


def test_only_listed_statuses(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    retry = {"maxAttempts": 3, "statuses": ["429"]}
    assert run(httptask_tasks, f"{httptask_server.url}/flaky/c", retry=retry).status == "FAILED"
    assert len(httptask_server.requests) == 1
    done = run(httptask_tasks, f"{httptask_server.url}/flaky/d?status=429", retry=retry)
    assert done.status == "COMPLETED"


def test_retry_after_in_seconds_and_as_a_date(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    clock = FastClock()
    retry = {"maxAttempts": 2, "initialDelayMs": 10, "jitter": False}
    url = f"{httptask_server.url}/status/503"
    result = run(httptask_tasks, f"{url}?retry-after=7", clock=clock, retry=retry)
    assert clock.waits == [7.0]
    assert result.retry_after == 7.0
    date = formatdate(time.time() + 100, usegmt=True)
    later = run(httptask_tasks, url, clock=clock, retry=retry, query={"retry-after": date})
    assert later.retry_after == pytest.approx(100, abs=2)
    retry["respectRetryAfter"] = False
    run(httptask_tasks, f"{url}?retry-after=7", clock=clock, retry=retry)
    assert clock.waits[-1] == 0.01


def test_no_wait_beyond_the_deadline(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    clock = FastClock()
    result = run(
        httptask_tasks,
        f"{httptask_server.url}/status/503?retry-after=60",
        clock=clock,
        retry={"maxAttempts": 5},
        deadlineMs=2000,
    )
    assert clock.waits == []
    assert result.error is not None
    assert result.error.code == "status_not_accepted"
    assert result.retry_after == 60


@pytest.mark.parametrize(
    ("method", "options", "attempts"),
    [
        ("GET", {}, 3),
        ("PUT", {}, 3),
        ("DELETE", {}, 3),
        ("POST", {}, 1),
        ("PATCH", {}, 1),
        ("POST", {"idempotent": True}, 3),
        ("POST", {"idempotencyKey": True}, 3),
        ("POST", {"idempotencyKey": {"header": "X-Id", "value": "order-1"}}, 3),
    ],
)
@pytest.mark.parametrize("path", ["/status/503", "/broken/closed", "/slow?seconds=2"])
def test_what_may_be_repeated(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    method: str,
    options: dict[str, Any],
    attempts: int,
    path: str,
) -> None:
    if path.startswith("/slow") and attempts > 1 and method != "GET":
        attempts_wanted = {"maxAttempts": 1}
        attempts = 1
    else:
        attempts_wanted = {"maxAttempts": 3}
    result = run(
        httptask_tasks, f"{httptask_server.url}{path}", method, retry=attempts_wanted, **options
    )
    assert result.status is TaskStatus.FAILED
    assert len(httptask_server.requests) == attempts


def test_one_key_over_all_attempts(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    url, execution = f"{httptask_server.url}/flaky/e", Execution("wf-1", "call", task_id="t1")
    retry = {"maxAttempts": 3}
    options: dict[str, Any] = {"retry": retry, "idempotencyKey": True}
    done = run(httptask_tasks, url, "POST", execution=execution, **options)
    assert done.status is TaskStatus.COMPLETED
    again = Execution("wf-1", "call", retry=1, task_id="t2")
    run(httptask_tasks, url, "POST", execution=again, **options)
    keys = {request.header("Idempotency-Key") for request in httptask_server.requests}
    assert keys == {execution.idempotency_key}
    assert len(httptask_server.requests) == 4


def test_what_never_left_is_repeated_whatever_the_method(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    url, clock = httptask_server.url, FastClock()
    httptask_server.close()
    result = run(httptask_tasks, url, "POST", clock=clock, retry={"maxAttempts": 3})
    assert len(clock.waits) == 2
    assert result.error is not None
    assert result.error.code == "connect_failed"
    assert "refused" in result.error.message
    off = {"maxAttempts": 3, "onNetworkErrors": False}
    assert run(httptask_tasks, url, "POST", clock=clock, retry=off).status is TaskStatus.FAILED
    assert len(clock.waits) == 2


@pytest.mark.parametrize("code", ["connect_failed", "connect_timeout", "dns_failed"])
def test_failures_before_anything_was_sent(code: str) -> None:
    options = RetryOptions()
    verdict = Verdict(Action.RETRY, error=TransportError("x", code=code))
    assert delay(options, asked("POST"), 1, verdict, None) is not None
    sent = Verdict(Action.RETRY, error=TransportError("x", code="connection_broken"))
    assert delay(options, asked("POST"), 1, sent, None) is None


def test_cancelled_while_waiting(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    cancelled = threading.Event()
    threading.Timer(0.15, cancelled.set).start()
    began = time.monotonic()
    result = httptask_tasks.run(
        {
            "http_request": {"uri": f"{httptask_server.url}/status/503", "method": "GET"},
            "httptask": {"retry": {"maxAttempts": 2, "initialDelayMs": LATE * 1000}},
        },
        cancelled=cancelled,
    )
    assert time.monotonic() - began < SOON
    assert result.error is not None
    assert result.error.code == "cancelled"


@pytest.mark.parametrize(
    ("method", "requests"),
    [("PROPFIND", 3), ("QUERY", 3), ("report", 3), ("MOVE", 3), ("LOCK", 1), ("PURGE", 1)],
)
def test_which_other_methods_are_repeated(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, method: str, requests: int
) -> None:
    uri = f"{httptask_server.url}/status/503"
    run(httptask_tasks, uri, method, retry={"maxAttempts": 3})
    assert len(httptask_server.requests) == requests

"""Where a connection may go is judged on the address, when it is made and when it is used again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from soon import LATE, SOON

from httptask.core.result import TaskResult, TaskStatus
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner
from httptask.wire.http1 import dial

Runners = Callable[..., TaskRunner]


def get(tasks: TaskRunner, uri: str, **options: Any) -> TaskResult:
    return tasks.run({"http_request": {"uri": uri, "method": "GET"}, "httptask": options})


def resolving_to(*addresses: str) -> Any:
    """A resolver that gives these addresses in turn, the last one for ever."""
    left = list(addresses)

    def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
        del host
        address = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    return resolve


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "0.0.0.0",
        "127.0.0.1.",
        "localhost.",
        "LOCALHOST",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "169.254.169.254",
        "0xa9fea9fe",
        "10.0.0.1",
        "100.64.0.1",
        "224.0.0.1",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
        "①②⑦.⓪.⓪.①",
        "\uff11\uff12\uff17.0.0.1",
    ],
)
def test_no_spelling_gets_through(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, host: str
) -> None:
    tasks = httptask_task_runner(author=False)
    result = get(tasks, f"http://{host}:{httptask_server.port}/echo")
    assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert httptask_server.requests == []
    assert result.error is not None
    assert result.error.exit_code == 2 or result.error.code == "egress_refused"


def test_a_name_is_judged_by_what_it_resolves_to(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ("10.0.0.1", "169.254.169.254", "fd00::1"):
        monkeypatch.setattr(dial, "resolve", resolving_to(address))
        result = get(httptask_tasks, "http://api.example.com/x")
        assert result.error is not None
        assert result.error.code == "egress_refused"
        assert address in result.error.message


def test_rebinding_between_two_calls(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name passes as long as it means the literal endpoint, and no longer."""
    monkeypatch.setattr(dial, "resolve", resolving_to("127.0.0.1", "10.0.0.1"))
    uri = f"http://localhost:{httptask_server.port}/status/200"
    first = get(httptask_tasks, uri)
    assert first.status is TaskStatus.COMPLETED
    httptask_tasks.close()
    second = get(httptask_tasks, uri)
    assert second.error is not None
    assert second.error.code == "egress_refused"


def test_rebinding_within_one_lookup(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each address is judged when it is tried: an unreachable first one opens no way."""

    def both(host: str, port: int) -> list[tuple[Any, ...]]:
        del host
        closed = ("127.0.0.1", 9)
        inner = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.1", port))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", closed), inner]

    monkeypatch.setattr(dial, "resolve", both)
    result = get(httptask_tasks, "http://localhost:8123/")
    assert result.error is not None
    assert result.error.code == "egress_refused"


def test_a_used_connection_is_judged_again(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, httptask_task_runner: Runners
) -> None:
    uri = f"{httptask_server.url}/echo"
    assert get(httptask_tasks, uri).status is TaskStatus.COMPLETED
    stranger = httptask_task_runner(author=False)
    inputs = {"http_request": {"uri": uri, "method": "GET"}}
    result = httptask_tasks.run(inputs, policy=stranger.settings.policy)
    assert result.error is not None
    assert result.error.code == "egress_refused"
    assert len(httptask_server.requests) == 1
    assert get(httptask_tasks, uri).status is TaskStatus.COMPLETED


def test_an_allowed_host(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    tasks = httptask_task_runner(author=False, allow=[httptask_server.authority])
    assert get(tasks, f"{httptask_server.url}/echo").status is TaskStatus.COMPLETED
    named = get(tasks, f"http://localhost:{httptask_server.port}/echo")
    assert named.error is not None
    assert named.error.code == "egress_refused"


def test_a_name_that_does_not_resolve(httptask_tasks: TaskRunner) -> None:
    for host in ("nowhere.invalid", "a" * 63 + ".example"):
        result = get(httptask_tasks, f"http://{host}/")
        assert result.error is not None
        assert result.error.code == "dns_failed"
        assert result.error.retryable is True


def test_a_resolver_that_hangs_is_left_behind(
    httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def hanging(host: str, port: int) -> list[tuple[Any, ...]]:
        release.wait(LATE)
        raise socket.gaierror(f"{host}:{port}")

    monkeypatch.setattr(dial, "resolve", hanging)
    began = time.monotonic()
    result = get(httptask_tasks, "http://slow.example/", deadlineMs=150)
    assert time.monotonic() - began < SOON
    release.set()
    assert result.error is not None
    assert result.error.code == "deadline_exceeded"


def test_environment_proxies_count_only_when_asked(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NETRC", "/nonexistent")
    uri = f"{httptask_server.url}/echo"
    assert get(httptask_tasks, uri).status is TaskStatus.COMPLETED
    asked = get(httptask_tasks, uri, trustEnv=True)
    assert asked.error is not None
    assert asked.error.code in {"connect_failed", "egress_refused"}

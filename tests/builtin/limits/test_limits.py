"""Waiting for what a service allows."""

from __future__ import annotations

import os
import re
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from soon import SOON

from httptask.core.result import TaskResult
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner


def inputs(uri: str, **options: Any) -> dict[str, Any]:
    return {"http_request": {"uri": uri, "method": "GET"}, "httptask": {"limits": {}, **options}}


def notes(result: TaskResult) -> list[str]:
    assert result.trace is not None
    return [note.text for note in result.trace.notes]


def limited(remaining: int, resets: float) -> Reply:
    return json_reply(
        {}, headers=[("RateLimit-Remaining", str(remaining)), ("RateLimit-Reset", f"{resets}")]
    )


def test_a_task_waits_for_the_budget_and_says_so(httptask_tasks: TaskRunner) -> None:
    with LoopbackServer({"/": lambda _: limited(0, 0.4)}) as server:
        seen: list[Any] = []
        first = httptask_tasks.run(inputs(server.url))
        second = httptask_tasks.run(
            inputs(server.url), watch=lambda kind, record: seen.append((kind, record))
        )
    host = server.url.removeprefix("http://")
    assert notes(first) == []
    (note,) = notes(second)
    said = re.fullmatch(rf"waits (0\.\d) s for the budget of {host}", note)
    assert said is not None, note
    assert [record["text"] for kind, record in seen if kind == "note"] == notes(second)
    assert second.trace is not None
    (exchange,) = second.trace.exchanges
    assert exchange.started_ms > float(said[1]) * 1000 - 100
    layer = next(each for each in second.trace.layers if each.kind == "limits")
    assert (layer.slot, layer.inward) == ("hedge", 1)
    assert second.trace.to_json()["notes"][0]["text"] == notes(second)[0]


def test_retry_after_holds_all_tasks_back(httptask_tasks: TaskRunner) -> None:
    replies = iter([Reply(429, [("Retry-After", "1")]), json_reply({})])
    with LoopbackServer({"/": lambda _: next(replies)}) as server:
        assert httptask_tasks.run(inputs(server.url)).status == "FAILED"
        began = time.monotonic()
        second = httptask_tasks.run(inputs(server.url))
        assert time.monotonic() - began > 0.7
    assert second.status == "COMPLETED"
    assert len(notes(second)) == 1


def test_a_wait_beyond_the_deadline_fails_at_once_and_says_when(
    httptask_tasks: TaskRunner,
) -> None:
    with LoopbackServer({"/": lambda _: limited(0, 100)}) as server:
        httptask_tasks.run(inputs(server.url))
        began = time.monotonic()
        result = httptask_tasks.run(inputs(server.url, deadlineMs=60_000))
        assert time.monotonic() - began < SOON
    assert result.error is not None
    assert result.error.code == "budget_exhausted"
    assert result.status == "FAILED"
    assert "used up for " in result.reason
    assert 60 < (result.error.retry_after or 0) <= 100
    assert len(server.requests) == 1


def test_a_task_that_waits_can_be_cancelled(httptask_tasks: TaskRunner) -> None:
    cancelled = threading.Event()
    with LoopbackServer({"/": lambda _: limited(0, 100)}) as server:
        httptask_tasks.run(inputs(server.url))
        result = httptask_tasks.run(
            inputs(server.url),
            cancelled=cancelled,
            watch=lambda kind, _: cancelled.set() if kind == "note" else None,
        )
    assert result.error is not None
    assert result.error.code == "cancelled"


def test_who_waits_for_a_slot_keeps_to_the_deadline(httptask_tasks: TaskRunner) -> None:
    came, leave = threading.Event(), threading.Event()

    def slow(_: Any) -> Reply:
        came.set()
        leave.wait(60)
        return json_reply({})

    with LoopbackServer({"/": slow}) as server:
        limits = {"concurrency": 1}
        other = threading.Thread(
            target=httptask_tasks.run, args=(inputs(server.url, limits=limits),)
        )
        other.start()
        assert came.wait(60)
        result = httptask_tasks.run(inputs(server.url, limits=limits, deadlineMs=2000))
        leave.set()
        other.join()
        again = httptask_tasks.run(inputs(server.url, limits=limits, deadlineMs=60_000))
    assert result.error is not None
    assert result.error.code == "concurrency_exhausted"
    assert notes(result) == [f"waits until one of 1 calls to {server.url[7:]} ends"]
    assert again.status == "COMPLETED"


@pytest.mark.parametrize("status", [200, 500])
def test_a_slot_is_free_again_whatever_came(httptask_tasks: TaskRunner, status: int) -> None:
    with LoopbackServer({"/": lambda _: json_reply({}, status)}) as server:
        for _ in range(3):
            httptask_tasks.run(inputs(server.url, limits={"concurrency": 1}, deadlineMs=3000))
    assert len(server.requests) == 3


def test_a_slot_is_free_again_when_nobody_responds(httptask_tasks: TaskRunner) -> None:
    with LoopbackServer({"/": lambda _: json_reply({})}) as server:
        url = server.url
    for _ in range(3):
        wanted = inputs(url, limits={"concurrency": 1}, deadlineMs=3000)
        result = httptask_tasks.run(wanted)
        assert result.error is not None
        assert result.error.code == "connect_failed"


def test_a_redirect_takes_a_slot_of_its_own(httptask_tasks: TaskRunner) -> None:
    routes = {
        "/": lambda _: Reply(302, [("Location", "/there")]),
        "/there": lambda _: json_reply({}),
    }
    with LoopbackServer(routes) as server:
        wanted = inputs(server.url, limits={"concurrency": 1}, deadlineMs=60_000)
        assert httptask_tasks.run(wanted).status == "COMPLETED"


def test_other_credentials_have_a_budget_of_their_own(httptask_tasks: TaskRunner) -> None:
    def bearer(token: str) -> dict[str, Any]:
        return {"auth": {"type": "bearer", "token": token}, "deadlineMs": 5000}

    with LoopbackServer({"/": lambda _: limited(0, 100)}) as server:
        for token in ("first-token-of-a-user", "second-token-of-another"):
            result = httptask_tasks.run(inputs(server.url, **bearer(token)))
            assert result.status == "COMPLETED"
        again = httptask_tasks.run(inputs(server.url, **bearer("first-token-of-a-user")))
    assert again.error is not None
    assert again.error.code == "budget_exhausted"


def test_a_named_budget_is_shared_between_hosts(httptask_tasks: TaskRunner) -> None:
    named = {"limits": {"budget": "example"}, "deadlineMs": 5000}
    with (
        LoopbackServer({"/": lambda _: limited(0, 100)}) as one,
        LoopbackServer({"/": lambda _: json_reply({})}) as other,
    ):
        httptask_tasks.run(inputs(one.url, **named))
        result = httptask_tasks.run(inputs(other.url, **named))
        free = httptask_tasks.run(inputs(one.url, limits={"budget": False}))
    assert result.error is not None
    assert "the budget of example is used up" in result.error.message
    assert free.status == "COMPLETED"


def test_a_dry_run_takes_nothing_and_waits_for_nothing(httptask_tasks: TaskRunner) -> None:
    with LoopbackServer({"/": lambda _: limited(0, 100)}) as server:
        httptask_tasks.run(inputs(server.url))
        result = httptask_tasks.run(inputs(server.url), stop_after="authorize")
    assert result.trace is not None
    assert result.trace.would_send is not None


def test_no_credential_can_be_read_or_guessed_in_the_files(httptask_tasks: TaskRunner) -> None:
    token = "canary-4f1b90c7d2"
    with LoopbackServer({"/": lambda _: limited(5, 100)}) as server:
        auth = {"type": "bearer", "token": token}
        httptask_tasks.run(inputs(server.url, auth=auth, limits={"concurrency": 2}))
    data = httptask_tasks.settings.data
    files = [path for path in data.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".key", ".budget", ".0"}
    for path in files:
        assert path.stat().st_mode & 0o077 == 0
        assert token not in path.name
        assert token.encode() not in path.read_bytes()


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, httptask_server: LoopbackServer
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "limits").write_text("in the way")
    with TaskRunner(tmp_path) as tasks:
        result = tasks.run(inputs(f"{httptask_server.url}/echo"))
    assert result.error is not None
    assert result.error.code == "limits_unusable"


def test_files_that_nobody_uses_go(httptask_tasks: TaskRunner) -> None:
    folder = httptask_tasks.settings.data / "limits"
    folder.mkdir(parents=True)
    old = folder / "0123.budget"
    old.write_bytes(b"{}")
    os.utime(old, (1.0, 1.0))
    with LoopbackServer({"/": lambda _: limited(5, 100)}) as server:
        httptask_tasks.run(inputs(server.url))
    assert len(list(folder.iterdir())) == 1
    assert not old.exists()

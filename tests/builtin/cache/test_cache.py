"""Responses that are stored, and used again as HTTP says."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from soon import SOON

from httptask.builtin.cache.store import open_storage
from httptask.core.result import TaskResult
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner
from httptask.testing.wire import ReceivedRequest

CANARY = "canary-7d21fe90ab"


def inputs(uri: str, method: str = "GET", **options: Any) -> dict[str, Any]:
    request: dict[str, Any] = {"uri": uri, "method": method}
    for name in ("headers", "body"):
        if name in options:
            request[name] = options.pop(name)
    return {"http_request": request, "httptask": {"cache": {}, **options}}


def dated(*lines: tuple[str, str], value: Any = "ana", status: int = 200) -> Reply:
    return json_reply(value, status, [("Date", formatdate(usegmt=True)), *lines])


def fresh(_: ReceivedRequest) -> Reply:
    return dated(("Cache-Control", "max-age=60"), ("X-Odd-Case", "1"), ("ETag", '"v1"'))


def body(result: TaskResult) -> Any:
    assert result.status == "COMPLETED", result.reason
    return result.output["response"]["body"]


def statuses(result: TaskResult) -> list[int]:
    assert result.trace is not None
    return [each.response["status"] for each in result.trace.exchanges if each.response]


def test_a_stored_response_is_used_while_it_is_fresh(httptask_tasks: TaskRunner) -> None:
    with LoopbackServer({"/": fresh}) as server:
        first = httptask_tasks.run(inputs(server.url))
        second = httptask_tasks.run(inputs(server.url))
    assert (body(first), body(second)) == ("ana", "ana")
    assert (statuses(first), statuses(second)) == ([200], [])
    assert second.trace is not None
    layer = next(each for each in second.trace.layers if each.kind == "cache")
    assert layer.inward == 0
    assert second.trace.notes[0].text.startswith("uses the stored response of ")
    headers = second.output["response"]["headers"]
    assert headers.pop("Age") in (["0"], ["1"], ["2"])
    assert headers == first.output["response"]["headers"]
    assert second.output["response"]["reasonPhrase"] == "OK"


def test_a_stale_response_is_asked_for_again_and_304_is_in_the_trace(
    httptask_tasks: TaskRunner,
) -> None:
    def tagged(request: ReceivedRequest) -> Reply:
        lines = [("ETag", '"v1"'), ("Cache-Control", "no-cache")]
        if request.header("If-None-Match") == '"v1"':
            return Reply(304, [("Date", formatdate(usegmt=True)), *lines, ("X-New", "yes")])
        return dated(*lines)

    with LoopbackServer({"/": tagged}) as server:
        results = [httptask_tasks.run(inputs(server.url)) for _ in range(3)]
    assert [body(result) for result in results] == ["ana"] * 3
    assert [statuses(result) for result in results] == [[200], [304], [304]]
    assert results[1].output["response"]["statusCode"] == 200
    assert results[1].output["response"]["headers"]["X-New"] == ["yes"]
    assert results[1].trace is not None
    assert results[1].trace.notes[0].text == "uses the stored response that still counts (304)"


def test_a_changed_response_takes_the_place_of_the_stored_one(httptask_tasks: TaskRunner) -> None:
    values = iter(["one", "two"])

    def changing(_: ReceivedRequest) -> Reply:
        value = next(values)
        return dated(("ETag", f'"{value}"'), ("Cache-Control", "no-cache"), value=value)

    with LoopbackServer({"/": changing}) as server:
        assert [body(httptask_tasks.run(inputs(server.url))) for _ in range(2)] == ["one", "two"]


def test_vary_keeps_responses_apart(httptask_tasks: TaskRunner) -> None:
    def by_language(request: ReceivedRequest) -> Reply:
        lines = [("Vary", "Accept-Language"), ("Cache-Control", "max-age=60")]
        return dated(*lines, value=request.header("Accept-Language"))

    with LoopbackServer({"/": by_language}) as server:
        found = [
            body(httptask_tasks.run(inputs(server.url, headers={"Accept-Language": language})))
            for language in ("de", "en", "de", "en")
        ]
    assert found == ["de", "en", "de", "en"]
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("method", "reply", "more"),
    [
        ("GET", [("Cache-Control", "no-store")], {}),
        ("GET", [("Cache-Control", "max-age=60"), ("Vary", "*")], {}),
        ("GET", [("Cache-Control", "max-age=60"), ("Set-Cookie", "a=b")], {}),
        ("GET", [("Cache-Control", "max-age=60"), ("Age", "61")], {}),
        ("GET", [("Cache-Control", "max-age=60")], {"body": {"query": "all"}}),
        ("GET", [("Cache-Control", "max-age=60")], {"headers": {"Range": "bytes=0-1"}}),
        ("GET", [("Cache-Control", "max-age=60")], {"auth": {"type": "bearer", "token": CANARY}}),
        ("GET", [("Cache-Control", "max-age=60")], {"headers": {"Authorization": CANARY}}),
        ("POST", [("Cache-Control", "max-age=60")], {}),
        ("GET", [], {}),
    ],
)
def test_what_is_not_stored(
    httptask_tasks: TaskRunner, method: str, reply: list[tuple[str, str]], more: dict[str, Any]
) -> None:
    with LoopbackServer({"/": lambda _: dated(*reply)}) as server:
        for _ in range(2):
            body(httptask_tasks.run(inputs(server.url, method, **more)))
    assert len(server.requests) == 2


def test_a_response_ages_though_it_has_no_date(httptask_tasks: TaskRunner) -> None:
    lines = [("Cache-Control", "max-age=60"), ("Age", "20")]
    with LoopbackServer({"/": lambda _: json_reply("ana", headers=lines)}) as server:
        httptask_tasks.run(inputs(server.url))
        headers = httptask_tasks.run(inputs(server.url)).output["response"]["headers"]
    made = parsedate_to_datetime(headers["Date"][0]).timestamp()
    assert 0 <= time.time() - made - int(headers["Age"][0]) < SOON
    assert int(headers["Age"][0]) >= 20
    assert len(server.requests) == 1


def test_a_failure_is_not_the_response_to_the_next_attempt(httptask_tasks: TaskRunner) -> None:
    replies = iter(
        [dated(("Cache-Control", "max-age=60"), status=each) for each in (429, 503, 200)]
    )
    retry = {"maxAttempts": 3, "initialDelayMs": 0}
    with LoopbackServer({"/": lambda _: next(replies)}) as server:
        assert body(httptask_tasks.run(inputs(server.url, retry=retry))) == "ana"


def test_a_change_makes_what_is_stored_void(httptask_tasks: TaskRunner) -> None:
    with LoopbackServer({"/": fresh}) as server:
        for method in ("GET", "DELETE", "GET"):
            httptask_tasks.run(inputs(server.url, method))
    assert [request.method for request in server.requests] == ["GET", "DELETE", "GET"]


def test_other_credentials_have_responses_of_their_own(httptask_tasks: TaskRunner) -> None:
    def whose(request: ReceivedRequest) -> Reply:
        lines = [("Cache-Control", "private, max-age=60"), ("Set-Cookie", "seen=1")]
        return dated(*lines, value=request.header("Authorization")[-3:])

    def run(token: str, **options: Any) -> Any:
        auth = {"type": "bearer", "token": token}
        cache = {"storeSecrets": True, **options}
        return body(httptask_tasks.run(inputs(server.url, auth=auth, cache=cache)))

    with LoopbackServer({"/": whose}) as server:
        for token in ("token-of-ana", "token-of-ben") * 2:
            assert run(token) == token[-3:]
        assert len(server.requests) == 2
        run("token-of-ana", identity="everybody")
        run("token-of-ben", identity="everybody")
    assert len(server.requests) == 3


def test_no_credential_is_in_the_file(
    httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", CANARY)
    more = {
        "headers": {"X-Own-Key": "${workflow.secrets.KEY}"},
        "query": {"key": "${workflow.secrets.KEY}"},
        "cache": {"storeSecrets": True},
    }
    reply = [("Cache-Control", "max-age=60"), ("Vary", "X-Own-Key")]
    with LoopbackServer({"/": lambda _: dated(*reply)}) as server:
        for _ in range(2):
            assert body(httptask_tasks.run(inputs(server.url, **more))) == "ana"
    assert len(server.requests) == 1
    files = list(httptask_tasks.settings.data.glob("cache.sqlite3*"))
    assert files
    for path in files:
        assert path.stat().st_mode & 0o077 == 0
        assert CANARY.encode() not in path.read_bytes()


def test_a_dry_run_uses_nothing_that_is_stored(httptask_tasks: TaskRunner) -> None:
    with LoopbackServer({"/": fresh}) as server:
        httptask_tasks.run(inputs(server.url))
        result = httptask_tasks.run(inputs(server.url), stop_after="authorize")
    assert result.trace is not None
    assert result.trace.would_send is not None


def test_files_and_head_are_stored(httptask_tasks: TaskRunner) -> None:
    data = os.urandom(300_000)
    lines = [("Content-Type", "image/png"), ("Cache-Control", "max-age=60")]
    lines.append(("Date", formatdate(usegmt=True)))
    with LoopbackServer({"/": lambda _: Reply(200, lines, data)}) as server:
        files = [body(httptask_tasks.run(inputs(server.url))) for _ in range(2)]
        for _ in range(2):
            httptask_tasks.run(inputs(server.url, "HEAD"))
    assert files[0] == files[1]
    assert files[0]["size"] == len(data)
    assert [request.method for request in server.requests] == ["GET", "HEAD"]


def test_a_body_that_breaks_off_is_not_stored(httptask_tasks: TaskRunner) -> None:
    lines = [("Cache-Control", "max-age=60"), ("Content-Length", "100")]
    with LoopbackServer({"/": lambda _: Reply(200, lines, b"{")}) as server:
        for _ in range(2):
            assert httptask_tasks.run(inputs(server.url)).status == "FAILED"
    assert len(server.requests) == 2


def test_a_file_that_cannot_be_used_costs_the_cache_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data" / "cache.sqlite3").mkdir(parents=True)
    with LoopbackServer({"/": fresh}) as server, TaskRunner(tmp_path) as tasks:
        result = tasks.run(inputs(server.url))
        assert body(result) == "ana"
    assert result.trace is not None
    assert "goes on without the cache" in result.trace.notes[0].text


def test_the_extra_is_named_where_it_is_missing(
    httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "httptask.builtin.cache.lookup", raising=False)
    monkeypatch.setitem(sys.modules, "hishel", None)
    result = httptask_tasks.run(inputs("http://127.0.0.1:1/"))
    assert result.error is not None
    assert result.error.code == "extra_missing"
    assert "httptask[cache]" in result.error.hint


WORKING = """
import sys
from pathlib import Path
from httptask.testing.tasks import TaskRunner

with TaskRunner(Path(sys.argv[1])) as tasks:
    number = 0
    while True:
        uri = f"{sys.argv[2]}/{number % 50}"
        request = {"uri": uri, "method": "GET"}
        result = tasks.run({"http_request": request, "httptask": {"cache": {}}})
        assert result.status == "COMPLETED", result.reason
        assert result.output["response"]["body"]["id"] == str(number % 50)
        number += 1
        print(number, flush=True)
"""


def test_processes_share_it_and_survive_each_other(tmp_path: Path) -> None:
    def item(request: ReceivedRequest) -> Reply:
        value = {"id": request.path[1:], "text": "x" * 200_000}
        return dated(("Cache-Control", "max-age=1"), value=value)

    command = [sys.executable, "-c", WORKING, str(tmp_path)]
    with LoopbackServer({"/": item}) as server:
        for _ in range(3):
            children = [
                subprocess.Popen([*command, server.url], stdout=subprocess.PIPE, text=True)
                for _ in range(2)
            ]
            for child in children:
                assert child.stdout is not None
                for _ in range(30):
                    assert child.stdout.readline()
                os.kill(child.pid, signal.SIGKILL)
                child.communicate()
        with TaskRunner(tmp_path) as tasks:
            for number in range(50):
                result = tasks.run(inputs(f"{server.url}/{number}"))
                assert body(result)["id"] == str(number)
    with sqlite3.connect(tmp_path / "data" / "cache.sqlite3") as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    db.close()


FORKED = """
import os, sys, threading
from pathlib import Path
from httptask.testing.tasks import TaskRunner

stop = threading.Event()

def run(tasks, number):
    request = {"uri": f"{sys.argv[2]}/{number % 7}", "method": "GET"}
    result = tasks.run({"http_request": request, "httptask": {"cache": {}}})
    assert result.status == "COMPLETED", result.reason

def work():
    number = 0
    while not stop.wait(0.01):
        run(tasks, number)
        number += 1

with TaskRunner(Path(sys.argv[1])) as tasks:
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        child = os.fork()
        if not child:
            for number in range(3):
                run(tasks, number)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
    stop.set()
    for thread in threads:
        thread.join()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_child_forked_while_it_is_used_has_files_of_its_own(tmp_path: Path) -> None:
    with LoopbackServer({"/": fresh}) as server:
        script = [sys.executable, "-c", FORKED, str(tmp_path), server.url]
        subprocess.run(script, timeout=90, check=True)


def test_it_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("httptask.builtin.cache.store.MAX_SIZE", 2_000_000)
    monkeypatch.setattr("httptask.builtin.cache.store.MAX_RESPONSE", 300_000)
    sizes = {"large": 400_000}

    def item(request: ReceivedRequest) -> Reply:
        text = "x" * sizes.get(request.path[1:], 100_000)
        return dated(("Cache-Control", "max-age=60"), value=text)

    with LoopbackServer({"/": item}) as server, TaskRunner(tmp_path) as tasks:
        for path in ("large", "large", *map(str, range(40))):
            body(tasks.run(inputs(f"{server.url}/{path}")))
        assert len(server.requests) == 42
    assert sum(path.stat().st_size for path in (tmp_path / "data").glob("cache*")) < 8_000_000


def test_a_storage_is_made_readable_by_its_owner_alone(tmp_path: Path) -> None:
    storage = open_storage(tmp_path)
    try:
        storage.get_entries("key")
        files = list(tmp_path.glob("cache.sqlite3*"))
        assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    finally:
        storage.close()

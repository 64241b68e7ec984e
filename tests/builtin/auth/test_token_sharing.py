"""Tokens are shared by threads and processes; whoever is killed costs others no more than a lease.

Each process is this file, started with the token endpoint, a folder and a number of threads.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from httptask.testing.tasks import TaskRunner

LEASE = 3.1
"""Seconds: the time-outs of the task below, and two."""


def inputs(url: str, **auth: Any) -> dict[str, Any]:
    request = {"uri": f"{url}/api", "method": "GET", "connectionTimeOut": 100, "readTimeOut": 1000}
    base = {"type": "oauth2", "grant": "client_credentials", "clientId": "reports"}
    secret = {"clientSecret": "the-client's secret+of%20reports:yes"}
    return {
        "http_request": request,
        "httptask": {"auth": {**base, **secret, "tokenUrl": f"{url}/token", **auth}},
    }


def main(url: str, folder: str, threads: int, auth: dict[str, Any]) -> None:
    """Call once in each thread; print how each call ended."""
    with TaskRunner(Path(folder)) as tasks:
        ends: list[str] = []
        calls = [
            threading.Thread(target=lambda: ends.append(_end(tasks, url, auth)))
            for _ in range(threads)
        ]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
    print(json.dumps(ends), flush=True)


def _end(tasks: TaskRunner, url: str, auth: dict[str, Any]) -> str:
    result = tasks.run(inputs(url, **auth))
    return f"{result.error.code}: {result.reason}" if result.error else str(result.status)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), json.loads(sys.argv[4]))
    sys.exit()


from oauth_server import Failing, OAuthServer  # noqa: E402 - a process needs no server
from soon import LATE, SOON  # noqa: E402

from httptask.builtin.auth.token_store import TokenStore  # noqa: E402
from httptask.errors import CredentialsError  # noqa: E402
from httptask.testing import Reply  # noqa: E402


@pytest.fixture
def oauth() -> Iterator[OAuthServer]:
    server = OAuthServer()
    with server.server:
        yield server


def start(oauth: OAuthServer, folder: Path, threads: int, **auth: Any) -> subprocess.Popen[str]:
    arguments = [__file__, oauth.url, str(folder), str(threads), json.dumps(auth)]
    return subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)


def ends(processes: list[subprocess.Popen[str]]) -> list[str]:
    return [end for each in processes for end in json.loads(each.communicate(timeout=60)[0])]


def test_one_call_for_all_threads_and_processes(oauth: OAuthServer, tmp_path: Path) -> None:
    oauth.state.delay = 0.2
    for calls in (1, 2):
        found = ends([start(oauth, tmp_path, 4) for _ in range(3)])
        assert found == ["COMPLETED"] * 12
        assert len(oauth.token_calls) == calls
        oauth.revoke()  # the next ones all meet a 401 with the same token


def test_a_rotating_token_is_used_once_whoever_needs_it(oauth: OAuthServer, tmp_path: Path) -> None:
    first = oauth.grant_refresh()
    for _ in range(3):
        more = {"grant": "refresh_token", "refreshToken": first}
        assert ends([start(oauth, tmp_path, 4, **more) for _ in range(2)]) == ["COMPLETED"] * 8
        oauth.revoke()
    sent = [parse_qs(call.text)["refresh_token"][0] for call in oauth.token_calls]
    assert len(sent) == len(set(sent)) == 3


def test_all_who_wait_are_told_of_one_failure(oauth: OAuthServer, tmp_path: Path) -> None:
    late = Reply(400, (), b'{"error": "invalid_scope"}', delay=0.4)
    oauth.state.failing = [Failing(late, 100)]
    with TaskRunner(tmp_path) as tasks:
        found: list[str] = []
        threads = [
            threading.Thread(target=lambda: found.append(_end(tasks, oauth.url, {})))
            for _ in range(20)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [each.partition(":")[0] for each in found] == ["token_refused"] * 20
        assert len(oauth.token_calls) == 1
        assert _end(tasks, oauth.url, {}).startswith("token_refused")
        assert len(oauth.token_calls) == 2


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_holder_costs_its_lease(oauth: OAuthServer, tmp_path: Path) -> None:
    oauth.state.delay = 0.45
    holder = start(oauth, tmp_path, 1)
    oauth.server.wait_for(1, 60)
    began = time.monotonic()
    os.kill(holder.pid, signal.SIGKILL)
    holder.communicate()
    oauth.state.delay = 0.0
    with TaskRunner(tmp_path) as tasks:
        assert _end(tasks, oauth.url, {}) == "COMPLETED"
    assert time.monotonic() - began < LEASE + SOON
    assert len(oauth.token_calls) == 2


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("rotates", [False, True])
def test_a_process_killed_in_a_renewal(oauth: OAuthServer, tmp_path: Path, rotates: bool) -> None:
    """The refresh token that is kept is tried once more; where it is used up, that is told."""
    oauth.rotates = rotates
    more = {"grant": "refresh_token", "refreshToken": oauth.grant_refresh()}
    with TaskRunner(tmp_path) as tasks:
        assert _end(tasks, oauth.url, more) == "COMPLETED"
        oauth.revoke()
        oauth.state.delay = 0.45
        holder = start(oauth, tmp_path, 1, **more)
        oauth.server.wait_for(4, 60)  # the call for the first token, the API, the API, the renewal
        assert len(oauth.token_calls) == 2
        began = time.monotonic()
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
        oauth.state.delay = 0.0
        oauth.revoke()  # what the killed one was given
        end = _end(tasks, oauth.url, more)
        assert end.partition(":")[0] == ("credentials_lost" if rotates else "COMPLETED")
        assert time.monotonic() - began < LEASE + SOON
    renewals = [parse_qs(call.text)["refresh_token"][0] for call in oauth.token_calls[1:]]
    assert len(set(renewals[:2])) == 1
    assert len(renewals) == (3 if rotates else 2)


def test_a_holder_that_gives_up_costs_nothing(oauth: OAuthServer, tmp_path: Path) -> None:
    oauth.state.delay = 5.0
    with TaskRunner(tmp_path) as tasks:
        task = inputs(oauth.url)
        task["http_request"]["readTimeOut"] = LATE * 1000  # and so the lease would last
        task["httptask"]["deadlineMs"] = 200
        assert tasks.run(task).error.code == "deadline_exceeded"
        oauth.state.delay = 0.0
        began = time.monotonic()
        assert _end(tasks, oauth.url, {}) == "COMPLETED"
    assert time.monotonic() - began < SOON


def test_waiting_ends_with_the_deadline(oauth: OAuthServer, tmp_path: Path) -> None:
    oauth.state.delay = 0.45
    holder = start(oauth, tmp_path, 1)
    oauth.server.wait_for(1, 60)
    with TaskRunner(tmp_path) as tasks:
        task = inputs(oauth.url)
        task["httptask"]["deadlineMs"] = 100
        error = tasks.run(task).error
    assert error is not None
    assert error.code == "deadline_exceeded"
    assert ends([holder]) == ["COMPLETED"]
    assert len(oauth.token_calls) == 1


def test_a_file_that_many_make_at_once(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def use(folder: Path, gate: threading.Barrier) -> None:
        gate.wait()
        try:
            TokenStore(folder).take("one", "holder", 0.0, 1.0, "")
        except CredentialsError as error:
            failures.append(error)

    for number in range(20):
        folder, gate = tmp_path / str(number), threading.Barrier(8)
        threads = [threading.Thread(target=use, args=(folder, gate)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []


FORKED_WHILE_WRITING = """
import os, sys, threading
from pathlib import Path
from httptask.builtin.auth.token_store import Token, TokenStore

store, stop = TokenStore(Path(sys.argv[1])), threading.Event()

def write(identity):
    while not stop.is_set():
        store.put(identity, Token("access"), 1.0)

threads = [threading.Thread(target=write, args=(str(number),)) for number in range(4)]
for thread in threads:
    thread.start()
for _ in range(20):
    child = os.fork()
    if not child:
        store.put("child", Token("childs"), 1.0)
        os._exit(0 if store.read("child").token.access == "childs" else 1)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
for thread in threads:
    thread.join()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_child_forked_while_tokens_are_written_can_use_them(tmp_path: Path) -> None:
    script = [sys.executable, "-c", FORKED_WHILE_WRITING, str(tmp_path)]
    subprocess.run(script, timeout=60, check=True)

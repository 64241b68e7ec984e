"""Limits are kept by all threads and processes of a machine together, whoever is killed.

Each process is this file, started with the tasks' inputs, a folder and a number of threads.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from httptask.builtin.limits.locked_file import LockedFile
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner
from httptask.testing.wire import ReceivedRequest


def main(inputs: Mapping[str, Any], folder: str, threads: int) -> None:
    """Call once in each thread; print how each call ended."""
    with TaskRunner(Path(folder)) as tasks:
        ends: list[str] = []
        calls = [
            threading.Thread(target=lambda: ends.append(tasks.run(inputs).reason or "COMPLETED"))
            for _ in range(threads)
        ]
        for call in calls:
            call.start()
        for call in calls:
            call.join()
    print(json.dumps(ends), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
    sys.exit()


def started(inputs: Mapping[str, Any], folder: Path, threads: int) -> subprocess.Popen[str]:
    command = [sys.executable, __file__, json.dumps(inputs), str(folder), str(threads)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def ended(child: subprocess.Popen[str]) -> list[str]:
    out, _ = child.communicate(timeout=90)
    found: list[str] = json.loads(out)
    return found


def inputs(url: str, **limits: Any) -> dict[str, Any]:
    request = {"uri": f"{url}/api", "method": "GET", "readTimeOut": 20_000}
    return {"http_request": request, "httptask": {"limits": limits}}


class Windows:
    """A rate limit of so many requests in a period; what is beyond it gets 429.

    Attributes:
        refused: requests beyond it.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit, self._seconds = limit, seconds
        self._lock = threading.Lock()
        self._ends, self._left = 0.0, 0
        self.refused = 0

    def __call__(self, request: ReceivedRequest) -> Reply:
        with self._lock:
            now = time.monotonic()
            if now >= self._ends:
                self._ends, self._left = now + self._seconds, self._limit
            refused = not self._left
            self.refused += refused
            self._left -= not refused
            resets, left = self._ends - now, self._left
        headers = [
            ("RateLimit-Limit", str(self._limit)),
            ("RateLimit-Remaining", str(left)),
            ("RateLimit-Reset", f"{resets:.3f}"),
        ]
        return json_reply({}, 429 if refused else 200, headers)


class InFlight:
    """Counts the calls that are under way at a time.

    Attributes:
        most: the most of them so far.
        reached: set when so many calls have come.
    """

    def __init__(self, seconds: float, wanted: int = 0) -> None:
        self._seconds, self._wanted = seconds, wanted
        self._lock, self._now = threading.Lock(), 0
        self.most, self.reached = 0, threading.Event()

    def __call__(self, request: ReceivedRequest) -> Reply:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            self._wanted -= 1
            if self._wanted <= 0:
                self.reached.set()
        time.sleep(self._seconds)
        with self._lock:
            self._now -= 1
        return json_reply({})


def test_processes_keep_to_one_budget(tmp_path: Path) -> None:
    service = Windows(10, 1.0)
    with LoopbackServer({"/api": service}) as server:
        children = [started(inputs(server.url), tmp_path, 10) for _ in range(3)]
        ends = [end for child in children for end in ended(child)]
    assert ends == ["COMPLETED"] * 30
    assert service.refused == 0


def test_processes_keep_to_one_number_of_calls(tmp_path: Path) -> None:
    service = InFlight(0.05)
    with LoopbackServer({"/api": service}) as server:
        wanted = inputs(server.url, concurrency=3, budget=False)
        children = [started(wanted, tmp_path, 8) for _ in range(3)]
        ends = [end for child in children for end in ended(child)]
    assert ends == ["COMPLETED"] * 24
    assert service.most == 3


def test_a_killed_holder_gives_up_its_slots(tmp_path: Path) -> None:
    stuck = InFlight(60.0, wanted=2)
    with LoopbackServer({"/api": stuck}) as server:
        child = started(inputs(server.url, concurrency=2), tmp_path, 2)
        assert stuck.reached.wait(60)
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    with LoopbackServer({"/api": lambda _: json_reply({})}, port=server.port) as again:
        began = time.monotonic()
        with TaskRunner(tmp_path) as tasks:
            assert tasks.run(inputs(again.url, concurrency=2)).status == "COMPLETED"
    assert time.monotonic() - began < 30.0


def test_a_process_that_is_killed_while_it_notes_a_budget_costs_nothing(tmp_path: Path) -> None:
    service = Windows(1000, 60.0)
    with LoopbackServer({"/api": service}) as server:
        for _ in range(3):
            child = started(inputs(server.url), tmp_path, 200)
            server.wait_for(len(server.requests) + 20, 30)
            os.kill(child.pid, signal.SIGKILL)
            child.communicate()
        assert ended(started(inputs(server.url), tmp_path, 5)) == ["COMPLETED"] * 5


def test_a_damaged_budget_is_repaired(tmp_path: Path) -> None:
    with LoopbackServer({"/": lambda _: json_reply(1)}) as server, TaskRunner(tmp_path) as tasks:
        tasks.run(inputs(server.url, budget=True))
        (path,) = (tmp_path / "data" / "limits").glob("*.budget")
        whole = len(path.read_bytes())
        path.write_bytes(b"x" * 3 * whole)
        assert tasks.run(inputs(server.url, budget=True)).status == "COMPLETED"
    assert len(path.read_bytes()) == whole
    assert json.loads(path.read_bytes())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_forked_child_keeps_no_slot(tmp_path: Path) -> None:
    held = LockedFile.taken(tmp_path / "slot")
    ready, proceed = os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        held.release()
        os.write(ready[1], b"1")
        os.read(proceed[0], 1)
        os._exit(0)
    os.read(ready[0], 1)
    with pytest.raises(BlockingIOError):
        LockedFile.taken(tmp_path / "slot")  # the child's release was not ours
    held.release()
    LockedFile.taken(tmp_path / "slot").release()  # while the child still runs
    os.write(proceed[1], b"1")
    os.waitpid(child, 0)


FORKED_WHILE_NOTING = """
import os, sys, threading
from pathlib import Path
from httptask.builtin.limits.store import LimitStore

store, stop = LimitStore(Path(sys.argv[1])), threading.Event()

def changed():
    try:
        return store.change("key", lambda budget: budget.take(1.0) or True)
    except BlockingIOError:
        return False

def change():
    while not stop.is_set():
        changed()

threads = [threading.Thread(target=change) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(30):
    child = os.fork()
    if not child:
        while not changed():
            pass
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
stop.set()
for thread in threads:
    thread.join()
assert changed()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_child_forked_while_budgets_are_changed_can_use_them(tmp_path: Path) -> None:
    script = [sys.executable, "-c", FORKED_WHILE_NOTING, str(tmp_path)]
    subprocess.run(script, timeout=60, check=True)

"""Long-running operations in the worker: the server keeps the time, and nothing is held open."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from working import working

from httptask.engines.conductor.client import ServerSettings
from httptask.engines.conductor.service import WorkerOptions
from httptask.testing import LoopbackServer, Reply, json_reply

CALLBACK = 0.4
"""Seconds that stand for ``callbackAfterSeconds``: the worker has let go of the task by then."""


class Conductor:
    """Hands a task over again when a worker says that it goes on later, as a server does.

    Attributes:
        queues: tasks that wait, by queue.
        updates: what workers said.
    """

    def __init__(self) -> None:
        self.queues: dict[str, list[dict[str, Any]]] = {"HTTP@stub": [], "HTTP_POLL": []}
        self.updates: list[dict[str, Any]] = []
        self.tasks: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def add(self, queue: str, task_id: str, inputs: dict[str, Any]) -> None:
        kind = "HTTP_POLL" if queue == "HTTP_POLL" else "HTTP"
        self.tasks[task_id] = {
            "queue": queue,
            "taskId": task_id,
            "workflowInstanceId": "w1",
            "referenceTaskName": "call",
            "taskDefName": "call",
            "inputData": inputs,
            "pollCount": 0,
            "workflowTask": {"type": kind, "inputParameters": inputs},
        }
        self.queues[queue].append(self.tasks[task_id])

    def routes(self) -> dict[str, Any]:
        return {
            "GET /api/tasks/poll/batch/": self._poll,
            "GET /api/tasks/": lambda request: json_reply({"status": "IN_PROGRESS"}),
            "POST /api/tasks": self._update,
        }

    def final(self) -> list[dict[str, Any]]:
        return [each for each in self.updates if each["status"] != "IN_PROGRESS"]

    def _poll(self, request: Any) -> Reply:
        queue = self.queues[request.path.rpartition("/")[2].replace("%40", "@")]
        with self._lock:
            given, queue[:] = list(queue), []
            for task in given:
                task["pollCount"] += 1
        return json_reply(given)

    def _update(self, request: Any) -> Reply:
        update = request.json()
        self.updates.append(update)
        task = self.tasks[update["taskId"]]
        if update["status"] == "IN_PROGRESS":
            task["outputData"] = update["outputData"]
            again = self.queues[task["queue"]].append
            threading.Timer(CALLBACK, again, [task]).start()
        return Reply(200, (), b"ok")


@pytest.fixture
def server() -> Conductor:
    return Conductor()


@pytest.fixture
def work(server: Conductor, httptask_loopback: Any, tmp_path: Path) -> Callable[..., Any]:
    """Run a worker on the stand-in."""
    address = httptask_loopback(server.routes()).url

    @contextmanager
    def running(data: str = "data") -> Iterator[None]:
        options = WorkerOptions(
            ServerSettings(address),
            namespace="stub",
            threads=2,
            data=tmp_path / data,
            allow_hosts=("127.0.0.1",),
        )
        with working(options):
            yield

    return running


@pytest.fixture
def operation(httptask_server: LoopbackServer) -> LoopbackServer:
    """Return a service whose operation ends at its third poll."""
    polls: list[int] = []

    def work(request: Any) -> Reply:
        if request.method == "POST":
            return Reply(202, (("Location", "/work"), ("Retry-After", "7")))
        polls.append(1)
        return json_reply({"n": len(polls)}, 202 if len(polls) < 3 else 200)

    httptask_server.route("/work", work)
    return httptask_server


def _inputs(server: LoopbackServer, method: str = "POST", **more: Any) -> dict[str, Any]:
    request = {"uri": f"{server.url}/work", "method": method, **more.pop("request", {})}
    return {"http_request": request, **more}


def test_an_operation_is_a_task_that_comes_back(
    server: Conductor, work: Any, operation: LoopbackServer, until: Any
) -> None:
    server.add("HTTP@stub", "t1", _inputs(operation, httptask={"poll": {"interval": 2.5}}))
    with work():
        until(server.final)
    (ended,) = server.final()
    assert (ended["status"], ended["outputData"]["response"]["body"]) == ("COMPLETED", {"n": 3})
    assert "httptask" not in ended["outputData"]
    waits = [each["callbackAfterSeconds"] for each in server.updates]
    assert waits == [7, 3, 3, 0]
    assert [each.method for each in operation.requests] == ["POST", "GET", "GET", "GET"]


def test_another_worker_goes_on_with_it(
    server: Conductor, work: Any, operation: LoopbackServer, until: Any
) -> None:
    """What a part kept travels with the task: no worker has to be the same."""
    server.add("HTTP@stub", "t1", _inputs(operation, httptask={"poll": {}}))
    for data in ("one", "two", "three", "four"):
        seen = len(server.updates)
        with work(data):
            until(lambda seen=seen: len(server.updates) > seen)
        if server.final():
            break
    assert server.final()[0]["status"] == "COMPLETED"
    assert [each.method for each in operation.requests].count("POST") == 1


def test_http_poll_has_a_queue_of_its_own(
    server: Conductor, work: Any, operation: LoopbackServer, until: Any
) -> None:
    polling = {
        "terminationCondition": "$.output.response.body.n == $.input.wanted",
        "pollingInterval": "9",
        "pollingStrategy": "LINEAR_BACKOFF",
    }
    server.add("HTTP_POLL", "t1", _inputs(operation, "GET", request=polling, wanted=3))
    with work():
        until(server.final)
    (ended,) = server.final()
    assert (ended["status"], ended["outputData"]["response"]["body"]) == ("COMPLETED", {"n": 3})
    assert [each["callbackAfterSeconds"] for each in server.updates] == [9, 18, 0]


def test_a_part_that_was_done_is_not_done_again(
    server: Conductor, work: Any, operation: LoopbackServer, until: Any
) -> None:
    """A late copy of an earlier delivery gets what is known; it starts nothing."""
    server.add("HTTP@stub", "t1", _inputs(operation, httptask={"poll": {}}))
    with work():
        until(server.final)
        late = {**server.tasks["t1"], "pollCount": 9}
        late["outputData"] = server.updates[0]["outputData"]

        def is_reported() -> bool:
            """Hand it over until it is taken: at first the worker may not have let go of it."""
            if not server.queues["HTTP@stub"]:
                server.queues["HTTP@stub"].append(dict(late))
            return len(server.final()) >= 2

        until(is_reported)
    assert server.final()[0]["outputData"] == server.final()[1]["outputData"]
    assert len(operation.requests) == 4


def test_a_sign_of_life_leaves_what_was_kept(
    server: Conductor,
    work: Any,
    operation: LoopbackServer,
    until: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Should this worker be lost in a slow poll, another one goes on from what the server has."""
    monkeypatch.setattr("httptask.engines.conductor.lease.FIRST", 0.1)
    release = threading.Event()

    def state(request: Any) -> Reply:
        release.wait(60)
        return json_reply({"done": True})

    operation.route("GET /work", state)
    server.add("HTTP@stub", "t1", _inputs(operation, httptask={"poll": {}}))
    with work():
        until(lambda: len(server.updates) > 1)
        notes = [each["outputData"]["httptask"] for each in server.updates]
        release.set()
        until(server.final)
    assert notes[0]["state"] == "paused"
    assert notes[1] == notes[0]

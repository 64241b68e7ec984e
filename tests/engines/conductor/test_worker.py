"""The worker against a stand-in server: duplicates, lost updates, a stop in the middle."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from soon import LATE, SOON
from working import working

from httptask.engines.conductor.client import ServerSettings
from httptask.engines.conductor.figures import Figures, FiguresServer
from httptask.engines.conductor.service import WorkerOptions, opened_worker
from httptask.engines.conductor.worker import Worker
from httptask.plugins import build_manager
from httptask.testing.handlers import standard_routes
from httptask.testing.replies import AnyReply, RawReply, Reply, json_reply
from httptask.testing.servers import LoopbackServer
from httptask.testing.wire import ReceivedRequest

TEXT = (("Content-Type", "text/plain"),)
JSON = (("Content-Type", "application/json"),)


class Conductor:
    """Hands out tasks and takes results, as a server does; updates fail while ``down``."""

    def __init__(self) -> None:
        self.queue: list[dict[str, Any]] = []
        self.updates: list[dict[str, Any]] = []
        self.stored: dict[str, dict[str, Any]] = {}
        self.down = False
        self.odd: list[Reply] = []
        self._lock = threading.Lock()

    def routes(self) -> dict[str, Any]:
        return {
            "GET /api/tasks/poll/batch/": self._poll,
            "GET /api/tasks/": self._get,
            "POST /api/tasks": self._update,
        }

    def final(self) -> list[dict[str, Any]]:
        return [update for update in self.updates if update["status"] != "IN_PROGRESS"]

    def _poll(self, request: ReceivedRequest) -> AnyReply:
        count = int(request.argument("count"))
        with self._lock:
            if self.odd:
                return self.odd.pop()
            given, self.queue = self.queue[:count], self.queue[count:]
        return json_reply(given)

    def _get(self, request: ReceivedRequest) -> AnyReply:
        task = self.stored.get(request.path.rpartition("/")[2])
        return json_reply(task or {"message": "none"}, 200 if task else 404)

    def _update(self, request: ReceivedRequest) -> AnyReply:
        if self.down:
            return RawReply()
        self.updates.append(request.json())
        return Reply(200, TEXT, b"ok")


@pytest.fixture
def server() -> Conductor:
    return Conductor()


@pytest.fixture
def target(httptask_loopback: Any) -> LoopbackServer:
    made: LoopbackServer = httptask_loopback(standard_routes())
    return made


@pytest.fixture
def work(server: Conductor, httptask_loopback: Any, tmp_path: Path) -> Callable[..., Any]:
    """Run a worker on the stand-in: ``with work() as worker``."""
    address = httptask_loopback(server.routes()).url

    @contextmanager
    def running(grace: float = 5.0, data: str = "data", threads: int = 4) -> Iterator[Worker]:
        options = WorkerOptions(
            ServerSettings(address),
            namespace="stub",
            threads=threads,
            data=tmp_path / data,
            allow_hosts=("127.0.0.1",),
        )
        with working(options, grace) as worker:
            yield worker

    return running


def task(uri: str, task_id: str = "t1", method: str = "GET", **fields: Any) -> dict[str, Any]:
    inputs = {"http_request": {"uri": uri, "method": method, "readTimeOut": 30000}}
    inputs |= fields.pop("inputs", {})
    return {
        "taskId": task_id,
        "workflowInstanceId": "w1",
        "referenceTaskName": "call",
        "taskDefName": "call",
        "inputData": inputs,
        "pollCount": 1,
        "workflowTask": {"inputParameters": inputs, "taskDefinition": {"retryCount": 0}},
        **fields,
    }


def test_a_task_that_is_handed_over_twice_is_executed_once(
    server: Conductor, work: Any, target: LoopbackServer, until: Any
) -> None:
    server.queue += [task(f"{target.url}/echo"), task(f"{target.url}/echo", pollCount=2)]
    with work():
        until(lambda: len(server.final()) >= 1)
        server.queue.append(task(f"{target.url}/echo", pollCount=3))
        until(lambda: len(server.final()) >= 2)
    assert len(target.requests) == 1
    first, second = server.final()[:2]
    assert first["outputData"] == second["outputData"]


def test_a_late_delivery_to_another_process_is_reported_from_the_journal(
    server: Conductor, work: Any, target: LoopbackServer, until: Any
) -> None:
    server.queue.append(task(f"{target.url}/echo", method="POST"))
    with work():
        until(lambda: len(server.final()) == 1)
    server.queue.append(task(f"{target.url}/echo", method="POST", pollCount=2))
    with work():
        until(lambda: len(server.final()) == 2)
    assert len(target.requests) == 1


def test_a_delivery_that_another_machine_began_is_repeated_only_if_it_may_be(
    server: Conductor, work: Any, target: LoopbackServer, until: Any
) -> None:
    keyed = {"httptask": {"idempotencyKey": True}}
    server.queue += [
        task(f"{target.url}/echo/get", "get", pollCount=2),
        task(f"{target.url}/echo/post", "post", "POST", pollCount=2),
        task(f"{target.url}/echo/keyed", "keyed", "POST", pollCount=2, inputs=keyed),
    ]
    with work():
        until(lambda: len(server.final()) == 3)
    results = {update["taskId"]: update for update in server.final()}
    assert results["get"]["status"] == results["keyed"]["status"] == "COMPLETED"
    assert results["post"]["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert "outcome_unknown" in results["post"]["reasonForIncompletion"]
    assert sorted(request.path for request in target.requests) == ["/echo/get", "/echo/keyed"]


def test_a_retry_after_a_silent_attempt_is_not_an_unasked_repetition(
    server: Conductor, work: Any, target: LoopbackServer, until: Any
) -> None:
    server.stored = {"old1": {"status": "TIMED_OUT"}, "old2": {"status": "FAILED"}}
    for number in ("1", "2"):
        fields = {"retryCount": 1, "retriedTaskId": f"old{number}"}
        server.queue.append(task(f"{target.url}/echo", f"new{number}", "POST", **fields))
    with work():
        until(lambda: len(server.final()) == 2)
    results = {update["taskId"]: update["status"] for update in server.final()}
    assert results == {"new1": "FAILED_WITH_TERMINAL_ERROR", "new2": "COMPLETED"}


@pytest.mark.parametrize(
    "reply",
    [
        json_reply({"message": "a maintenance page"}),
        json_reply(["a", "b", "c", "d"]),
        Reply(200, TEXT, b"overloaded"),
        Reply(200, JSON, b"[{"),
        Reply(200, JSON, b'[{"taskId": %s}]' % (b"9" * 5000)),
        Reply(200, JSON, b"[" * 5000 + b"]" * 5000),
    ],
    ids=["object", "texts", "text", "cut", "number", "deep"],
)
def test_a_response_to_a_poll_that_makes_no_sense(
    server: Conductor, work: Any, target: LoopbackServer, until: Any, reply: Reply
) -> None:
    server.odd += [reply] * 2
    with work():
        until(lambda: not server.odd)
        server.queue += [task(f"{target.url}/echo", f"t{number}") for number in range(8)]
        until(lambda: len(server.final()) == 8)


def test_traces_of_successes_are_left_out_while_tasks_queue_up(
    server: Conductor, work: Any, target: LoopbackServer, until: Any
) -> None:
    server.queue.append(task(f"{target.url}/echo", "alone"))
    with work():
        until(lambda: len(server.final()) == 1)
        crowd = [task(f"{target.url}/slow?seconds=0.05", f"t{n}") for n in range(20)]
        server.queue += [task(f"{target.url}/status/418", "fails"), *crowd]
        until(lambda: len(server.final()) == 22, 60)
    logged = {update["taskId"] for update in server.final() if update["logs"]}
    assert {"alone", "fails"} <= logged
    assert len(logged) < 12


def test_a_result_waits_for_the_server(
    server: Conductor, work: Any, target: LoopbackServer, until: Any
) -> None:
    server.queue.append(task(f"{target.url}/echo"))
    server.down = True
    with work():
        target.wait_for(1)
    assert server.updates == []
    server.down = False
    with work():
        until(lambda: len(server.final()) == 1, 60)
    assert server.final()[0]["status"] == "COMPLETED"
    assert len(target.requests) == 1


@pytest.mark.parametrize(("method", "given_back"), [("GET", True), ("POST", False)])
def test_what_is_not_done_in_time_is_given_back(
    server: Conductor,
    work: Any,
    target: LoopbackServer,
    method: str,
    given_back: bool,
) -> None:
    server.queue.append(task(f"{target.url}/slow?seconds={LATE}", method=method))
    began = time.monotonic()
    with work(grace=0.3):
        target.wait_for(1)
    assert time.monotonic() - began < SOON
    (update,) = server.updates
    if given_back:
        assert update["status"] == "IN_PROGRESS"
        assert update["callbackAfterSeconds"] == 0
        assert update["outputData"]["httptask"]["state"] == "returned"
    else:
        assert update["status"] == "FAILED_WITH_TERMINAL_ERROR"
        assert "outcome_unknown" in update["reasonForIncompletion"]


def test_a_task_that_was_given_back_is_begun_by_whoever_gets_it(
    server: Conductor, work: Any, target: LoopbackServer, until: Any
) -> None:
    note = {"httptask": {"state": "returned", "deliveries": 1}}
    again = task(f"{target.url}/echo", method="POST", pollCount=2, outputData=note)
    server.queue.append(again)
    with work(data="elsewhere"):
        until(lambda: len(server.final()) == 1)
    assert server.final()[0]["status"] == "COMPLETED"


def test_a_task_nobody_can_read_is_terminal(
    server: Conductor, work: Any, target: LoopbackServer, until: Any
) -> None:
    server.queue.append(task("", inputs={"http_request": "nothing"}))
    with work():
        until(lambda: len(server.final()) == 1)
    assert server.final()[0]["status"] == "FAILED_WITH_TERMINAL_ERROR"
    assert "http_request" in server.final()[0]["reasonForIncompletion"]


@pytest.mark.parametrize("configured", [False, True])
def test_only_configured_plugins_are_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, configured: bool
) -> None:
    if configured:
        monkeypatch.setenv("HTTPTASK_LOAD_PLUGINS", "a,b")
    asked: list[bool] = []

    def build(_plugins: Any, *, installed: bool, connections: int) -> Any:
        assert connections in {64, 500}
        asked.append(installed)
        return build_manager(installed=False)

    monkeypatch.setattr("httptask.plugins.build_manager", build)
    with opened_worker(WorkerOptions(ServerSettings("http://127.0.0.1:1"), data=tmp_path)):
        assert asked == [configured] * 2  # of the worker, and of its client


def test_figures_and_readiness(httptask_loopback: Any) -> None:
    figures = Figures()
    figures.tasks.labels("COMPLETED").inc()
    shown = FiguresServer(figures, "127.0.0.1", 0)
    try:
        assert not figures.is_ready()
        figures.last_poll.set(time.time())
        assert figures.is_ready()
        assert b'httptask_tasks_total{status="COMPLETED"} 1.0' in figures.text()
        assert shown.port > 0
    finally:
        shown.close()


def test_a_worker_that_is_full_says_so(
    server: Conductor,
    work: Any,
    target: LoopbackServer,
    until: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("httptask.engines.conductor.worker.FULL_SECONDS", 0.3)
    monkeypatch.setattr("httptask.engines.conductor.worker.HOUSEKEEPING_SECONDS", 0.1)
    server.queue += [task(f"{target.url}/slow?seconds=2", f"t{number}") for number in range(12)]
    with work():
        until(lambda: "threads have been busy" in caplog.text)
        until(lambda: len(server.final()) == 12)
    assert caplog.text.count("all 4 threads have been busy") == 1


def test_as_many_calls_are_under_way_as_there_are_threads(
    server: Conductor, work: Any, httptask_loopback: Any, until: Any
) -> None:
    came, leave = threading.Barrier(301), threading.Event()

    def slow(_: ReceivedRequest) -> Reply:
        came.wait(60)
        leave.wait(60)
        return json_reply({})

    url = httptask_loopback({"/slow": slow}).url
    server.queue += [task(f"{url}/slow", f"t{number}") for number in range(300)]
    with work(threads=2000):
        came.wait(60)
        leave.set()
        until(lambda: len(server.final()) == 300)
    assert {each["status"] for each in server.final()} == {"COMPLETED"}

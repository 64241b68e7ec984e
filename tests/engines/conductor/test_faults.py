"""What breaks while calls are under way: the worker, the server, the target."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from real_server import SECRETS, free_port
from worker_process import port_of

from httptask.engines.conductor.start import start, wait
from httptask.testing.handlers import standard_routes
from httptask.testing.replies import Reply, json_reply
from httptask.testing.servers import LoopbackServer
from httptask.testing.wire import ReceivedRequest


class Held:
    """Responds to the first request only when it is told to, the others at once."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self._first = threading.Lock()

    def __call__(self, request: ReceivedRequest) -> Reply:
        if self._first.acquire(blocking=False):
            self.go.wait(60)
        return json_reply({"key": request.header("Idempotency-Key")})


@pytest.fixture
def target(httptask_loopback: Any) -> Iterator[LoopbackServer]:
    held = Held()
    server: LoopbackServer = httptask_loopback({**standard_routes(), "/held": held})
    yield server
    held.go.set()


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_worker_killed_in_a_call(
    bench: Any, target: LoopbackServer, http_task: Any, spawn: Any, repeatable: bool
) -> None:
    options = {"httptask": {"idempotencyKey": True}} if repeatable else {}
    request = {"readTimeOut": 60000}
    name = bench.deployed(
        http_task("call", f"{target.url}/held", "POST", request=request, **options)
    )
    first = spawn()
    port_of(first)
    run_id = start(bench.client, name)
    target.wait_for(1, 60)
    first.send_signal(signal.SIGKILL)
    first.wait()
    port_of(spawn())
    run = wait(bench.client, run_id, timeout=60)
    (task,) = run["tasks"]
    if repeatable:
        assert run["status"] == "COMPLETED"
        keys = [request.header("Idempotency-Key") for request in target.requests]
        assert len(keys) == 2
        assert len(set(keys)) == 1
    else:
        assert task["status"] == "FAILED_WITH_TERMINAL_ERROR"
        assert "outcome_unknown" in task["reasonForIncompletion"]
        assert len(target.requests) == 1


def test_another_worker_takes_over_when_one_is_gone(
    bench: Any, target: LoopbackServer, http_task: Any, spawn: Any, tmp_path: Path, until: Any
) -> None:
    name = bench.deployed(
        http_task(
            "call",
            f"{target.url}/held",
            request={"readTimeOut": 60000},
            task={"taskDefinition": {"name": "x", "retryCount": 0, "responseTimeoutSeconds": 6}},
        )
    )
    first = spawn(tmp_path / "one")
    port_of(first)
    run_id = start(bench.client, name)
    target.wait_for(1, 60)

    def gave_a_sign_of_life() -> bool:
        (task,) = bench.client.get(f"/workflow/{run_id}")["tasks"]
        return "httptask" in task["outputData"]

    until(gave_a_sign_of_life)
    first.kill()
    first.wait()
    port_of(spawn(tmp_path / "two"))
    run = wait(bench.client, run_id, timeout=60)
    assert run["status"] == "COMPLETED"
    assert len(target.requests) == 2


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_a_stopped_worker_finishes_what_it_holds(
    bench: Any, target: LoopbackServer, http_task: Any, spawn: Any
) -> None:
    name = bench.deployed(http_task("call", f"{target.url}/slow?seconds=1.5"))
    child = spawn()
    port_of(child)
    run_id = start(bench.client, name)
    target.wait_for(1, 60)
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 0
    run = wait(bench.client, run_id, timeout=60)
    assert run["status"] == "COMPLETED"
    assert len(target.requests) == 1


def test_two_processes_share_the_work_and_the_figures(
    bench: Any, target: LoopbackServer, http_task: Any, spawn: Any, until: Any
) -> None:
    name = bench.deployed(http_task("call", f"{target.url}/slow?seconds=0.3"))
    child = spawn(processes=2)
    port = port_of(child)
    until(lambda: _get(port, "/ready").startswith("HTTP/1.0 200"), 60)
    ids = [start(bench.client, name) for _ in range(12)]
    runs = [wait(bench.client, run_id, timeout=60) for run_id in ids]
    assert {run["status"] for run in runs} == {"COMPLETED"}
    assert len(target.requests) == 12
    assert 'httptask_tasks_total{status="COMPLETED"} 12.0' in _get(port, "/metrics")
    child.send_signal(signal.SIGTERM)
    assert child.wait(60) == 0


def _get(port: int, path: str) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
        sock.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return b"".join(iter(lambda: sock.recv(65536), b"")).decode()


def test_a_target_that_is_down_for_a_while(
    bench: Any, http_task: Any, httptask_loopback: Any, until: Any
) -> None:
    port = free_port()
    retried = {"name": "x", "retryCount": 60, "retryDelaySeconds": 1}
    call = http_task(
        "call", f"http://127.0.0.1:{port}/echo", "POST", task={"taskDefinition": retried}
    )
    with bench.worker():
        run_id = start(bench.client, bench.deployed(call))
        until(lambda: len(bench.client.get(f"/workflow/{run_id}")["tasks"]) > 3, 60)
        server = httptask_loopback(standard_routes(), port=port)
        run = wait(bench.client, run_id, timeout=60)
    assert run["status"] == "COMPLETED"
    assert run["tasks"][0]["status"] == "FAILED"
    assert len(server.requests) == 1


@pytest.mark.timeout(600)
def test_a_worker_takes_the_plain_queue_over(
    bench_without_builtin: Any, http_task: Any, target: LoopbackServer
) -> None:
    own = bench_without_builtin(None)
    secret = {"headers": {"X-Key": "${workflow.secrets.TOK}"}}
    branches = [[http_task(ref, f"{target.url}/echo/{ref}", request=secret)] for ref in "ab"]
    fork = {"name": "fork", "taskReferenceName": "fork", "type": "FORK_JOIN"}
    join = {"name": "join", "taskReferenceName": "join", "type": "JOIN", "joinOn": ["a", "b"]}
    name = own.deployed({**fork, "forkTasks": branches}, join)
    assert "executionNameSpace" not in str(own.client.get(f"/metadata/workflow/{name}"))
    with own.worker():
        run = own.run(name)
    assert run["status"] == "COMPLETED"
    assert [task["taskType"] for task in run["tasks"]] == ["FORK", "HTTP", "HTTP", "JOIN"]
    assert {request.header("X-Key") for request in target.requests} == {SECRETS["TOK"]}
    assert {one.header("User-Agent")[:9] for one in target.requests} == {"httptask/"}
    assert SECRETS["TOK"] not in str(run)


@pytest.mark.timeout(600)
def test_nothing_is_lost_when_the_server_is_killed(
    bench_without_builtin: Any, http_task: Any, target: LoopbackServer
) -> None:
    own = bench_without_builtin("killed")
    calls = [http_task(f"c{n}", f"{target.url}/slow?seconds=1", "POST") for n in range(2)]
    name = own.deployed(*calls)
    with own.worker(threads=8):
        ids = [start(own.client, name) for _ in range(20)]
        target.wait_for(8, 60)
        own.server.kill()
        _sleep(2.0)
        own.server.again()
        runs = [wait(own.client, run_id, timeout=100) for run_id in ids]
    assert {run["status"] for run in runs} == {"COMPLETED"}
    assert len(target.requests) == 40

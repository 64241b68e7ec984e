"""A worker on the real server, for the tests of this folder."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from real_server import RealServer, free_port, started_server
from waiting import wait_until
from worker_process import WORKER
from working import working

from httptask.definition.loader import load_workflow
from httptask.engines.conductor.client import ConductorClient
from httptask.engines.conductor.deploy import deploy
from httptask.engines.conductor.service import WorkerOptions
from httptask.engines.conductor.start import start, wait
from httptask.engines.conductor.worker import Worker

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Bench:
    """A namespace of its own on the real server.

    Attributes:
        server: the server.
        client: a client of it.
        namespace: the namespace; None is the plain queue.
        data: folder of the worker.
    """

    server: RealServer
    client: ConductorClient
    namespace: str | None
    data: Path

    def options(self, **changes: Any) -> WorkerOptions:
        """Return the options of a worker here."""
        given: dict[str, Any] = {
            "namespace": self.namespace,
            "threads": 4,
            "data": self.data,
            "allow_hosts": ("127.0.0.1",),
            "grace": 5.0,
        }
        return WorkerOptions(self.server.settings, **given | changes)

    @contextmanager
    def worker(self, **changes: Any) -> Iterator[Worker]:
        """Run a worker in a thread."""
        options = self.options(**changes)
        with working(options, options.grace) as worker:
            yield worker

    def deployed(self, *tasks: Mapping[str, Any], **fields: Any) -> str:
        """Deploy a workflow of these tasks; return its name."""
        name = f"{self.namespace}_{next(_numbers)}"
        document = {"name": name, "version": 1, "tasks": list(tasks), **fields}
        deploy(self.client, load_workflow(document), namespace=self.namespace)
        return name

    def run(self, name: str, inputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run a workflow to its end."""
        return wait(self.client, start(self.client, name, inputs), timeout=60)


@pytest.fixture
def bench(conductor: RealServer, tmp_path: Path) -> Iterator[Bench]:
    """A namespace of its own on the real server."""
    client = conductor.client()
    yield Bench(conductor, client, f"t{next(_numbers)}", tmp_path / "worker")
    client.close()


@pytest.fixture(scope="session")
def server_without_builtin(conductor: RealServer, shared: Path) -> Iterator[RealServer]:
    """A real server that leaves tasks of type HTTP to workers: it lacks the built-in task's jar."""
    del conductor  # the same needs, which it has checked
    script = shared / "conductor" / "start-conductor.sh"
    with started_server(script, free_port(), HTTP="worker") as server:
        yield server


@pytest.fixture
def bench_without_builtin(
    server_without_builtin: RealServer, tmp_path: Path
) -> Iterator[Callable[[str | None], Bench]]:
    """Work on that server: ``bench_without_builtin(namespace)``."""
    client = server_without_builtin.client()
    yield lambda name: Bench(server_without_builtin, client, name, tmp_path / "worker")
    client.close()


@pytest.fixture
def http_task() -> Callable[..., dict[str, Any]]:
    """Build a workflow task: ``http_task(ref, uri, method, httptask={...}, task={...})``."""

    def make(ref: str, uri: str, method: str = "GET", **parts: Any) -> dict[str, Any]:
        request = {"uri": uri, "method": method, **parts.get("request", {})}
        inputs: dict[str, Any] = {"http_request": request}
        if "httptask" in parts:
            inputs["httptask"] = parts["httptask"]
        number = next(_numbers)
        task = {"name": f"{ref}_{number}", "taskReferenceName": ref, "type": "HTTP"}
        return {**task, "inputParameters": inputs, **parts.get("task", {})}

    return make


@pytest.fixture
def until() -> Callable[..., None]:
    """Wait for a condition: ``until(lambda: ..., seconds)``."""
    return wait_until


@pytest.fixture
def spawn(bench: Any) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a worker of its own process; the first line it prints is its figures' port."""
    children: list[subprocess.Popen[str]] = []

    def started(data: Path | None = None, processes: int = 1) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", WORKER, bench.server.url, bench.namespace]
        child = subprocess.Popen(
            [*command, str(data or bench.data), str(processes)], stdout=subprocess.PIPE, text=True
        )
        children.append(child)
        return child

    yield started
    for child in children:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()

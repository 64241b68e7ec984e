"""The large runs on a real server: a kill with many tasks in flight, and many workflows.

    python benchmarks/conductor_large.py [--script PATH] [--flight N] [--workflows N] [--workers N]

Starts a server of its own with the reference material's script. First ``--flight`` tasks are under
way when the server is killed; it comes back on the same store, and every workflow has to complete,
with each call made once. Then ``--workflows`` workflows run with ``--workers`` worker processes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from httptask.definition.loader import load_workflow
from httptask.engines.conductor.client import ConductorClient, ServerSettings
from httptask.engines.conductor.deploy import deploy
from httptask.engines.conductor.start import start, wait
from httptask.testing.handlers import standard_routes
from httptask.testing.servers import LoopbackServer

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT.parent / "shared" / "conductor" / "start-conductor.sh"
FOLDER = Path(tempfile.gettempdir(), "conductor-server")
WORKER = """
import logging, sys
from pathlib import Path
from httptask.engines.conductor.client import ServerSettings
from httptask.engines.conductor.service import WorkerOptions, run_worker
logging.basicConfig(level=logging.ERROR)
url, threads, processes, data = sys.argv[1:]
run_worker(WorkerOptions(ServerSettings(url), namespace="large", threads=int(threads),
    processes=int(processes), data=Path(data), allow_hosts=("127.0.0.1",), log_level=40),
    ready=lambda port: print("ready", flush=True))
"""


@contextmanager
def server(script: Path, port: int) -> Iterator[str]:
    environment = {**os.environ, "PORT": str(port), "CONDUCTOR_DIR": str(FOLDER)}
    subprocess.run(["bash", str(script), "start"], env=environment, check=True)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        subprocess.run(["bash", str(script), "stop"], env=environment, check=True)


@contextmanager
def workers(url: str, threads: int, processes: int) -> Iterator[None]:
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-c", WORKER, url, str(threads), str(processes), data]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        try:
            yield
        finally:
            child.terminate()
            child.wait()
            child.stdout.close()


def deployed(client: ConductorClient, name: str, uri: str) -> str:
    inputs = {"http_request": {"uri": uri, "method": "POST", "readTimeOut": 60000}}
    task = {"name": f"{name}_call", "taskReferenceName": "call", "type": "HTTP"}
    document = {"name": name, "version": 1, "tasks": [{**task, "inputParameters": inputs}]}
    deploy(client, load_workflow(document), namespace="large")
    return name


def kill_and_restart(port: int) -> float:
    pid_file = FOLDER / f"server-{port}.pid"
    pid = int(pid_file.read_text())
    line = Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    os.kill(pid, signal.SIGKILL)
    began = time.perf_counter()
    time.sleep(2)
    with (FOLDER / f"run-{port}" / "again.log").open("wb") as log:
        child = subprocess.Popen(line, cwd=FOLDER / f"run-{port}", stdout=log, stderr=log)
    pid_file.write_text(str(child.pid))
    client = ConductorClient(ServerSettings(f"http://127.0.0.1:{port}"), attempts=1)
    while True:
        try:
            client.get("/metadata/taskdefs", timeout=2)
        except Exception:  # noqa: BLE001 - whatever it is, it is not up yet
            time.sleep(0.5)
        else:
            return time.perf_counter() - began


def in_flight(url: str, port: int, target: LoopbackServer, tasks: int) -> dict[str, Any]:
    client = ConductorClient(ServerSettings(url))
    name = deployed(client, "large_flight", f"{target.url}/slow?seconds=8")
    with workers(url, tasks, 1):
        ids = [start(client, name) for _ in range(tasks)]
        began = time.perf_counter()
        while len(target.requests) < tasks and time.perf_counter() - began < 7:
            time.sleep(0.05)
        calling = len(target.requests)
        down = kill_and_restart(port)
        runs = [wait(client, run_id, timeout=240) for run_id in ids]
    return {
        "started": tasks,
        "in_flight_at_kill": calling,
        "down_s": round(down, 1),
        "outcomes": Counter(run["status"] for run in runs),
        "calls": len(target.requests),
    }


def many(url: str, target: LoopbackServer, count: int, processes: int) -> dict[str, Any]:
    client = ConductorClient(ServerSettings(url))
    name = deployed(client, "large_many", f"{target.url}/echo")
    target.forget()
    with workers(url, 8, processes):
        began = time.perf_counter()
        ids = [start(client, name) for _ in range(count)]
        runs = [wait(client, run_id, timeout=300) for run_id in ids]
        took = time.perf_counter() - began
    return {
        "workflows": count,
        "workers": processes,
        "seconds": round(took, 1),
        "tasks_s": round(count / took, 1),
        "outcomes": Counter(run["status"] for run in runs),
        "calls": len(target.requests),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--script", type=Path, default=SCRIPT)
    parser.add_argument("--flight", type=int, default=200)
    parser.add_argument("--workflows", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=4)
    options = parser.parse_args()
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    with LoopbackServer(standard_routes()) as target, server(options.script, port) as url:
        print(json.dumps({"kill": in_flight(url, port, target, options.flight)}), flush=True)
        result = many(url, target, options.workflows, options.workers)
        print(json.dumps({"many": result}), flush=True)
    assert threading.active_count() < 50


if __name__ == "__main__":
    main()

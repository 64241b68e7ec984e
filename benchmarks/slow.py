"""Slow calls on a real server: our worker against the built-in HTTP task, and what each call takes.

    python benchmarks/slow.py [--server URL] [--threads N] [--calls N] [--builtin N] [--seconds S]

Needs a running server (../shared/conductor/start-conductor.sh). Workflows of one task, whose call
takes some seconds, are executed by the built-in task, and by a worker in a process of its own that
finds them all in its queue. Tasks per second are of the time from the first call to the end of the
last workflow. The target counts how many calls are under way: at the most of them, what each adds
to the worker's memory is measured. Prints a line of JSON for each side, and the ratio.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from httptask.definition.loader import load_workflow
from httptask.engines.conductor.client import ConductorClient, ServerSettings
from httptask.engines.conductor.deploy import deploy
from httptask.engines.conductor.start import start

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
PAGE = os.sysconf("SC_PAGE_SIZE")


def serve(pipe: Connection, seconds: float) -> None:
    """Respond to each request after some seconds; say how many are under way, when asked."""
    now = most = 0

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal now, most
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                now += 1
                most = max(most, now)
                await asyncio.sleep(seconds)
                now -= 1
                writer.write(RESPONSE)
        except asyncio.IncompleteReadError:
            writer.close()

    async def main() -> None:
        nonlocal most
        server = await asyncio.start_server(respond, "127.0.0.1", 0, backlog=4000)
        pipe.send(server.sockets[0].getsockname()[1])
        while True:
            await asyncio.sleep(0.02)
            while pipe.poll():
                pipe.recv()
                pipe.send((now, most))
                most = now

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main())


class Target:
    """The service that is slow, in a process of its own."""

    def __init__(self, seconds: float) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        multiprocessing.Process(target=serve, args=(theirs, seconds), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._pipe.recv()}/"

    def under_way(self) -> tuple[int, int]:
        """Return how many calls are under way, and the most since it was asked last."""
        self._pipe.send(None)
        found: tuple[int, int] = self._pipe.recv()
        return found


def definition(name: str, uri: str) -> dict[str, Any]:
    request = {"uri": uri, "method": "GET", "readTimeOut": 60_000}
    task = {"name": f"{name}_get", "taskReferenceName": "call", "type": "HTTP"}
    return {
        "name": name,
        "version": 1,
        "schemaVersion": 2,
        "ownerEmail": "bench@example.com",
        "tasks": [{**task, "inputParameters": {"http_request": request}}],
    }


@contextmanager
def worker(server: str, threads: int) -> Iterator[int]:
    """Start a worker; give its process id."""
    with TemporaryDirectory() as data:
        command = [sys.executable, "-m", "httptask", "worker", "--server", server, "--json", "-q"]
        command += ["--namespace", "slow", "--allow-host", "127.0.0.1", "--data", data]
        command += ["--threads", str(threads)] if threads else []
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        try:
            yield child.pid
        finally:
            child.terminate()
            child.wait()


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


class Memory:
    """Watches the memory of a process while calls are under way."""

    def __init__(self, pid: int, target: Target) -> None:
        self._pid, self._target, self._stop = pid, target, threading.Event()
        self._before, self.most, self.each = resident(pid), 0, 0.0
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.1):
            now, most = self._target.under_way()
            self.most = max(self.most, most)
            if now and now == self.most:
                self.each = (resident(self._pid) - self._before) / now / 1024

    def stop(self) -> dict[str, float]:
        """Watch no more; return what was seen."""
        self._stop.set()
        self._thread.join()
        return {"most_under_way": self.most, "each_KiB": round(self.each, 1)}


def started(client: ConductorClient, name: str, calls: int) -> list[str]:
    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(lambda _: start(client, name), range(calls)))


def finished(client: ConductorClient, name: str, ids: list[str]) -> dict[str, float]:
    """Wait for workflows; times are the server's own, and it is asked for little while they run."""
    while client.get(f"/workflow/running/{name}"):
        time.sleep(0.5)
    found = [client.get(f"/workflow/{each}", includeTasks="true") for each in ids]
    assert all(one["status"] == "COMPLETED" for one in found), found
    began = min(one["tasks"][0]["startTime"] for one in found)
    seconds = (max(one["endTime"] for one in found) - began) / 1000
    calls = len(ids)
    return {"calls": calls, "seconds": round(seconds, 1), "per_s": round(calls / seconds, 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--server", default="http://127.0.0.1:8080")
    parser.add_argument("--threads", type=int, default=1000, help="0: the worker's own default")
    parser.add_argument("--calls", type=int, default=4000)
    parser.add_argument("--builtin", type=int, default=100, help="calls of the built-in task")
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    target, client = Target(options.seconds), ConductorClient(ServerSettings(options.server))
    mine = load_workflow(definition("slow_worker", target.url))
    deploy(client, mine, namespace="slow")
    client.put("/metadata/workflow", [definition("slow_builtin", target.url)])
    theirs = finished(client, "slow_builtin", started(client, "slow_builtin", options.builtin))
    print(json.dumps({"side": "builtin", **theirs}), flush=True)
    ids = started(client, "slow_worker", options.calls)
    with worker(options.server, options.threads) as pid:
        memory = Memory(pid, target)
        ours = finished(client, "slow_worker", ids)
        print(json.dumps({"side": "worker", **ours, **memory.stop()}), flush=True)
    print(json.dumps({"worker / builtin": round(ours["per_s"] / theirs["per_s"], 1)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Many runs: in flight at once, continued, listed.

    python benchmarks/many.py [--in-flight N] [--unfinished N] [--listed N]

In flight: so many runs in one process, each with a call that takes 5 s; what each adds to the
process' memory while all calls are under way. The server runs in another process. Continued: runs
that an engine left waiting, which another continues once they have been completed; their calls
are made without a network. Listed: ``Engine.list`` of all runs.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httptask
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.loader import load_workflow
from httptask.definition.workflow import WorkflowDef
from httptask.engines.embedded import Engine
from httptask.engines.embedded.serve import Service

SECONDS = 5
PAGE = os.sysconf("SC_PAGE_SIZE")
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def serve(ready: Connection) -> None:
    """Respond to each request after some seconds; say how many came as each one comes."""
    came = 0

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal came
        await reader.readuntil(b"\r\n\r\n")
        came += 1
        ready.send(came)
        await asyncio.sleep(SECONDS)
        writer.write(RESPONSE)
        await writer.drain()
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(respond, "127.0.0.1", 0, backlog=2000)
        ready.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def task(kind: str, ref: str, **inputs: Any) -> dict[str, Any]:
    return {"name": ref, "taskReferenceName": ref, "type": kind, "inputParameters": inputs}


def call(uri: str, ref: str = "call") -> dict[str, Any]:
    return task("HTTP", ref, http_request={"uri": uri, "method": "GET", "readTimeOut": 60_000})


def workflow(*tasks: dict[str, Any]) -> dict[str, Any]:
    return {"name": "many", "version": 1, "schemaVersion": 2, "tasks": list(tasks)}


def model(*tasks: dict[str, Any]) -> WorkflowDef:
    return load_workflow(workflow(*tasks)).require()


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def in_flight(number: int, folder: Path) -> None:
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    definition = workflow(call(f"http://127.0.0.1:{mine.recv()}/"))
    settings = httptask.Settings.from_environment(allow_hosts=["127.0.0.1"], data=folder)
    with httptask.Engine.open(settings=settings) as engine:
        engine.run(definition)
        mine.recv()
        before, began = resident(), time.perf_counter()
        handles = [engine.start(definition) for _ in range(number)]
        while mine.recv() <= number:
            pass
        each = (resident() - before) / number / 1024
        assert all(handle.result(120)["status"] == "COMPLETED" for handle in handles)
        seconds = time.perf_counter() - began
    server.terminate()
    print(
        f"{number:,} calls of {SECONDS} s in flight: {each:.0f} KiB each, done in {seconds:.1f} s"
    )


def engine_in(folder: Path) -> Engine:
    def step(*_: Any) -> TaskResult:
        return TaskResult(TaskStatus.COMPLETED, {"response": {"body": {"id": 7}}})

    return Engine.open(folder / "runs", step, files=folder / "files", env={})


def continued(number: int, folder: Path) -> None:
    definition = model(
        call("http://target/"), task("HUMAN", "human"), call("http://target/", "last")
    )
    with engine_in(folder) as engine:
        for each in range(number):
            engine.run(definition, workflow_id=f"r{each}", detached=True)
            engine.complete(f"r{each}", "human")
    done, stop = [], threading.Event()

    def told(document: Any) -> None:
        done.append(document["status"])
        if len(done) == number:
            stop.set()

    with engine_in(folder) as engine:
        seconds, processor = timed(lambda: Service(engine, told).run(stop))
    assert set(done) == {"COMPLETED"}
    print(f"{number:,} unfinished runs continued: {seconds:.1f} s, {processor:.1f} s CPU")


def listed(number: int, folder: Path) -> None:
    definition = model(task("NOOP", "n"))
    with engine_in(folder) as engine:
        for _ in range(number):
            engine.run(definition)
    with engine_in(folder) as engine:
        found: list[Any] = []
        seconds, processor = timed(lambda: found.extend(engine.list(limit=-1)))
    assert len(found) == number
    print(f"{number:,} runs listed: {seconds:.2f} s, {processor:.2f} s CPU")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--in-flight", type=int, default=1_000)
    parser.add_argument("--unfinished", type=int, default=1_000)
    parser.add_argument("--listed", type=int, default=10_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        in_flight(asked.in_flight, Path(folder) / "in_flight")
        continued(asked.unfinished, Path(folder) / "continued")
        listed(asked.listed, Path(folder) / "listed")
    return 0


if __name__ == "__main__":
    sys.exit(main())

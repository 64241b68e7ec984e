"""The whole task against a bare ``requests.Session.request``, on loopback.

    python benchmarks/task.py [--rounds N] [--calls N] [--json]

A POST of 2 KB that is answered with 1 KB: ten expressions, both JSON Schemas checked, two outputs
mapped. Rounds of the contestants are interleaved; the figures are medians. The server has a
processor of its own, where there are two, and does not sleep on it: how long the kernel takes to
wake a server is no matter of the client's, and moves the same code's figures by a quarter. With
--asleep it does sleep. Processor time is this process's own; the clock also has the server's time,
and whatever else the machine does.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import select
import socket
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests

from httptask.core.execution import Execution
from httptask.expressions import Context
from httptask.hooks.task import PreparedTask
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings

GOAL = 0.5
ANSWER = json.dumps({"id": 7, "items": [{"n": n, "text": "x" * 60} for n in range(12)]}).encode()
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(ANSWER),
    ANSWER,
)


def serve(ready: Connection, asleep: bool) -> None:
    """Answer every request as fast as Python can, asleep in between or not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        ready.send(listener.getsockname()[1])
        peers: dict[socket.socket, bytes] = {}
        while True:
            if asleep:
                select.select([listener, *peers], [], [])
            with suppress(BlockingIOError):
                sock, _ = listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setblocking(False)
                peers[sock] = b""
            for sock, waiting in peers.items():
                with suppress(BlockingIOError):
                    peers[sock] = answered(sock, waiting + sock.recv(65536))


def answered(sock: socket.socket, data: bytes) -> bytes:
    """Answer a request that has arrived whole; return what is left."""
    head, mark, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    if not mark or len(body) < length:
        return data
    sock.sendall(RESPONSE)
    return body[length:]


def field(name: str) -> dict[str, Any]:
    return {"type": "string", "maxLength": 4000, "description": name}


BODY = {f"field{n}": f"${{workflow.input.field{n}}}" for n in range(8)}
REQUEST_SCHEMA = {
    "type": "object",
    "properties": {name: field(name) for name in BODY},
    "required": list(BODY),
    "additionalProperties": False,
}
RESPONSE_SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "items": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"n": {"type": "integer"}, "text": {"type": "string"}},
                "required": ["n", "text"],
            },
        },
    },
    "required": ["id", "items"],
}
VALUES = {f"field{n}": "y" * 240 for n in range(8)}


def whole_task(url: str, folder: Path) -> Callable[[], Any]:
    inputs = {
        "http_request": {
            "uri": f"{url}/things",
            "method": "POST",
            "headers": {"X-Trace": "${workflow.workflowId}"},
            "body": BODY,
        },
        "httptask": {
            "query": {"page": "${workflow.input.page}"},
            "requestSchema": REQUEST_SCHEMA,
            "responseSchema": RESPONSE_SCHEMA,
            "output": {"id": "$.response.body.id", "text": "$.response.body.items[3].text"},
        },
    }
    pipeline = Pipeline(build_manager(installed=False))
    settings = Settings.from_environment(data=folder, author=True)
    task = PreparedTask.of(inputs, ref="call")
    context = Context.build(input={**VALUES, "page": 2}, workflow={"workflowId": "w1"})
    execution = Execution.fresh("call")

    def run() -> None:
        result = pipeline.run(settings.call(task, context, execution))
        assert result.output["id"] == 7, result.reason

    return run


def bare_session(url: str) -> Callable[[], Any]:
    session = requests.Session()
    payload = {"json": VALUES, "headers": {"X-Trace": "w1"}, "params": {"page": 2}}

    def run() -> None:
        response = session.request("POST", f"{url}/things", timeout=(3, 3), **payload)
        assert response.json()["id"] == 7

    return run


def adapter_only(url: str) -> Callable[[], Any]:
    """The transport that the task stands on: a prepared request straight through an adapter."""
    adapter = requests.adapters.HTTPAdapter()
    prepared = requests.Request("POST", f"{url}/things?page=2", json=VALUES).prepare()

    def run() -> None:
        response = adapter.send(prepared, stream=True, timeout=(3, 3))
        assert json.loads(response.raw.read(decode_content=True))["id"] == 7

    return run


CLOCKS = {"cpu": time.process_time, "wall": time.perf_counter}
Figures = dict[str, dict[str, float]]


def measure(contestants: dict[str, Callable[[], Any]], rounds: int, calls: int) -> Figures:
    """Return the median microseconds of one call, by clock and contestant."""
    taken: dict[str, dict[str, list[float]]] = {
        clock: {name: [] for name in contestants} for clock in CLOCKS
    }
    for number in range(rounds + 1):
        for name, run in contestants.items():
            began = {clock: read() for clock, read in CLOCKS.items()}
            for _ in range(calls):
                run()
            for clock, read in CLOCKS.items():
                if number:  # the first round warms up
                    taken[clock][name].append((read() - began[clock]) / calls * 1e6)
    return {
        clock: {name: statistics.median(times) for name, times in each.items()}
        for clock, each in taken.items()
    }


def processors() -> list[set[int]]:
    """Return the processors for this process and for the server; none where there is but one."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    found = sorted(os.sched_getaffinity(0))
    return [{found[0]}, {found[1]}] if len(found) > 1 else []


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--calls", type=int, default=50)
    parser.add_argument("--asleep", action="store_true", help="a server that sleeps")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args()
    mine, theirs = multiprocessing.Pipe()
    places = processors()
    server = multiprocessing.Process(target=serve, args=(theirs, asked.asleep or not places))
    server.start()
    assert server.pid is not None
    for pid, place in zip((0, server.pid), places, strict=False):
        os.sched_setaffinity(pid, place)
    url = f"http://127.0.0.1:{mine.recv()}"
    with tempfile.TemporaryDirectory() as folder:
        contestants = {
            "Session.request": bare_session(url),
            "adapter only": adapter_only(url),
            "whole task": whole_task(url, Path(folder)),
        }
        found = measure(contestants, asked.rounds, asked.calls)
    server.terminate()
    ratio = {clock: each["whole task"] / each["Session.request"] for clock, each in found.items()}
    if asked.json:
        print(json.dumps({"microseconds": found, "ratio": ratio, "goal": GOAL}))
        return
    for clock, each in found.items():
        for name, value in each.items():
            print(f"{clock:5} {name:16} {value:8.1f} us  x{value / each['Session.request']:.2f}")
    shown = ", ".join(f"{value:.2f} ({clock})" for clock, value in ratio.items())
    print(f"whole task / Session.request = {shown}; goal <= {GOAL}")


if __name__ == "__main__":
    main()

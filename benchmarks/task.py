"""The whole task against a bare ``requests.Session.request``, on loopback.

    python benchmarks/task.py [--rounds N] [--calls N] [--json]

A POST of 2 KB, with a response of 1 KB: ten expressions, both JSON Schemas checked, two outputs
mapped; the same with ten plugins whose options it does not use, and, where the trace shows layers,
with and without five plugins whose layers pass it through. Rounds of the contestants are
interleaved, in an order of their own each: who comes first after another library runs on cold
caches. The ratio is the median of each round's own, of processor time; goals are for it. The least
time of a round is shown as well.

The server has a processor of its own, where there are two, and does not sleep on it: how long the
kernel takes to wake a server is not the client's doing, and moves the same code's figures by a
quarter. With --asleep it does sleep. Processor time is this process's own; the clock also has the
server's time, and whatever else the machine does.
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import os
import random
import select
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from operator import truediv
from pathlib import Path
from typing import Any

import requests

from httptask.core.execution import Execution
from httptask.core.message import HttpResponse
from httptask.core.tracing import Level
from httptask.definition.field_types import Model
from httptask.expressions import Context
from httptask.hooks import hookimpl
from httptask.hooks.task import CompiledTask
from httptask.hooks.views import Claim, Exchange, SendSigned, SignedRequest
from httptask.pipeline import Pipeline, Recorder
from httptask.plugins import build_manager
from httptask.settings import Settings

GOAL, LAYERS_GOAL, UNUSED_GOAL = 0.40, 0.03, 0.005
BARE, WHOLE = "Session.request", "whole task"
UNUSED = "ten unused plugins"
TRACED, LAYERS = "traced task", "five traced layers"
PAYLOAD = json.dumps({"id": 7, "items": [{"n": n, "text": "x" * 60} for n in range(12)]}).encode()
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(PAYLOAD),
    PAYLOAD,
)


def serve(ready: Connection, asleep: bool) -> None:
    """Respond to every request as fast as Python can, asleep in between or not."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        ready.send(listener.getsockname()[1])
        peers: dict[socket.socket, bytes] = {}
        while True:
            ready = [*peers]
            if asleep:
                ready, _, _ = select.select([listener, *peers], [], [])
            with suppress(BlockingIOError):
                sock, _ = listener.accept()
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.setblocking(False)
                peers[sock] = b""
            for sock in peers.keys() & ready:
                with suppress(BlockingIOError):
                    peers[sock] = served(sock, peers[sock] + sock.recv(65536))


def served(sock: socket.socket, data: bytes) -> bytes:
    """Respond to a request that has arrived whole; return what is left."""
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


class UnusedOptions(Model):
    """Options that the task does not name."""

    limit: int = 1


class PassesOn:
    """A plugin with a layer that passes the request on.

    Args:
        kind: what it claims.
        options: with these it takes part only in tasks that name them.
    """

    def __init__(self, kind: str, options: type[Model] | None = None) -> None:
        self._claim = Claim("observe", kind, "passes on", options=options)

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the kind."""
        return [self._claim]

    @hookimpl
    def httptask_observe(
        self, exchange: Exchange, signed: SignedRequest, send: SendSigned
    ) -> HttpResponse:
        """Pass it on."""
        return send(signed)


FIVE_LAYERS = {f"layer{n}": PassesOn(f"layer{n}") for n in range(5)}
TEN_UNUSED = {f"unused{n}": PassesOn(f"unused{n}", UnusedOptions) for n in range(10)}


def whole_task(
    url: str,
    folder: Path,
    plugins: Mapping[str, object] | None = None,
    level: Level = Level.INFO,
) -> Callable[[], Any]:
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
    pipeline = Pipeline(build_manager(plugins, installed=False))
    settings = Settings.from_environment(data=folder, author=True)
    task = CompiledTask.of(inputs, ref="call")
    context = Context.build(input={**VALUES, "page": 2}, workflow={"workflowId": "w1"})
    execution = Execution.fresh("call")

    def run() -> None:
        call = settings.call(task, context, execution)
        result = pipeline.run(call, Recorder(call.redactor, level))
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
Times = dict[str, dict[str, list[float]]]


def measure(contestants: dict[str, Callable[[], Any]], rounds: int, calls: int) -> Times:
    """Return the microseconds of one call in each round, by clock and contestant."""
    taken: Times = {clock: {name: [] for name in contestants} for clock in CLOCKS}
    shuffled = random.Random(0)
    for number in range(rounds + 1):
        for name, run in shuffled.sample(list(contestants.items()), len(contestants)):
            gc.collect()  # what the one before left behind
            run()  # not counted: the processor's caches hold what the one before needed
            began = {clock: read() for clock, read in CLOCKS.items()}
            for _ in range(calls):
                run()
            for clock, read in CLOCKS.items():
                if number:  # the first round warms up
                    taken[clock][name].append((read() - began[clock]) / calls * 1e6)
    return taken


def figures(taken: dict[str, list[float]]) -> dict[str, dict[str, float]]:
    """Return what is told of each contestant."""
    bare = taken[BARE]
    return {
        name: {
            "median": statistics.median(times),
            "least": min(times),
            "ratio": statistics.median(map(truediv, times, bare)),
            "ratioOfLeast": min(times) / min(bare),
        }
        for name, times in taken.items()
    }


def ratios(taken: dict[str, list[float]]) -> dict[str, tuple[float, float]]:
    """Return what goals are set for, and the goals."""

    def added(name: str, other: str) -> float:
        """Return what a contestant takes beyond another one."""
        rounds = zip(taken[name], taken[other], taken[BARE], strict=True)
        return statistics.median((more - less) / bare for more, less, bare in rounds)

    whole = statistics.median(map(truediv, taken[WHOLE], taken[BARE]))
    return {
        f"{WHOLE} / {BARE}": (whole, GOAL),
        "five traced layers add": (added(LAYERS, TRACED), LAYERS_GOAL),
        "ten unused plugins add": (added(UNUSED, WHOLE), UNUSED_GOAL),
    }


def processors() -> list[set[int]]:
    """Return the processors for this process and for the server; none where there is but one."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    found = sorted(os.sched_getaffinity(0))
    return [{found[0]}, {found[1]}] if len(found) > 1 else []


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=41)
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
            BARE: bare_session(url),
            "adapter only": adapter_only(url),
            WHOLE: whole_task(url, Path(folder)),
            UNUSED: whole_task(url, Path(folder), TEN_UNUSED),
            TRACED: whole_task(url, Path(folder), level=Level.DEBUG),
            LAYERS: whole_task(url, Path(folder), FIVE_LAYERS, Level.DEBUG),
        }
        taken = measure(contestants, asked.rounds, asked.calls)
    server.terminate()
    found = {clock: figures(each) for clock, each in taken.items()}
    judged = {clock: ratios(each) for clock, each in taken.items()}
    if asked.json:
        goals = {name: goal for name, (_, goal) in judged["cpu"].items()}
        shown = {
            clock: {name: value for name, (value, _) in each.items()}
            for clock, each in judged.items()
        }
        print(json.dumps({"microseconds": found, "ratios": shown, "goals": goals}))
        return
    for clock, each in found.items():
        for name, told in each.items():
            print(
                f"{clock:5} {name:18} {told['median']:8.1f} us x{told['ratio']:.3f}, "
                f"least {told['least']:8.1f} us x{told['ratioOfLeast']:.3f}"
            )
    for name, (value, goal) in judged["cpu"].items():
        print(f"{name}: {value:.3f}; goal <= {goal}")


if __name__ == "__main__":
    main()

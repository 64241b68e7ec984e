"""How much memory a task needs to stream 1 GiB, to a stored file and to nowhere.

    python benchmarks/memory.py [--mib N] [--json]

The server runs in another process. Growth is the highest resident size while streaming, less the
size before it; a small response is streamed first, so that code and buffers are there already.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Self

from httptask.core.message import HttpResponse
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, DecodedBody
from httptask.testing import LoopbackServer, standard_routes
from httptask.testing.tasks import TaskRunner

GOAL_MIB = 16.0
MIB = 1 << 20
PAGE = 4096


class Discard:
    """Reads a response and keeps nothing of it."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim a media type of its own."""
        return [Claim("decode_response", "application/x-discard", "reads and forgets")]

    @hookimpl
    def httptask_decode_response(self, response: HttpResponse) -> DecodedBody | None:
        """Count the bytes."""
        if response.headers.get("Content-Type") != "application/x-discard":
            return None
        return DecodedBody(sum(map(len, response.stream)), "json")


def serve(ready: Connection) -> None:
    with LoopbackServer(standard_routes()) as server:
        ready.send(server.url)
        ready.recv()


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


class Highest:
    """Looks at the resident size every few milliseconds."""

    def __init__(self) -> None:
        self.before = self.highest = resident()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.005):
            self.highest = max(self.highest, resident())


def stream(tasks: TaskRunner, url: str, kind: str, mib: int) -> int:
    """Stream once and return the bytes received."""
    uri = f"{url}/big?bytes={mib * MIB}&chunk={MIB}&type={kind}"
    result = tasks.run({"http_request": {"uri": uri, "method": "GET", "readTimeOut": 60_000}})
    body: Any = result.output["response"]["body"]
    assert result.error is None, result.reason
    if isinstance(body, int):
        return body
    Path(body["path"]).unlink()
    return int(body["size"])


def growth(tasks: TaskRunner, url: str, kind: str, mib: int) -> dict[str, float]:
    stream(tasks, url, kind, 32)
    began = time.perf_counter()
    with Highest() as memory:
        assert stream(tasks, url, kind, mib) == mib * MIB
    return {
        "growthMiB": round((memory.highest - memory.before) / MIB, 1),
        "seconds": round(time.perf_counter() - began, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--mib", type=int, default=1024)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args()
    mine, theirs = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    server.start()
    url = mine.recv()
    kinds = {"to a file": "application/octet-stream", "discarded": "application/x-discard"}
    with (
        tempfile.TemporaryDirectory() as folder,
        TaskRunner(Path(folder), {"discard": Discard()}) as tasks,
    ):
        found = {name: growth(tasks, url, kind, asked.mib) for name, kind in kinds.items()}
    mine.send("done")
    server.join()
    met = all(each["growthMiB"] <= GOAL_MIB for each in found.values())
    if asked.json:
        print(json.dumps({"mib": asked.mib, "runs": found, "goalMiB": GOAL_MIB, "met": met}))
        return
    for name, each in found.items():
        print(f"{asked.mib} MiB {name:10} +{each['growthMiB']} MiB in {each['seconds']} s")
    print(f"goal: growth <= {GOAL_MIB} MiB")


if __name__ == "__main__":
    main()

"""What limits, a cache and paging cost a task, in processor time, the network's included.

    python benchmarks/layers.py [--rounds 41] [--calls 40]

Each kind of task runs in turn, round by round, against a service in a process of its own; the
median of the rounds counts, less that of a task without any of them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable
from email.utils import formatdate
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner

PAGES = 10
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ("/plain", {}),
    "limits add": ("/limited", {"limits": {}}),
    "limits with concurrency add": ("/limited", {"limits": {"concurrency": 4}}),
    "a stored response adds": ("/stored", {"cache": {}}),
    "a revalidated response adds": ("/checked", {"cache": {}}),
    f"{PAGES} pages add": ("/pages", {"paging": {"kind": "page", "parameter": "page"}}),
}


def serve(ready: Connection) -> None:
    """Serve until the parent is gone."""
    value = [{"id": number, "name": "x" * 40} for number in range(10)]

    def dated(*lines: tuple[str, str]) -> list[tuple[str, str]]:
        return [("Date", formatdate(usegmt=True)), *lines]

    def checked(request: Any) -> Reply:
        headers = dated(("ETag", '"v1"'), ("Cache-Control", "no-cache"))
        known = request.header("If-None-Match") == '"v1"'
        return Reply(304, headers) if known else json_reply(value, headers=headers)

    def page(request: Any) -> Reply:
        number = int(request.argument("page", "1"))
        items = [{**each, "id": each["id"] + 10 * number} for each in value]
        return json_reply(items if number <= PAGES else [])

    limited = [("RateLimit", '"default";r=1000000;t=3600')]
    stored = dated(("Cache-Control", "max-age=3600"))
    server = LoopbackServer(
        {
            "/plain": lambda request: json_reply(value),
            "/limited": lambda request: json_reply(value, headers=limited),
            "/stored": lambda request: json_reply(value, headers=stored),
            "/checked": checked,
            "/pages": page,
        }
    )
    with server:
        ready.send(server.url)
        ready.recv()


def seconds(work: Callable[[], Any], calls: int) -> float:
    """Return the processor time of one call."""
    began = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - began) / calls


def measured(url: str, rounds: int, calls: int) -> dict[str, float]:
    """Return the median seconds of a task of each kind."""
    times: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with TemporaryDirectory() as folder, TaskRunner(Path(folder)) as tasks:

        def run(kind: str) -> None:
            path, options = KINDS[kind]
            request = {"uri": f"{url}{path}", "method": "GET"}
            result = tasks.run({"http_request": request, "httptask": options})
            assert result.status == "COMPLETED", result.reason

        for kind in KINDS:
            run(kind)
        for _ in range(rounds):
            for kind, found in times.items():
                found.append(seconds(lambda kind=kind: run(kind), calls))  # type: ignore[misc]
    return {kind: statistics.median(found) for kind, found in times.items()}


def main() -> None:
    """Measure, and print what each kind adds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--calls", type=int, default=40)
    given = parser.parse_args()
    here, there = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    child.start()
    try:
        found = measured(here.recv(), given.rounds, given.calls)
    finally:
        here.send(None)
        child.join()
    plain = found.pop("plain")
    print(f"a plain task: {plain * 1e6:.0f} us")
    for kind, took in found.items():
        print(f"{kind}: {(took - plain) * 1e6:.0f} us")


if __name__ == "__main__":
    main()

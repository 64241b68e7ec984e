"""What a run costs beside its call: a cold ``httptask run``, and ``run_workflow``.

    python benchmarks/cold.py [--rounds N]

A cold run of a workflow of one GET is compared with a script that makes the same call with
requests, both new processes, in processor time. ``run_workflow`` is compared with an open engine,
in one process, by the clock. All are measured in turn; the figures are medians, and the ratios
medians of the rounds' ratios. The server runs in another process.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from startup import SCRIPT, seconds
from task import serve

import httptask

GOALS = {"cold": 4.0, "run_workflow": 2.0}
CALLS = 50
PLAIN = "import sys, requests; print(requests.get(sys.argv[1], timeout=(3, 3)).json())"


Pairs = list[tuple[float, float]]


def in_turn(rounds: int, ours: Callable[[], float], theirs: Callable[[], float]) -> Pairs:
    """Return the seconds of both."""
    return [(ours(), theirs()) for _ in range(rounds + 1)][1:]  # the first round warms up


def told(name: str, pairs: Pairs) -> bool:
    """Print the figures; tell whether the goal is reached."""
    ours, theirs = map(statistics.median, zip(*pairs, strict=True))
    ratio = statistics.median(one / other for one, other in pairs)
    goal = GOALS[name]
    print(f"{name}: {ours * 1e3:.1f} ms / {theirs * 1e3:.1f} ms = {ratio:.2f}, goal <= {goal:g}")
    return ratio <= goal


def cold(rounds: int, file: Path, url: str) -> Pairs:
    return in_turn(
        rounds,
        lambda: seconds(sys.executable, str(SCRIPT), "run", "--json", str(file)),
        lambda: seconds(sys.executable, "-c", PLAIN, url),
    )


def run_workflow(rounds: int, file: Path) -> Pairs:
    def calls(run: Callable[..., object]) -> float:
        began = time.perf_counter()
        for _ in range(CALLS):
            run(file)
        return (time.perf_counter() - began) / CALLS

    with httptask.Engine.open() as engine:
        return in_turn(rounds, lambda: calls(httptask.run_workflow), lambda: calls(engine.run))


def workflow(url: str) -> dict[str, object]:
    request = {"uri": url, "method": "GET"}
    task = {"name": "get", "taskReferenceName": "get", "type": "HTTP"}
    tasks = [{**task, "inputParameters": {"http_request": request}}]
    return {"name": "one", "version": 1, "schemaVersion": 2, "tasks": tasks}


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # as where it is installed
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, True))
    server.start()
    url = f"http://127.0.0.1:{mine.recv()}/things"
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.environ["HTTPTASK_DATA"] = folder
            os.environ["HTTPTASK_ALLOW_HOSTS"] = "127.0.0.1"
            file = Path(folder) / "one.json"
            file.write_text(json.dumps(workflow(url)))
            reached = [
                told("cold", cold(rounds, file, url)),
                told("run_workflow", run_workflow(rounds, file)),
            ]
    finally:
        server.terminate()
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())

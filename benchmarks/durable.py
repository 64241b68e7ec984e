"""Durable tasks per second of the embedded engine against a bare ``requests.Session`` loop.

    python benchmarks/durable.py [--rounds N] [--at-once N] [--json]

A workflow of ten GET requests, one after the other, in one process; a bare session makes the same
requests. With ``--at-once`` so many runs, or sessions, go on at once, each in a thread. The engine
stays open, as in a service. Rounds are interleaved; the figures are medians of the clock. The
server runs in another process.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from task import serve

from httptask.definition.loader import load_workflow
from httptask.engines.embedded import Engine
from httptask.engines.step import PipelineStep, compile_tasks
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings

GOAL = 0.83
TASKS = 10


def workflow(url: str) -> dict[str, Any]:
    return {
        "name": "chain",
        "version": 1,
        "schemaVersion": 2,
        "tasks": [
            {
                "name": "get",
                "taskReferenceName": f"t{number}",
                "type": "HTTP",
                "inputParameters": {
                    "http_request": {
                        "uri": f"{url}/things",
                        "method": "GET",
                        "headers": _after(number),
                    }
                },
            }
            for number in range(TASKS)
        ],
    }


def _after(number: int) -> dict[str, str]:
    return {"X-Last": f"${{t{number - 1}.output.response.body.id}}"} if number else {}


@contextmanager
def durable(url: str, folder: Path) -> Iterator[Callable[[], None]]:
    definition = load_workflow(workflow(url)).require()
    settings = Settings.from_environment(data=folder, author=True)
    step = PipelineStep(Pipeline(build_manager()), settings, compile_tasks(definition))
    with Engine.open(folder / "runs", step, files=settings.files) as engine:

        def run() -> None:
            document = engine.run(definition)
            assert document["status"] == "COMPLETED", document

        yield run


def bare(url: str) -> Callable[[], None]:
    session = requests.Session()

    def run() -> None:
        for _ in range(TASKS):
            assert session.get(f"{url}/things", timeout=(3, 3)).json()["id"] == 7

    return run


def at_once(runs: list[Callable[[], None]]) -> Callable[[], None]:
    """Return what runs all of them, each in a thread."""
    if len(runs) == 1:
        return runs[0]

    def together() -> None:
        with ThreadPoolExecutor(len(runs)) as threads:
            for done in [threads.submit(run) for run in runs]:
                done.result()

    return together


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON document")
    asked = parser.parse_args()
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs, True))
    server.start()
    url = f"http://127.0.0.1:{mine.recv()}"
    taken: dict[str, list[float]] = {"bare loop": [], "durable": []}
    try:
        with tempfile.TemporaryDirectory() as folder, durable(url, Path(folder)) as chain:
            contestants = {
                "bare loop": at_once([bare(url) for _ in range(asked.at_once)]),
                "durable": at_once([chain] * asked.at_once),
            }
            for number in range(asked.rounds + 1):
                for name, run in contestants.items():
                    began = time.perf_counter()
                    run()
                    if number:  # the first round warms up
                        taken[name].append(time.perf_counter() - began)
    finally:
        server.terminate()
    made = TASKS * asked.at_once
    speed = {name: made / statistics.median(times) for name, times in taken.items()}
    ratio = speed["durable"] / speed["bare loop"]
    if asked.json:
        print(json.dumps({"tasksPerSecond": speed, "ratio": ratio, "goal": GOAL}))
        return
    for name, value in speed.items():
        print(f"{name:10} {value:7.0f} tasks/s")
    print(f"durable / bare loop = {ratio:.3f}, goal >= {GOAL}")


if __name__ == "__main__":
    main()

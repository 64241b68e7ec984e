"""The last 1,000 of 100,000 steps of one run against the first 1,000, in processor time.

    python benchmarks/long_loop.py [--steps N] [--keep N]

A DO_WHILE over one HTTP task, whose calls are made without a network: what is measured is the
interpreter and the journal. The loop keeps all iterations unless ``--keep`` says otherwise.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.loader import load_workflow
from httptask.definition.workflow import WorkflowDef
from httptask.engines.embedded import Engine

GOAL = 1.2
PART = 1000


def workflow(times: int, keep: int) -> WorkflowDef:
    request = {"uri": "http://target/", "method": "GET"}
    body = {"name": "get", "taskReferenceName": "get", "type": "HTTP"}
    return load_workflow(
        {
            "name": "long",
            "version": 1,
            "schemaVersion": 2,
            "tasks": [
                {
                    "name": "loop",
                    "taskReferenceName": "loop",
                    "type": "DO_WHILE",
                    "inputParameters": {"keepLastN": keep} if keep else {},
                    "loopCondition": f"$.loop['iteration'] < {times}",
                    "loopOver": [{**body, "inputParameters": {"http_request": request}}],
                }
            ],
        }
    ).require()


def measure(steps: int, keep: int) -> tuple[float, float]:
    """Return the seconds of the first and of the last steps; the loop's own task is one."""
    times: list[float] = []

    def step(*_: Any) -> TaskResult:
        times.append(time.process_time())
        return TaskResult(TaskStatus.COMPLETED, {"response": {"body": {"id": 7}}})

    with (
        tempfile.TemporaryDirectory() as folder,
        Engine.open(Path(folder), step, files=Path(folder) / "files", env={}) as engine,
    ):
        engine.run(workflow(PART, keep))  # warms up
        times.clear()
        document = engine.run(workflow(steps - 1, keep))
    assert document["status"] == "COMPLETED", document["reasonForIncompletion"]
    return times[PART] - times[0], times[-1] - times[-1 - PART]


def main() -> int:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--keep", type=int, default=0, help="keepLastN of the loop")
    asked = parser.parse_args()
    first, last = measure(asked.steps, asked.keep)
    print(
        f"{PART:,} of {asked.steps:,} steps: first {first * 1e3:.0f} ms, last {last * 1e3:.0f} ms"
    )
    print(f"last / first = {last / first:.2f}, goal <= {GOAL}")
    return 0 if last / first <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())

"""The runs of the embedded engine: ``of_httptask.py URL FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from timing import tell

import httptask


def flow(url: str, calls: int) -> dict[str, Any]:
    tasks = [
        {
            "name": "get",
            "taskReferenceName": f"call{number}",
            "type": "HTTP",
            "inputParameters": {
                "http_request": {"uri": url, "method": "GET", "readTimeOut": 60000}
            },
        }
        for number in range(calls)
    ]
    return {"name": f"calls{calls}", "version": 1, "schemaVersion": 2, "tasks": tasks}


def main() -> None:
    url, folder = sys.argv[1:]
    settings = httptask.Settings.from_environment(data=Path(folder), author=True)
    with httptask.Engine.open(settings=settings) as engine:

        def run(definition: dict[str, Any]) -> None:
            completed(engine.run(definition))

        def slow(times: int) -> None:
            handles = [engine.start(flow(f"{url}/slow", 1)) for _ in range(times)]
            for handle in handles:
                completed(handle.result())

        tell(lambda: run(flow(url, 1)), lambda: run(flow(url, 10)), slow)


def completed(run: dict[str, Any]) -> None:
    assert run["status"] == "COMPLETED", run


main()

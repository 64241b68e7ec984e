"""A notebook runs an event loop in the thread of its cells: runs go on all the same."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

from httptask.engines.embedded import Engine


def test_a_run_inside_a_running_event_loop(
    engine: Engine, target: Any, build: SimpleNamespace
) -> None:
    """run and resume are plain calls, wherever they are made."""
    workflow = build.workflow(build.http("a"), build.http("b"))

    async def cell() -> tuple[dict[str, Any], dict[str, Any]]:
        first = engine.run(workflow, workflow_id="notebook")
        return first, engine.resume("notebook")

    with ThreadPoolExecutor(1) as notebook:  # this thread may have a loop of another test's
        first, again = notebook.submit(asyncio.run, cell()).result()

    assert first["status"] == again["status"] == "COMPLETED"
    assert target.refs == ["a", "b"]

"""Tasks that pause: each part is a step of its own, and goes on with what was kept."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from httptask.core.result import Pause, TaskResult, TaskStatus
from httptask.engines.embedded import Engine


def test_http_poll_is_executed_in_parts(
    open_engine: Callable[..., Engine], build: SimpleNamespace
) -> None:
    """Its parts are an HTTP task's, which the pipeline polls: see tests/engines/test_polling.py."""
    seen: list[Any] = []

    def step(task: Any, context: Any, execution: Any) -> TaskResult:
        seen.append((task.type, task.input_parameters, execution.part.resume))
        if len(seen) < 3:
            pause = Pause(0.01, {"mayRepeat": True, "n": len(seen)})
            return TaskResult(TaskStatus.IN_PROGRESS, pause=pause)
        return TaskResult(TaskStatus.COMPLETED, {"response": {"body": {"n": len(seen)}}})

    request = {"uri": "http://target/x", "method": "GET", "pollingInterval": "0.5",
               "terminationCondition": "$.output.response.body.n >= 3"}  # fmt: skip
    task = build.task("HTTP_POLL", "p", inputParameters={"http_request": request})
    with open_engine(step) as engine:
        document = engine.run(build.workflow(task))
    assert document["output"] == {"response": {"body": {"n": 3}}}
    assert document["tasks"][0]["pollCount"] == 3
    assert [resume and resume["n"] for _, _, resume in seen] == [None, 1, 2]
    for kind, inputs, _ in seen:
        assert (kind, inputs["http_request"]) == (
            "HTTP",
            {"uri": "http://target/x", "method": "GET"},
        )
        assert (inputs["httptask"]["poll"]["interval"], inputs["httptask"]["poll"]["max"]) == (
            0.5,
            1000,
        )

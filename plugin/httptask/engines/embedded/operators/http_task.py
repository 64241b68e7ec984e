"""HTTP: the pipeline makes the call."""

from __future__ import annotations

from typing import Any

from httptask.engines.embedded.effects import Call
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.operators.attempts import Attempt, run_attempts
from httptask.engines.embedded.program import Step


def run_http(flow: Flow, step: Step) -> None:
    """Make the call; with ``asyncComplete`` somebody else completes the task."""

    def shown(inputs: dict[str, Any]) -> dict[str, Any]:
        dynamic = step.task.dynamic_task_name_param is not None
        return inputs if dynamic else {**inputs, "asyncComplete": step.task.async_complete}

    run_attempts(flow, step, _attempt, shown=shown)


def _attempt(attempt: Attempt) -> None:
    call = Call(attempt.key, attempt.step.task, attempt.context, attempt.execution)
    attempt.apply(attempt.flow.effects.call(call))
    if attempt.entry["status"] == "IN_PROGRESS":
        attempt.wait(merge=True)

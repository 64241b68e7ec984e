"""SIMPLE: a Python function executes it."""

from __future__ import annotations

from typing import Any

from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.functions import FunctionCall, called
from httptask.engines.embedded.operators.attempts import Attempt, run_attempts
from httptask.engines.embedded.program import Step


def run_simple(flow: Flow, step: Step) -> None:
    """Call the function; one that returns IN_PROGRESS is called again, or completed from outside.

    It is called again after ``retry_after`` seconds, where it gives some.
    """
    run_attempts(flow, step, _attempt)


def _attempt(attempt: Attempt) -> None:
    flow, step, entry = attempt.flow, attempt.step, attempt.entry

    def work() -> dict[str, Any]:
        function = flow.run.function(step.task.name)
        call = FunctionCall(step.task.name, attempt.inputs, attempt.execution)
        result = called(function, call)
        return {
            "status": str(result.status),
            "output": dict(result.output),
            "reason": result.reason,
            "retryAfter": result.retry_after,
        }

    calls = 0
    while True:
        key = f"{attempt.key}/call/{calls}" if calls else attempt.key
        attempt.apply(flow.effects.once(key, work, attempt.seconds_left(), timed=True))
        calls += 1
        entry["pollCount"] = calls
        if entry["status"] != "IN_PROGRESS" or attempt.wait(attempt.retry_after or None):
            return

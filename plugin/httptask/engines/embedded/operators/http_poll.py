"""HTTP_POLL: an HTTP task that asks again until a condition on its response holds."""

from __future__ import annotations

from httptask.definition.inputs import as_http
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.operators.attempts import Attempt, run_attempts
from httptask.engines.embedded.operators.http_task import make_call
from httptask.engines.embedded.program import Step


def run_http_poll(flow: Flow, step: Step) -> None:
    """Make the call until ``terminationCondition`` gives true or 1; -1 fails the task."""
    run_attempts(flow, step, _attempt)


def _attempt(attempt: Attempt) -> None:
    task = attempt.step.task
    inputs = as_http(task.input_parameters, attempt.inputs)
    make_call(attempt, task.model_copy(update={"type": "HTTP", "input_parameters": inputs}))

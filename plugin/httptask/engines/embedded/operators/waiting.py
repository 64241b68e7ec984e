"""WAIT and HUMAN."""

from __future__ import annotations

from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.operators.attempts import Attempt, run_attempts
from httptask.engines.embedded.program import Step
from httptask.engines.embedded.times import WaitError, seconds_until, wait_seconds

FOREVER = 2**31 - 1


def run_wait(flow: Flow, step: Step) -> None:
    """Wait for a while, until a time, or for a completion from outside."""
    run_attempts(flow, step, _wait)


def run_human(flow: Flow, step: Step) -> None:
    """Wait for a completion from outside."""
    run_attempts(flow, step, _until_completed)


def _until_completed(attempt: Attempt) -> None:
    attempt.wait()


def _wait(attempt: Attempt) -> None:
    entry, clock = attempt.entry, attempt.flow.clock
    duration, until = attempt.inputs.get("duration"), attempt.inputs.get("until")
    seconds: float | None = None
    try:
        if duration not in (None, ""):
            seconds = wait_seconds(str(duration))
        elif until not in (None, ""):
            seconds = max(0.0, seconds_until(str(until), clock))
    except WaitError as error:
        attempt.fail(str(error), terminal=True)
        return
    entry["callbackAfterSeconds"] = FOREVER if seconds is None else int(seconds)
    if not attempt.wait(seconds):
        entry["status"], entry["outputData"] = "COMPLETED", {}

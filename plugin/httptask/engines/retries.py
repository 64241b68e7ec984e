"""When an engine executes a failed task again, as Conductor decides it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.workflow import TaskDef

_MAX_INT: Final = 2**31 - 1


def retry_delay(definition: TaskDef, retries_made: int) -> int:
    """Return the seconds before the next attempt, jitter not included.

    The arithmetic is the server's: 32 bits, a product that turns negative becomes the largest.
    """
    delay = definition.retry_delay_seconds
    if definition.retry_logic == "LINEAR_BACKOFF":
        delay = _int32(delay * int(definition.backoff_scale_factor) * (retries_made + 1))
    elif definition.retry_logic == "EXPONENTIAL_BACKOFF":
        delay = _int32(delay * 2 ** min(retries_made, 62))
    cap = definition.max_retry_delay_seconds
    return min(delay, cap) if cap > 0 else delay


def _int32(value: int) -> int:
    wrapped = (value + 2**31) % 2**32 - 2**31
    return _MAX_INT if wrapped < 0 else wrapped


def next_step(
    task_def: TaskDef, *, optional: bool = False
) -> Callable[[TaskResult], tuple[str, str]]:
    """Return a function that says what the engine would do next: a trace status, and words.

    Args:
        task_def: the retries that apply to the task.
        optional: whether the workflow goes on when the task fails.
    """

    def decide(result: TaskResult) -> tuple[str, str]:
        if result.status is TaskStatus.COMPLETED:
            return "completed", "the workflow goes on"
        if result.status is TaskStatus.IN_PROGRESS:
            return "in_progress", "the task waits until it is completed from outside"
        after = "the workflow goes on: the task is optional" if optional else "the workflow fails"
        if result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR:
            return "failed_terminal", f"no retry would help; {after}"
        if task_def.retry_count == 0:
            made = len(result.trace.attempts) if result.trace else 1
            why = "the task has no retries" if made < 2 else f"all {made} attempts failed"
            return "failed", f"{why}; {after}"
        delay = max(retry_delay(task_def, 0), result.retry_after or 0.0)
        return "retriable", f"retry 1 of {task_def.retry_count} in {delay:g} s"

    return decide

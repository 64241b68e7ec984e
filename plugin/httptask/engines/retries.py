"""When an engine repeats a failed task, as Conductor decides it."""

from __future__ import annotations

import random
from collections.abc import Callable

from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.workflow import TaskDef

_INT_MAX = 2**31 - 1


def retry_delay(task_def: TaskDef, retries_made: int, *, jitter: bool = True) -> float:
    """Return the seconds before retry number ``retries_made``, counted from 0.

    FIXED waits the same each time, LINEAR_BACKOFF in proportion, EXPONENTIAL_BACKOFF doubles; the
    cap and then the jitter apply.
    """
    delay = task_def.retry_delay_seconds
    match task_def.retry_logic:
        case "LINEAR_BACKOFF":
            delay *= task_def.backoff_scale_factor * (retries_made + 1)
        case "EXPONENTIAL_BACKOFF":
            delay *= 2 ** min(retries_made, 64)
    delay = min(delay, _INT_MAX)
    if task_def.max_retry_delay_seconds > 0:
        delay = min(delay, task_def.max_retry_delay_seconds)
    extra = random.uniform(0, task_def.backoff_jitter_ms) if jitter else 0.0  # noqa: S311
    return delay + extra / 1000


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
            return "failed", f"the task has no retries; {after}"
        delay = max(retry_delay(task_def, 0, jitter=False), result.retry_after or 0.0)
        return "retriable", f"retry 1 of {task_def.retry_count} in {delay:g} s"

    return decide

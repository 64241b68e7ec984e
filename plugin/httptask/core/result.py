"""The outcome of one task execution."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

from httptask.core.execution import Kept
from httptask.core.tracing import Trace
from httptask.errors import HttpTaskError


class TaskStatus(StrEnum):
    """Conductor's statuses that a task execution can end in."""

    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    FAILED_WITH_TERMINAL_ERROR = "FAILED_WITH_TERMINAL_ERROR"
    IN_PROGRESS = "IN_PROGRESS"


class Pause(msgspec.Struct, frozen=True):
    """How an execution goes on.

    Attributes:
        seconds: how much later.
        kept: JSON value that the next part is given to go on with; it holds no secret.
    """

    seconds: float
    kept: Kept


class TaskResult(msgspec.Struct, frozen=True):
    """What an engine records of a task execution.

    Attributes:
        status: the task's status.
        output: ``{"response": {...}, NAME: mapped value}``; the same shape for all outcomes.
        reason: reasonForIncompletion, "" when completed.
        error: the error behind a failure.
        retry_after: seconds the server asks to wait before a repetition, or None.
        trace: what was recorded.
        masked: whether a secret in the output was replaced.
        pause: of one that is IN_PROGRESS and goes on by itself: when, and with what.
    """

    status: TaskStatus
    output: Mapping[str, Any] = msgspec.field(default_factory=dict)
    reason: str = ""
    error: HttpTaskError | None = None
    retry_after: float | None = None
    trace: Trace | None = None
    masked: bool = False
    pause: Pause | None = None

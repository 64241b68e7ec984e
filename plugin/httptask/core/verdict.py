"""What a response means for the task."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from httptask.errors import HttpTaskError


class Action(StrEnum):
    """What is to be done next."""

    SUCCESS = "success"
    RETRY = "retry"
    FAIL = "fail"
    FAIL_TERMINALLY = "fail_terminally"


class Verdict(msgspec.Struct, frozen=True):
    """The judgement of one attempt.

    Attributes:
        action: what is to be done next.
        reason: why, for people.
        retry_after: seconds the server asks to wait, or None.
        error: the error to end with unless a later attempt succeeds.
    """

    action: Action
    reason: str = ""
    retry_after: float | None = None
    error: HttpTaskError | None = None

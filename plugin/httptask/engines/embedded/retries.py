"""How long an engine waits before it executes a failed task again."""

from __future__ import annotations

from typing import Final

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

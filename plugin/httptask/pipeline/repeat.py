"""Whether an attempt is repeated, and when: the one place that decides it."""

from __future__ import annotations

import random
from typing import NamedTuple

from httptask.core.methods import IDEMPOTENT
from httptask.core.verdict import Action, Verdict
from httptask.definition.options import HttpTaskOptions

_NEVER_SENT = frozenset({"connect_failed", "connect_timeout", "dns_failed"})


def may_repeat(method: str, options: HttpTaskOptions) -> bool:
    """Tell whether sending the request twice does no harm, by method or by the author's word."""
    return method in IDEMPOTENT or options.idempotent or bool(options.idempotency_key)


class Repetition(NamedTuple):
    """The retry policy of one task execution."""

    method: str
    options: HttpTaskOptions

    def delay(self, number: int, verdict: Verdict, time_left: float | None) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up.

        Args:
            number: attempts made so far.
            verdict: the verdict of the last one.
            time_left: seconds until the deadline, or None.
        """
        retry = self.options.retry
        if verdict.action is not Action.RETRY or retry is None or number >= retry.max_attempts:
            return None
        unsent = verdict.error is not None and verdict.error.code in _NEVER_SENT
        if not unsent and not may_repeat(self.method, self.options):
            return None
        wait = min(retry.initial_delay_ms * retry.multiplier ** (number - 1), retry.max_delay_ms)
        if retry.jitter:
            wait = random.uniform(wait / 2, wait)  # noqa: S311 - spreads load, guards nothing
        seconds = wait / 1000
        if retry.respect_retry_after and verdict.retry_after is not None:
            seconds = max(seconds, verdict.retry_after)
        return None if time_left is not None and seconds >= time_left else seconds

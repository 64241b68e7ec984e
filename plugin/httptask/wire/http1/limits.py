"""How long one call may wait, whatever it waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Literal

from httptask.errors import DeadlineError, RequestError

LOOK_EVERY = 0.05
"""Seconds after which a call that waits looks whether it is cancelled."""


class Limits:
    """The end of one call: at its deadline, or when it is cancelled.

    Attributes:
        phase: how far the call has come.
    """

    __slots__ = ("_cancelled", "_deadline", "phase")

    def __init__(self, deadline: float | None, cancelled: threading.Event | None) -> None:
        self._deadline, self._cancelled = deadline, cancelled
        self.phase: Literal["judge", "resolve", "connect", "secure", "exchange"] = "resolve"

    def waits(self, longest: float | None) -> Iterator[float | None]:
        """Yield how long to wait at once, again and again, ``longest`` seconds in all.

        Raises:
            TimeoutError: they are over.
            RequestError: the call was cancelled.
            DeadlineError: the deadline passed.
        """
        now = time.perf_counter()
        ends = (self._deadline, None if longest is None else now + longest)
        end = min((each for each in ends if each is not None), default=None)
        while True:
            self.check(now)
            left = None if end is None else end - now
            if left is not None and left <= 0:
                raise TimeoutError("timed out")
            if self._cancelled is not None:
                left = LOOK_EVERY if left is None else min(left, LOOK_EVERY)
            yield left
            now = time.perf_counter()

    def check(self, now: float) -> None:
        """Do nothing before the end.

        Raises:
            RequestError: the call was cancelled.
            DeadlineError: the deadline passed.
        """
        if self._cancelled is not None and self._cancelled.is_set():
            raise RequestError("cancelled", code="cancelled", retryable=False)
        if self._deadline is not None and now >= self._deadline:
            raise DeadlineError(
                "the deadline passed before the response was complete",
                retryable=False,
                hint="httptask.deadlineMs sets the total time",
            )

"""Time as an argument, so that tests can hold it."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """What the pipeline needs of time."""

    def now(self) -> float:
        """Return seconds since the epoch."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""

    def wait(self, seconds: float, cancelled: threading.Event | None) -> bool:
        """Wait; return True when cancelled meanwhile."""


class SystemClock:
    """The machine's own time."""

    now = staticmethod(time.time)
    monotonic = staticmethod(time.perf_counter)

    def wait(self, seconds: float, cancelled: threading.Event | None) -> bool:
        """Wait; return True when cancelled meanwhile."""
        if cancelled is not None:
            return cancelled.wait(seconds)
        time.sleep(seconds)
        return False

"""A run's own time: it starts at the wall clock's and never jumps, whatever happens to that."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self


@cache
def _boot() -> str:
    """Return what tells this start of the machine from others, or "" where nothing does."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
    except OSError:
        return ""


def _since_boot() -> int:
    """Return milliseconds that only go forward, also while the machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000
    return time.monotonic_ns() // 1_000_000


def wall_ms() -> int:
    """Return the wall clock, milliseconds since the epoch; it may jump."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Clock:
    """The time of one run, in milliseconds since the epoch.

    Attributes:
        wall: the run's time at some moment.
        since_boot: the machine's uptime at that moment.
        boot: the start of the machine that this uptime counts from.
    """

    wall: int
    since_boot: int
    boot: str

    @classmethod
    def starting(cls, wall: int) -> Self:
        """Return a clock that shows ``wall`` now."""
        return cls(wall, _since_boot(), _boot())

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return the clock that a journal keeps."""
        return cls(document["wall"], document["sinceBoot"], document["boot"])

    def to_json(self) -> dict[str, Any]:
        """Return the clock as the journal keeps it."""
        return {"wall": self.wall, "sinceBoot": self.since_boot, "boot": self.boot}

    def now(self) -> int:
        """Return the run's time."""
        return self.wall + _since_boot() - self.since_boot

    def taken_up(self, last: int) -> Clock:
        """Return the clock of a run that another process continues.

        Since the machine was started again, only the wall clock knows how much time has passed;
        it is not believed when it is behind what the run has seen.

        Args:
            last: the latest time that the run has recorded.
        """
        if self.boot and self.boot == _boot() and self.now() >= last:
            return self
        return Clock.starting(max(wall_ms(), last))

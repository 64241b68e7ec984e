"""How often a worker polls: at once while tasks come, less and less while none do.

A pause is a fiftieth of the time since the last task, and at most ``IDLE_PAUSE``: a task waits one
per cent of that time on average, and a worker that is idle for long polls ten times a second.

A batch poll that waits on the server (``timeout`` > 0) responds only when the batch is full or the
time is over, so that a single task would wait; polls here never wait on the server.
"""

from __future__ import annotations

from typing import Final

BUSY_PAUSE: Final = 0.005
IDLE_PAUSE: Final = 0.1
GROWTH: Final = 1.02
FAILURE_PAUSE: Final = 0.25
LONGEST_FAILURE_PAUSE: Final = 5.0


class Pacing:
    """The pauses between polls; seconds.

    Args:
        threads: tasks at a time.
        idle_pause: longest pause while no tasks come.

    Attributes:
        backlog: whether the last poll brought all that it asked for; never so for one thread.
        failures: polls in a row that got no response.
    """

    def __init__(self, threads: int, idle_pause: float = IDLE_PAUSE) -> None:
        self._threads, self._idle_pause = threads, idle_pause
        self._pause, self.backlog = BUSY_PAUSE, False
        self.failures = 0

    @property
    def slots_before_poll(self) -> int:
        """Return how many slots should be free: more when tasks queue up, for fewer polls."""
        return max(self._threads // 2, 1) if self.backlog else 1

    @property
    def patience(self) -> float:
        """Return how long to wait for that many slots."""
        return 0.02

    def after_poll(self, found: int, asked: int) -> float:
        """Return the pause after a poll that got a response."""
        self.failures = 0
        self.backlog = found == asked and self._threads > 1
        if found:
            self._pause = BUSY_PAUSE
            return 0.0 if self.backlog else BUSY_PAUSE
        pause = self._pause
        self._pause = min(pause * GROWTH, self._idle_pause)
        return pause

    def after_failure(self) -> float:
        """Return the pause after a poll that got no response."""
        self.failures += 1
        self.backlog = False
        return float(min(FAILURE_PAUSE * 2**self.failures, LONGEST_FAILURE_PAUSE))

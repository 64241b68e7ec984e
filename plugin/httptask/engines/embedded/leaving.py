"""Why a process stops with a run that is not at its end; the run can be continued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self


class Leaving(BaseException):
    """The run is left as it is recorded; raised in every thread that executes it."""


class Stopped(Leaving):
    """The engine is closed."""


class Lost(Leaving):
    """Somebody paused or ended the run, or another process has it now."""


class Cancelled(Leaving):
    """The branch was cancelled by its own run; only the branch is left."""


class Waiting(Leaving):
    """There is nothing to do now, and this process does not wait.

    Attributes:
        due: when there is something to do, in the run's time; None: when a message comes.
        topics: the messages that it waits for.
    """

    def __init__(self, due: int | None, topics: Iterable[str] = ()) -> None:
        super().__init__(due)
        self.due = due
        self.topics = frozenset(topics)

    @classmethod
    def for_any(cls, waits: Sequence[Waiting]) -> Self:
        """Return the wait that is over when any of several is."""
        due = min((wait.due for wait in waits if wait.due is not None), default=None)
        return cls(due, {topic for wait in waits for topic in wait.topics})

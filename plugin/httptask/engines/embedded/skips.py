"""Requests that a run does not execute a task to come: messages, which the run takes as steps."""

from __future__ import annotations

from typing import Final

from httptask.engines.embedded.reader import Reader
from httptask.engines.embedded.run import Run

SKIP: Final = "skip/"
"""Begins the topic of a request; the task's reference follows."""


class Skips:
    """The requests of one run; they are looked for when something has been written.

    Args:
        reader: reads the journal.
        run: the run.
        number: its number in the journal.
    """

    def __init__(self, reader: Reader, run: Run, number: int) -> None:
        self._reader, self._run, self._number = reader, run, number
        self._topics: frozenset[str] = frozenset()
        self._seen = -1

    def topic(self, reference: str, changes: int) -> str:
        """Return the topic of a request for a task, or "".

        Args:
            reference: the task's reference name, with or without iterations.
            changes: how often something was written.
        """
        if self._seen != changes:
            self._topics = frozenset(self._reader.topics(self._number, SKIP))
            self._seen = changes
        names = (reference, self._run.base(reference)) if self._topics else ()
        return next((SKIP + name for name in names if SKIP + name in self._topics), "")

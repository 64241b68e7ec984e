"""SQLite's checkpoints beside the work: no commit waits until the log is copied and on disk."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import suppress
from typing import Final

from httptask.core.closing import Closing

EVERY: Final = 200
"""Transactions between two checkpoints; each is some eight pages of 4 KiB."""

LONG: Final = 12_000
"""Pages of a log that is never left alone long enough to be copied to its end: a commit copies the
little that is left then, and the log begins anew."""


class Checkpoints(Closing):
    """Makes a checkpoint in a thread of its own whenever enough has been written."""

    def __init__(self, connection: sqlite3.Connection, writer: sqlite3.Connection) -> None:
        """Start the thread.

        Args:
            connection: a connection for this thread alone.
            writer: the one whose commits are not to wait.
        """
        writer.execute(f"PRAGMA wal_autocheckpoint={LONG}")
        self._connection = connection
        self._commits = 0
        self._due = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="httptask-checkpoints", daemon=True)
        self._thread.start()

    def committed(self) -> None:
        """Note a commit; callers take turns."""
        self._commits += 1
        if self._commits >= EVERY:
            self._commits = 0
            self._due.set()

    def close(self) -> None:
        """End the thread and close its connection."""
        self._closed = True
        self._due.set()
        self._thread.join()
        self._connection.close()

    def _run(self) -> None:
        while self._due.wait() and not self._closed:
            self._due.clear()
            with suppress(sqlite3.Error):  # what this one leaves, the next one copies
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

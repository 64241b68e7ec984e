"""Notes that a call is about to be made which may not be made twice.

Written before the call, read only after a crash: a call that was noted, and has no recorded
outcome, may have reached the server. Notes are removed with their run.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable

_SCHEMA = """
CREATE TABLE IF NOT EXISTS intents (
  run TEXT NOT NULL, call TEXT NOT NULL, PRIMARY KEY (run, call)
) WITHOUT ROWID
"""


class Intents:
    """The notes of a store, in a small SQLite file of their own.

    Args:
        connection: to that file, in autocommit mode, for any thread.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._lock, self._connection = threading.Lock(), connection
        self._connection.execute(_SCHEMA)

    def note(self, run: str, call: str) -> bool:
        """Note a call; return False when it was noted before."""
        with self._lock:
            cursor = self._connection.execute(
                "INSERT INTO intents VALUES (?, ?) ON CONFLICT DO NOTHING", (run, call)
            )
            return cursor.rowcount == 1

    def forget(self, runs: Iterable[str]) -> None:
        """Remove the notes of runs."""
        with self._lock:
            self._connection.executemany(
                "DELETE FROM intents WHERE run = ?", [(run,) for run in runs]
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

"""The worker's memory on disk: tasks that were begun, how far they came, results that wait.

One SQLite file serves all processes of a worker. No secret is ever in it: results are redacted
before they come here, layers keep no state that holds one, and inputs are not kept.

A row's ``state`` is ``begun`` (a call may be under way), ``done`` (the result waits to be
delivered) or ``delivered`` (the server has it; kept for a while, for late deliveries).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from httptask.core.closeable import Closeable
from httptask.core.execution import Kept
from httptask.core.json_text import decode_own, encode

State = Literal["begun", "done", "delivered"]

KEEP_SECONDS: Final = 3600.0
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS tasks (
  task_id TEXT PRIMARY KEY, workflow_id TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,
  report TEXT, changed REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS tasks_by_state ON tasks (state, changed);
CREATE TABLE IF NOT EXISTS lost_polls (since REAL NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS kept (
  task_id TEXT PRIMARY KEY, delivery INTEGER NOT NULL, state TEXT NOT NULL, changed REAL NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a task.

    Attributes:
        task_id: id of the task.
        workflow_id: id of its workflow execution.
        owner: process that began it.
        state: see the module.
        report: the result as the server takes it, or None.
    """

    task_id: str
    workflow_id: str
    owner: str
    state: State
    report: Mapping[str, Any] | None


class Journal(Closeable):
    """Opens the journal of a worker in a folder; every process has its own object.

    Args:
        folder: folder of this server and queue.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._owners = folder / "owners"
        self._owners.mkdir(exist_ok=True)
        self.owner = uuid.uuid4().hex
        self._handle = (self._owners / self.owner).open("w")
        fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._lock = threading.Lock()
        self._delivered: list[tuple[float, str]] = []
        path = folder / "journal.db"
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file and give the owner's place up."""
        self._write_delivered()
        with self._lock:
            self._db.close()
        (self._owners / self.owner).unlink(missing_ok=True)
        self._handle.close()

    def begin(self, task_id: str, workflow_id: str) -> Entry | None:
        """Note that a task begins; return what was known of it, which then stays as it is."""
        with self._lock:
            made = self._db.execute(
                "INSERT OR IGNORE INTO tasks VALUES (?, ?, ?, 'begun', NULL, ?)",
                (task_id, workflow_id, self.owner, time.time()),
            )
            if made.rowcount:
                return None
        return self.get(task_id)

    def again(self, task_id: str) -> None:
        """Note that this process goes on with a task that was begun before."""
        with self._lock:
            self._delivered = [each for each in self._delivered if each[1] != task_id]
            self._db.execute(
                "UPDATE tasks SET state = 'begun', report = NULL, owner = ?, changed = ? "
                "WHERE task_id = ?",
                (self.owner, time.time(), task_id),
            )

    def get(self, task_id: str) -> Entry | None:
        """Return what is known of a task."""
        found = self._rows("WHERE task_id = ?", task_id)
        return found[0] if found else None

    def keep(self, task_id: str, delivery: int, kept: Kept) -> None:
        """Keep how far a task came in a delivery, instead of what was kept before."""
        with self._lock:
            self._db.execute(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)",
                (task_id, delivery, encode(kept).decode(), time.time()),
            )

    def kept(self, task_id: str, after: int) -> Kept | None:
        """Return how far a task came in a delivery behind that one, or None."""
        with self._lock:
            found = self._db.execute(
                "SELECT state FROM kept WHERE task_id = ? AND delivery > ?", (task_id, after)
            ).fetchone()
        return None if found is None else decode_own(found[0])

    def done(self, task_id: str, report: bytes) -> None:
        """Keep a result, which is JSON, until it is delivered."""
        text = report.decode()
        with self._lock:
            self._db.execute(
                "UPDATE tasks SET state = 'done', report = ?, changed = ? WHERE task_id = ?",
                (text, time.time(), task_id),
            )

    def delivered(self, task_id: str) -> None:
        """Note that the server has a result.

        The note is written with others when waiting results are looked for. One that is lost
        meanwhile means that the server is given the result twice, which it does not mind.
        """
        with self._lock:
            self._delivered.append((time.time(), task_id))

    def forget(self, task_id: str) -> None:
        """Drop a task that was given back, or that the server does not know."""
        with self._lock:
            self._db.execute("DELETE FROM tasks WHERE task_id = ?", (task_id,))

    def undelivered(self, older_than: float = 0.0) -> list[Entry]:
        """Return results that wait, the oldest first: own ones and those of dead processes.

        Args:
            older_than: seconds that a result must have waited.
        """
        self._write_delivered()
        where = "WHERE state = 'done' AND changed <= ? ORDER BY changed LIMIT 200"
        rows = self._rows(where, time.time() - older_than)
        return [entry for entry in rows if self._is_mine_or_dead(entry.owner)]

    def abandoned(self) -> list[Entry]:
        """Return the tasks of processes that are no longer there."""
        rows = self._rows("WHERE state = 'begun' ORDER BY changed", None)
        return [entry for entry in rows if not self.is_alive(entry.owner)]

    def is_alive(self, owner: str) -> bool:
        """Tell whether the process that owns a task still runs."""
        if owner == self.owner:
            return True
        try:
            handle = os.open(self._owners / owner, os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def lost_poll(self, since: float, until: float) -> None:
        """Note a poll whose response never came; seconds since the epoch."""
        with self._lock:
            self._db.execute("INSERT INTO lost_polls VALUES (?, ?)", (since, until))

    def was_lost(self, moment: float) -> bool:
        """Tell whether a delivery at this time may have been lost on its way."""
        with self._lock:
            found = self._db.execute(
                "SELECT 1 FROM lost_polls WHERE since <= ? AND until >= ? LIMIT 1",
                (moment, moment),
            ).fetchone()
        return found is not None

    def prune(self) -> None:
        """Drop what is old, and the places of dead processes."""
        before = time.time() - KEEP_SECONDS
        with self._lock:
            self._db.execute(
                "DELETE FROM tasks WHERE state = 'delivered' AND changed < ?", (before,)
            )
            self._db.execute(
                "DELETE FROM kept WHERE changed < ? "
                "AND task_id NOT IN (SELECT task_id FROM tasks WHERE state = 'begun')",
                (before,),
            )
            self._db.execute("DELETE FROM lost_polls WHERE until < ?", (before - KEEP_SECONDS,))
        for place in self._places():
            if not self.is_alive(place.name):
                place.unlink(missing_ok=True)

    def _write_delivered(self) -> None:
        with self._lock:
            if not self._delivered:
                return
            with self._db:
                self._db.execute("BEGIN IMMEDIATE")
                self._db.executemany(
                    "UPDATE tasks SET state = 'delivered', changed = :at "
                    "WHERE task_id = :id AND changed <= :at",  # a later result is not delivered yet
                    [{"at": at, "id": task_id} for at, task_id in self._delivered],
                )
            self._delivered.clear()

    def _places(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from list(self._owners.iterdir())

    def _is_mine_or_dead(self, owner: str) -> bool:
        return owner == self.owner or not self.is_alive(owner)

    def _rows(self, where: str, value: Any) -> list[Entry]:
        with self._lock:
            rows = self._db.execute(
                f"SELECT task_id, workflow_id, owner, state, report FROM tasks {where}",  # noqa: S608
                () if value is None else (value,),
            ).fetchall()
        return [
            Entry(task_id, workflow_id, owner, state, decode_own(report) if report else None)
            for task_id, workflow_id, owner, state, report in rows
        ]

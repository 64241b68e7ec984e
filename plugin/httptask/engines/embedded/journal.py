"""The journal: runs, their steps and messages, and which engine executes which run.

All SQL is here and in ``schema``. Each method is one statement or one transaction; whoever writes
to a run names the epoch in which it was given it, so that nothing is recorded by an engine that
has lost the run.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from httptask.core.json_text import encode
from httptask.engines.embedded.clock import Clock
from httptask.engines.embedded.leaving import Lost, Stopped
from httptask.engines.embedded.reader import INTERPRETER, OPEN, Reader, Reopening, Row
from httptask.engines.embedded.records import Records
from httptask.engines.embedded.schema import (
    CREATE,
    KEEP,
    PARENT,
    STEP,
    TERMINATE_BELOW,
    Durability,
    is_busy,
    open_to_write,
)
from httptask.errors import EngineError

NEVER: Final = 2**62
"""Time at which a run is due that only a message can wake."""

GOES_ON: Final = "IN_PROGRESS"
"""Status in a message after which its task goes on waiting."""

PATIENCE: Final = 300.0
"""Seconds to wait for a lock on the journal; the response of a server must not be lost."""

T = TypeVar("T")


def _below(reason: str) -> str:
    """Return a server's words for a run that ends because its parent does."""
    return f"Parent workflow has been terminated with reason: {reason}"


class Journal(Reader):
    """Writes a journal, as one of its owners.

    Attributes:
        owner: this engine's number.
    """

    def __init__(self, path: Path, records: Records, durability: Durability) -> None:
        super().__init__(path, records, open_to_write(path, durability))
        self._pid = os.getpid()
        self._inode = path.stat().st_ino
        try:
            self.owner = self._own()
        except BaseException:
            self._connected.close()
            raise

    def close(self) -> None:
        """Give up what is owned and close the connection."""
        self._closed = True
        with self._lock:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("DELETE FROM owners WHERE number = ?", (self.owner,))
            self._owners.unlock(self.owner)
            super().close()

    def _own(self) -> int:
        with self._transaction():
            sql = "INSERT INTO owners (pid, lock) VALUES (?, '')"
            number = int(self._connection.execute(sql, (os.getpid(),)).lastrowid or 0)
            lock = self._owners.lock(number)
            sql = "UPDATE owners SET lock = ? WHERE number = ?"
            self._connection.execute(sql, (lock, number))
            for (other,) in self._all("SELECT number FROM owners"):
                if not self.is_alive(other):
                    self._connection.execute("DELETE FROM owners WHERE number = ?", (other,))
        return number

    # one write after the other

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with contextlib.ExitStack() as locked:
            self._patiently(lambda: self._connection.execute("BEGIN IMMEDIATE"), locked)
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _write(self, sql: str, *values: Any) -> int:
        """Execute one statement as a transaction of its own; return how many rows it changed."""
        with contextlib.ExitStack() as locked:
            return self._patiently(lambda: self._connection.execute(sql, values), locked).rowcount

    def _patiently(self, work: Callable[[], T], locked: contextlib.ExitStack) -> T:
        """Do something again while another process holds the journal's lock.

        Args:
            work: what to do.
            locked: holds the connection's lock afterwards; it is free between two tries.
        """
        if self._pid != os.getpid():
            raise Stopped  # a child, forked while the run went on, is not who executes it
        until = time.monotonic() + PATIENCE
        while True:
            locked.enter_context(self._lock)
            self._check_open()
            self._check_place()
            try:
                return work()
            except sqlite3.OperationalError as error:
                if not is_busy(error) or time.monotonic() > until:
                    raise
            locked.close()

    @property
    def is_in_place(self) -> bool:
        """Tell whether the file that is open is the one that others would find."""
        try:
            return self._path.stat().st_ino == self._inode
        except FileNotFoundError:
            return False

    def _check_place(self) -> None:
        if not self.is_in_place:
            raise EngineError(
                f"the journal {self._path} was removed while it was in use", code="store_failed"
            )

    # runs

    def create(self, run_id: str, start: Mapping[str, Any]) -> Row | None:
        """Begin a run, executed by this engine; None when there is one of this id."""
        created = self._write(CREATE, *self._new(run_id, start, self.owner))
        return self.row(run_id) if created else None

    def start_run(
        self, row: Row, flow: str, key: str, run_id: str, start: Mapping[str, Any], now: int
    ) -> None:
        """Begin another run, executed by nobody yet, as a step of one.

        Raises:
            Lost: the run is not this engine's any more.
        """
        values = (flow, key, self.records.text(run_id), now, row.number, row.epoch)
        with self._transaction():
            self._connection.execute(CREATE, self._new(run_id, start, None))
            if not self._connection.execute(STEP, values).rowcount:
                raise Lost

    def _new(self, run_id: str, start: Mapping[str, Any], owner: int | None) -> tuple[Any, ...]:
        clock = encode(Clock.starting(start["created"]).to_json()).decode()
        definition = start["definition"]
        parent = start.get("links", {}).get("parentId") or None
        return (
            run_id, parent, definition["name"], definition.get("version", 1), start["created"],
            owner, INTERPRETER, clock, self.records.text(start),
        )  # fmt: skip

    def take(self, run_id: str) -> Row:
        """Become the one who executes a run that has not ended.

        Raises:
            EngineError: another engine executes it, it is paused, or has ended.
        """
        with self._transaction():
            row = self.row(run_id)
            if row is None or row.status not in OPEN:
                raise EngineError(f"run {run_id} has ended", code="run_ended")
            if row.owner not in (None, self.owner) and self.is_alive(row.owner):
                raise EngineError(
                    f"another process is executing run {run_id}",
                    code="run_active",
                    hint=f"wait for it, or: httptask runs terminate {run_id}",
                )
            if row.status == "PAUSED":
                raise EngineError(
                    f"run {run_id} is paused",
                    code="run_paused",
                    hint=f"httptask runs unpause {run_id}",
                )
            (last,) = self._one("SELECT max(time) FROM steps WHERE run = ?", row.number)
            clock = row.time().taken_up(max(last or 0, row.created))
            self._connection.execute(
                "UPDATE runs SET owner = ?, epoch = epoch + 1, due = NULL, trouble = '', "
                "clock = ? WHERE number = ?",
                (self.owner, encode(clock.to_json()).decode(), row.number),
            )
            taken = self.row(run_id)
        assert taken is not None  # noqa: S101 - for the type checker
        return taken

    def leave(
        self, row: Row, due: int | None = None, trouble: str = "", topics: Iterable[str] = ()
    ) -> None:
        """Let others go on with a run: at some time, or when a message of some topics is there."""
        with self._transaction():
            if any(self.has_message(row.number, topic) for topic in topics):
                due = None
            self._connection.execute(
                "UPDATE runs SET owner = NULL, epoch = epoch + 1, due = ?, trouble = ? "
                "WHERE number = ? AND epoch = ?",
                (due, trouble, row.number, row.epoch),
            )

    def finish(self, row: Row, document: Mapping[str, Any]) -> None:
        """Record how a run ended; runs that it waited for end with it.

        Raises:
            Lost: it is not this engine's any more.
        """
        text = self.records.text(document)
        status, ended = document["status"], document["endTime"]
        with self._transaction():
            done = self._connection.execute(
                "UPDATE runs SET status = ?, ended = ?, document = ?, owner = NULL, due = NULL, "
                "epoch = epoch + 1 WHERE number = ? AND epoch = ? AND ended IS NULL",
                (status, ended, text, row.number, row.epoch),
            )
            if not done.rowcount:
                raise Lost
            self._connection.execute("DELETE FROM messages WHERE run = ?", (row.number,))
            why = document.get("reasonForIncompletion") or f"it is {status}"
            self._end_below(row.id, _below(why), ended)
            self._tell_parent(row.number, document)

    def _end_below(self, run_id: str, reason: str, ended: int) -> None:
        self._connection.execute(TERMINATE_BELOW, (run_id, reason, ended))

    def _tell_parent(self, number: int, document: Mapping[str, Any]) -> None:
        """Leave a message about a run's end for the run that waits for it."""
        names = ("status", "output", "reasonForIncompletion", "endTime")
        parent = self._one(PARENT, number)
        if parent is not None:
            number, run_id = parent
            self._send(number, run_id, {name: document.get(name) for name in names})

    def tell_parent(self, row: Row) -> None:
        """Leave a message about a run that has ended for the one that waits for it."""
        found: dict[str, Any] = {"status": row.status, "output": {}, "endTime": row.ended}
        document = self.document(row.number) or {**found, "reasonForIncompletion": row.trouble}
        with self._transaction():
            self._tell_parent(row.number, document)

    def holds(self, row: Row) -> bool:
        """Tell whether a run is this engine's, and not paused."""
        found = self._one("SELECT epoch, status FROM runs WHERE number = ?", row.number)
        return bool(found == (row.epoch, "RUNNING"))

    def pause(self, number: int, *, paused: bool) -> bool:
        """Pause a run, or let it go on; False when it was not in that state."""
        before, after = ("RUNNING", "PAUSED") if paused else ("PAUSED", "RUNNING")
        sql = "UPDATE runs SET status = ?, due = NULL WHERE number = ? AND status = ?"
        return self._write(sql, after, number, before) > 0

    def terminate(self, row: Row, reason: str, ended: int) -> bool:
        """End a run, whoever executes it, and those it waits for; False when it has ended."""
        with self._transaction():
            done = self._connection.execute(
                "UPDATE runs SET status = 'TERMINATED', trouble = ?, ended = ?, owner = NULL, "
                "epoch = epoch + 1 WHERE number = ? AND ended IS NULL",
                (reason, ended, row.number),
            )
            if done.rowcount:
                self._connection.execute("DELETE FROM messages WHERE run = ?", (row.number,))
                self._end_below(row.id, _below(reason), ended)
                found = {"status": "TERMINATED", "output": {}, "endTime": ended}
                self._tell_parent(row.number, {**found, "reasonForIncompletion": reason})
        return done.rowcount > 0

    def keep_document(self, number: int, document: Mapping[str, Any]) -> None:
        """Write the document of a run that was terminated."""
        text = self.records.text(document)
        sql = "UPDATE runs SET document = ? WHERE number = ? AND document IS NULL"
        self._write(sql, text, number)

    def delete(self, numbers: Iterable[int]) -> None:
        """Remove runs with all that belongs to them."""
        values = [(number,) for number in numbers]
        with self._transaction():
            for table, column in (("steps", "run"), ("messages", "run"), ("runs", "number")):
                sql = f"DELETE FROM {table} WHERE {column} = ?"  # noqa: S608
                self._connection.executemany(sql, values)

    def give_back_space(self) -> None:
        """Make the file as small as what is in it."""
        script = "PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)"
        with contextlib.ExitStack() as locked:  # a script takes every step that there is to take
            self._patiently(lambda: self._connection.executescript(script), locked)

    # steps

    def begin(self, row: Row, flow: str, key: str, now: int) -> None:
        """Note that a call begins which may not be made twice.

        Raises:
            Lost: the run is not this engine's any more.
        """
        self._step(row, flow, key, None, now)

    def record(self, row: Row, flow: str, key: str, value: Any, now: int) -> None:
        """Record a step; it has not been recorded before.

        Raises:
            Lost: the run is not this engine's any more.
        """
        self._step(row, flow, key, self.records.text(value), now)

    def keep(self, row: Row, flow: str, key: str, value: Any, now: int) -> None:
        """Record a step in the place of what was recorded before.

        Raises:
            Lost: the run is not this engine's any more.
        """
        self._step(row, flow, key, self.records.text(value), now, KEEP)

    def _step(
        self, row: Row, flow: str, key: str, text: str | None, now: int, sql: str = STEP
    ) -> None:
        if not self._write(sql, flow, key, text, now, row.number, row.epoch):
            raise Lost

    def receive(self, row: Row, flow: str, key: str, topic: str, now: int) -> Any:
        """Return the message of a topic, recorded as a step; None when there is none."""
        if not self.has_message(row.number, topic):
            return None
        with self._transaction():
            sql = "SELECT number, body FROM messages WHERE run = ? AND topic = ? ORDER BY number"
            found = self._one(sql, row.number, topic)
            if found is None:
                return None
            number, body = found
            self._connection.execute("DELETE FROM messages WHERE number = ?", (number,))
            values = (flow, key, body, now, row.number, row.epoch)
            if not self._connection.execute(STEP, values).rowcount:
                raise Lost
        return self.records.value(body)

    def send(self, number: int, topic: str, message: Mapping[str, Any]) -> bool:
        """Leave a message for a run; False when one waits that ends what is waited for."""
        with self._transaction():
            return self._send(number, topic, message)

    def _send(self, number: int, topic: str, message: Mapping[str, Any]) -> bool:
        sql = "SELECT body FROM messages WHERE run = ? AND topic = ?"
        waiting = [self.records.value(body) for (body,) in self._all(sql, number, topic)]
        if any(each["status"] != GOES_ON for each in waiting):
            return False
        self._connection.execute(
            "INSERT INTO messages (run, topic, body) VALUES (?, ?, ?)",
            (number, topic, self.records.text(message)),
        )
        self._connection.execute("UPDATE runs SET due = NULL WHERE number = ?", (number,))
        return True

    def reopen(self, runs: Iterable[Reopening]) -> None:
        """Take runs back, all or none, to where they may go on from.

        Raises:
            EngineError: somebody else has changed one meanwhile.
        """
        with self._transaction():
            for each in runs:
                self._reopen(each)

    def _reopen(self, run: Reopening) -> None:
        row = run.row
        if self._one("SELECT epoch FROM runs WHERE number = ?", row.number) != (row.epoch,):
            raise EngineError(f"another process has run {row.id}", code="run_active")
        self._connection.executemany(
            "DELETE FROM steps WHERE number = ?", [(each,) for each in run.without]
        )
        self._connection.executemany(
            "INSERT INTO steps (run, flow, key, value, time) VALUES (?, ?, ?, ?, ?)",
            [
                (row.number, flow, key, self.records.text(value), now)
                for flow, key, value, now in run.steps
            ],
        )
        self._connection.execute(
            "UPDATE runs SET status = 'RUNNING', ended = NULL, document = NULL, due = NULL, "
            "trouble = '' WHERE number = ?",
            (row.number,),
        )

"""The runs of a store, to read and to change them; nothing is executed here."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from httptask.core.closeable import Closeable
from httptask.engines.embedded.journal import Journal
from httptask.engines.embedded.leaving import Stopped
from httptask.engines.embedded.prune import GRACE, Pruned, prune
from httptask.engines.embedded.reader import Reader, Row
from httptask.engines.embedded.records import Records
from httptask.engines.embedded.run import Origin
from httptask.engines.embedded.runs import (
    RunInfo,
    check_to_come,
    found_row,
    get_document,
    list_runs,
    waiting_topic,
)
from httptask.engines.embedded.schema import Durability, store_failed
from httptask.engines.embedded.skips import SKIP
from httptask.errors import EngineError, InputError

COMPLETIONS: Final = (
    "COMPLETED", "FAILED", "FAILED_WITH_TERMINAL_ERROR", "CANCELED", "IN_PROGRESS"
)  # fmt: skip
TERMINATED: Final = "the run was terminated"


@contextlib.contextmanager
def failures_told() -> Iterator[None]:
    """Turn failures of the database into errors of ours; they never carry a value."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_failed(error) from error
    except Stopped:
        raise EngineError("the engine is closed", code="engine_closed") from None


class Stored(Closeable):
    """The runs of a store; opened when they are first asked for, anew in each process.

    A run is named by its id, the beginning of one, or ``last`` for the newest.

    Args:
        store: folder of the journal.
        files: folder of the content-addressed files.
        durability: ``normal`` survives the end of the process, ``full`` also a loss of power.

    Raises:
        EngineError: the store cannot be one.
    """

    def __init__(self, store: Path, files: Path, durability: Durability = "normal") -> None:
        if durability not in ("normal", "full"):
            raise EngineError(f"durability is normal or full, not {durability}", code="option")
        place = next((each for each in (store, *store.parents) if each.exists()), store)
        if place.exists() and not place.is_dir():
            raise EngineError(
                f"the store {store} cannot be opened: {place} is not a folder",
                code="store_unusable",
            )
        self._path = store.absolute() / "journal.db"
        self._records = Records(files.absolute())
        self._durability = durability
        self._closed = False
        self._begin_process()

    def _begin_process(self) -> None:
        """Begin anew in a process: a forked child shares neither connection nor lock."""
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._opened_reader: Reader | None = None
        self._opened_journal: Journal | None = None

    def close(self) -> None:
        """Let go of the store."""
        with self._mine():
            self._closed = True
            reader, journal = self._opened_reader, self._opened_journal
            self._opened_reader = self._opened_journal = None
        for each in (reader, journal):  # the last one that closes can write, and tidies up
            if each is not None:
                each.close()

    @contextlib.contextmanager
    def _mine(self) -> Iterator[None]:
        if self._pid != os.getpid():
            self._begin_process()
        with self._lock:
            yield

    @property
    def _reader(self) -> Reader:
        with self._mine():
            self._check_open()
            reader = self._opened_reader
            if reader is not None and reader.is_missing:
                reader.close()
                reader = None
            if reader is None:
                with self._openable():
                    reader = self._opened_reader = Reader(self._path, self._records)
            return reader

    @property
    def _journal(self) -> Journal:
        with self._mine():
            self._check_open()
            if self._opened_journal is None:
                with self._openable():
                    journal = Journal(self._path, self._records, self._durability)
                self._opened_journal = journal
            return self._opened_journal

    @property
    def is_lost(self) -> bool:
        """Tell whether the journal that is open here is not at its place any more."""
        journal = self._opened_journal
        return journal is not None and self._pid == os.getpid() and not journal.is_in_place

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("the engine is closed", code="engine_closed")

    @contextlib.contextmanager
    def _openable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EngineError(
                f"the store {self._path.parent} cannot be opened: {error}", code="store_unusable"
            ) from error

    # reading

    @failures_told()
    def get(self, run_id: str) -> dict[str, Any]:
        """Return a run's execution document; of an unfinished one what it has done so far.

        Raises:
            InputError: there is no such run.
            EngineError: it belongs to another version, or a stored file is gone.
        """
        reader = self._reader
        return get_document(reader, found_row(reader, run_id))

    @failures_told()
    def status(self, run_id: str) -> str | None:
        """Return the status of the run of this whole id, or None if there is none."""
        row = self._reader.row(run_id)
        return None if row is None else row.status

    @failures_told()
    def find(self, text: str) -> str:
        """Return the id of a run by its beginning, or of the newest one by ``last``.

        Raises:
            InputError: there is no such run, or there are several.
        """
        return found_row(self._reader, text).id

    @failures_told()
    def origin(self, run_id: str) -> Origin:
        """Return where a run's definition comes from.

        Raises:
            InputError: there is no such run.
        """
        return Origin.of(self._start(run_id)["origin"])

    @failures_told()
    def definition(self, run_id: str) -> dict[str, Any]:
        """Return a run's definition as it was given, as JSON.

        Raises:
            InputError: there is no such run.
        """
        found: dict[str, Any] = self._start(run_id)["definition"]
        return found

    def _start(self, run_id: str) -> dict[str, Any]:
        reader = self._reader
        return reader.start(found_row(reader, run_id).number)

    @failures_told()
    def list(
        self, *, status: str | None = None, limit: int = 100, offset: int = 0
    ) -> list[RunInfo]:
        """Return the runs, newest first; all, or those of a status."""
        return list_runs(self._reader, status=status, limit=limit, offset=offset)

    @failures_told()
    def unfinished(self) -> Sequence[Row]:
        """Return the runs that have not ended and that nobody executes, the oldest first."""
        reader = self._reader
        rows = reader.rows(statuses=("RUNNING",))
        alive = reader.living(row.owner for row in rows)
        return [row for row in reversed(rows) if row.owner not in alive]

    # steering, whoever executes the run

    @failures_told()
    def pause(self, run_id: str) -> dict[str, Any]:
        """Let a run start no more tasks, and return its document; calls under way are recorded.

        Raises:
            InputError: there is no such run.
        """
        return self._steered(run_id, lambda row: self._journal.pause(row.number, paused=True))

    @failures_told()
    def unpause(self, run_id: str) -> dict[str, Any]:
        """Let a paused run continue, and return its document.

        Raises:
            InputError: there is no such run.
        """
        return self._steered(run_id, lambda row: self._journal.pause(row.number, paused=False))

    @failures_told()
    def terminate(self, run_id: str, reason: str = TERMINATED) -> dict[str, Any]:
        """End a run and return its document; one that has ended stays as it is.

        A call that is under way is not interrupted; its outcome is not recorded.

        Raises:
            InputError: there is no such run.
        """

        def end(row: Row) -> None:
            if self._journal.terminate(row, reason, row.time().now()):
                self._journal.keep_document(row.number, self.get(row.id))

        return self._steered(run_id, end)

    def _steered(self, run_id: str, work: Callable[[Row], object]) -> dict[str, Any]:
        row = found_row(self._reader, run_id)
        work(row)
        self._notify()
        return self.get(row.id)

    def _notify(self) -> None:
        """Let runs that are executed here look at what was written."""

    @failures_told()
    def complete(
        self,
        run_id: str,
        reference: str,
        *,
        status: str = "COMPLETED",
        output: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        """Complete a task that waits for it (``asyncComplete``).

        Args:
            run_id: the run.
            reference: its task reference name, with or without iterations.
            status: COMPLETED, FAILED or FAILED_WITH_TERMINAL_ERROR.
            output: merged over the task's output.
            reason: reasonForIncompletion.

        Raises:
            InputError: there is no such run, no such task waits, or the status is another.
        """
        if status not in COMPLETIONS:
            raise InputError(f"a task is completed with one of {', '.join(COMPLETIONS)}")
        reader = self._reader
        row = found_row(reader, run_id)
        topic = waiting_topic(reader, row, reference)
        message = {
            "status": status,
            "output": dict(output or {}),
            "reason": reason,
            "time": row.time().now(),
        }
        if not self._journal.send(row.number, topic, message):
            raise InputError(
                f"task {reference} of run {run_id} has been completed", code="task_not_waiting"
            )
        self._notify()

    @failures_told()
    def skip(self, run_id: str, reference: str) -> dict[str, Any]:
        """Let a run not execute a task that it has not come to, and return its document.

        A run that is executed elsewhere looks for this whenever it waits.

        Raises:
            InputError: there is no such run, it has ended, or it has no such task to come.
        """
        reader = self._reader
        row = found_row(reader, run_id)
        check_to_come(reader, row, reference)
        self._journal.send(row.number, f"{SKIP}{reference}", {"status": "SKIPPED"})
        self._notify()
        return self.get(row.id)

    @failures_told()
    def prune(
        self,
        older_than: timedelta,
        *,
        interrupted: bool = False,
        grace: timedelta = GRACE,
        dry_run: bool = False,
    ) -> Pruned:
        """Remove runs that ended before a while, and stored files that no run refers to.

        Args:
            older_than: how long ago they must have ended.
            interrupted: also remove unfinished runs that nobody executes, started that long ago.
            grace: how old an unreferenced file must be.
            dry_run: only tell which runs would be removed.
        """
        if dry_run:
            return prune(self._reader, older_than, interrupted=interrupted, grace=grace)
        return prune(self._journal, older_than, interrupted=interrupted, grace=grace)

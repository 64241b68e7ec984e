"""Reading a journal; whatever it says of a run's steps and values is JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from httptask.core.closeable import Closeable
from httptask.core.json_text import decode_own
from httptask.engines.embedded.clock import Clock
from httptask.engines.embedded.leaving import Stopped
from httptask.engines.embedded.owners import Owners
from httptask.engines.embedded.records import Records
from httptask.engines.embedded.schema import (
    Connected,
    open_to_read,
)

INTERPRETER: Final = "httptask-2"
"""Version of the interpreter; a run goes on only under the version that started it."""

OPEN: Final = ("RUNNING", "PAUSED")
"""Statuses of runs that have not ended."""

Steps = dict[tuple[str, str], Any]
"""What a run has recorded, by flow and key; ``BEGUN`` where a call has no outcome."""

BEGUN: Final = object()

_COLUMNS = (
    "number, id, name, version, status, created, ended, owner, epoch, due, trouble, interpreter, "
    "clock"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A run as the journal has it, without its values; see ``schema`` for the columns."""

    number: int
    id: str
    name: str
    version: int
    status: str
    created: int
    ended: int | None
    owner: int | None
    epoch: int
    due: int | None
    trouble: str
    interpreter: str
    clock: str

    def time(self) -> Clock:
        """Return the run's clock."""
        return Clock.of(decode_own(self.clock))


@dataclass(frozen=True, slots=True)
class Reopening:
    """How a run is reopened.

    Attributes:
        row: the run.
        without: numbers of the steps that are to be forgotten.
        steps: flow, key, value and time of steps to be recorded instead.
    """

    row: Row
    without: Collection[int]
    steps: Sequence[tuple[str, str, Any, int]]


class Reader(Closeable):
    """Reads a journal; safe to use from many threads."""

    def __init__(self, path: Path, records: Records, connected: Connected | None = None) -> None:
        self.records = records
        self._path = path
        self._connected = connected or open_to_read(path)
        self._connection = self._connected.connection
        self._owners = Owners(path.with_name("owners.lock"))
        self._lock = self._connected.lock
        self._closed = False

    @property
    def is_missing(self) -> bool:
        """Tell whether there was no journal when this was opened, and now there is one."""
        return self._connected.in_memory and self._path.exists()

    def close(self) -> None:
        """Close the connection; who waits for the journal's lock does not wait any more."""
        self._closed = True
        with self._lock:
            self._owners.close()
            self._connected.close()

    def _all(self, sql: str, *values: Any) -> list[Any]:
        with self._lock:
            self._check_open()
            return self._connection.execute(sql, values).fetchall()

    def _one(self, sql: str, *values: Any) -> Any:
        with self._lock:
            self._check_open()
            return self._connection.execute(sql, values).fetchone()

    def _check_open(self) -> None:
        if self._closed:
            raise Stopped

    def row(self, run_id: str) -> Row | None:
        """Return a run by its id."""
        found = self._one(f"SELECT {_COLUMNS} FROM runs WHERE id = ?", run_id)  # noqa: S608
        return Row(*found) if found else None

    def rows(self, *, limit: int = -1, offset: int = 0, statuses: Iterable[str] = ()) -> list[Row]:
        """Return runs, the newest first; all, or those of some statuses."""
        wanted = tuple(statuses)
        where = f"WHERE status IN ({','.join('?' * len(wanted))})" if wanted else ""
        sql = (
            f"SELECT {_COLUMNS} FROM runs {where} "  # noqa: S608
            "ORDER BY created DESC, number DESC LIMIT ? OFFSET ?"
        )
        return [Row(*found) for found in self._all(sql, *wanted, limit, offset)]

    def beginning_with(self, prefix: str, limit: int) -> list[str]:
        """Return ids that begin with a text."""
        sql = "SELECT id FROM runs WHERE id >= ? AND id < ? ORDER BY id LIMIT ?"
        return [name for (name,) in self._all(sql, prefix, f"{prefix}\U0010ffff", limit)]

    def start(self, number: int) -> dict[str, Any]:
        """Return what a run was started with."""
        (text,) = self._one("SELECT start FROM runs WHERE number = ?", number)
        found: dict[str, Any] = self.records.value(text)
        return found

    def document(self, number: int) -> dict[str, Any] | None:
        """Return the execution document of a run that has ended, if it is written."""
        (text,) = self._one("SELECT document FROM runs WHERE number = ?", number)
        return None if text is None else self.records.value(text)

    def steps(self, number: int) -> Steps:
        """Return all that a run has recorded."""
        return {(flow, key): value for _, flow, key, value in self.numbered(number)}

    def numbered(self, number: int) -> list[tuple[int, str, str, Any]]:
        """Return number, flow, key and value of each step of a run, in order."""
        sql = "SELECT number, flow, key, value FROM steps WHERE run = ? ORDER BY number"
        return [
            (at, flow, key, BEGUN if text is None else self.records.value(text))
            for at, flow, key, text in self._all(sql, number)
        ]

    def has_message(self, number: int, topic: str) -> bool:
        """Tell whether a message of a topic waits to be read."""
        sql = "SELECT 1 FROM messages WHERE run = ? AND topic = ?"
        return self._one(sql, number, topic) is not None

    def topics(self, number: int, beginning: str) -> Sequence[str]:
        """Return the topics of the messages of a run that begin with a text."""
        sql = "SELECT topic FROM messages WHERE run = ? AND substr(topic, 1, ?) = ?"
        return [topic for (topic,) in self._all(sql, number, len(beginning), beginning)]

    def living(self, owners: Iterable[int | None]) -> set[int]:
        """Return which of some owners belong to living processes."""
        return {owner for owner in set(owners) if owner is not None and self.is_alive(owner)}

    def is_alive(self, owner: int | None) -> bool:
        """Tell whether the engine that owns something is open in a living process."""
        found = self._one("SELECT number, lock, pid FROM owners WHERE number = ?", owner)
        return found is not None and self._owners.is_alive(*found)

    def texts(self) -> Iterator[str]:
        """Yield every text of the journal in which the name of a stored file may stand."""
        for sql in (
            "SELECT start FROM runs",
            "SELECT document FROM runs",
            "SELECT value FROM steps",
            "SELECT body FROM messages",
        ):
            with self._lock:
                cursor = self._connection.execute(sql)
                while found := cursor.fetchmany(200):
                    yield from (text for (text,) in found if text is not None)

    def version(self) -> int:
        """Return a number that changes when somebody else has written."""
        (found,) = self._one("PRAGMA data_version")
        return int(found)

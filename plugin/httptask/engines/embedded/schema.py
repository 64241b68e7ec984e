"""The journal's file: its tables, how it is made, and how it is opened to read or to write."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sqlite3
import tempfile
import threading
import weakref
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from httptask.builtin.files import make_folder, sync_folder
from httptask.core.closeable import Closeable
from httptask.errors import EngineError

VERSION: Final = 1
"""Version of the tables; a journal with a later one is refused."""

Durability = Literal["normal", "full"]

_TABLES: Final = f"""
PRAGMA auto_vacuum = INCREMENTAL;
PRAGMA journal_mode = WAL;
CREATE TABLE runs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  parent TEXT,               -- id of the run that waits for its end; NULL: none does
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  status TEXT NOT NULL,      -- RUNNING, PAUSED, or how it ended
  created INTEGER NOT NULL,
  ended INTEGER,
  owner INTEGER,             -- the engine that executes it; NULL: nobody does
  epoch INTEGER NOT NULL,    -- grows whenever the owner changes: who has an old one records nothing
  due INTEGER,               -- there is nothing to do before this time of the run; NULL: at once
  trouble TEXT NOT NULL,     -- why it was left unfinished, or terminated
  interpreter TEXT NOT NULL, -- which interpreter its steps belong to
  clock TEXT NOT NULL,       -- the run's time, see clock.py
  start TEXT NOT NULL,       -- what it was started with
  document TEXT              -- the execution document, once it has ended
);
CREATE INDEX runs_by_time ON runs (created, number);
CREATE INDEX runs_by_status ON runs (status, created, number);
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE TABLE steps (
  number INTEGER PRIMARY KEY,
  run INTEGER NOT NULL,
  flow TEXT NOT NULL,        -- the run's id, or that of a branch
  key TEXT NOT NULL,
  value TEXT,                -- NULL: a call that may not be repeated has begun
  time INTEGER NOT NULL,
  UNIQUE (run, flow, key)
);
CREATE TABLE messages (
  number INTEGER PRIMARY KEY, run INTEGER NOT NULL, topic TEXT NOT NULL, body TEXT NOT NULL
);
CREATE INDEX messages_by_topic ON messages (run, topic);
CREATE TABLE owners (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  pid INTEGER NOT NULL,
  lock TEXT NOT NULL         -- the file in which byte NUMBER is locked while it lives
);
PRAGMA user_version = {VERSION};
"""


CREATE: Final = """
INSERT INTO runs (id, parent, name, version, status, created, owner, epoch, trouble, interpreter,
  clock, start)
VALUES (?, ?, ?, ?, 'RUNNING', ?, ?, 1, '', ?, ?, ?)
ON CONFLICT (id) DO NOTHING
"""
PARENT: Final = """
SELECT parent.number, child.id FROM runs AS child
JOIN runs AS parent ON parent.id = child.parent AND parent.ended IS NULL
WHERE child.number = ?
"""
TERMINATE_BELOW: Final = """
WITH RECURSIVE below (id) AS (
  SELECT id FROM runs WHERE parent = ?
  UNION SELECT runs.id FROM runs JOIN below ON runs.parent = below.id
)
UPDATE runs SET status = 'TERMINATED', trouble = ?, ended = ?, owner = NULL, epoch = epoch + 1
WHERE ended IS NULL AND id IN below
"""
KEEP: Final = """
INSERT INTO steps (run, flow, key, value, time)
SELECT number, ?, ?, ?, ? FROM runs WHERE number = ? AND epoch = ? AND ended IS NULL
ON CONFLICT (run, flow, key) DO UPDATE SET value = excluded.value, time = excluded.time
"""
STEP: Final = f"{KEEP}WHERE value IS NULL\n"


class Connected(Closeable):
    """A connection to a journal, for one process.

    Attributes:
        connection: in autocommit mode, for any thread.
        lock: held by the thread that uses the connection.
        in_memory: whether it stands for a journal that is not there.
    """

    def __init__(
        self, connection: sqlite3.Connection, *, copy: str = "", in_memory: bool = False
    ) -> None:
        self.connection = connection
        self.lock = threading.RLock()
        self.in_memory = in_memory
        self._copy = copy
        _all.add(self)

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
        if self._copy:
            shutil.rmtree(self._copy, ignore_errors=True)


_all: weakref.WeakSet[Connected] = weakref.WeakSet()
_opening = threading.RLock()


def _hold() -> None:
    """Keep every thread out of SQLite while the process forks.

    A child would never get a lock of SQLite's own that a thread held at that moment.
    """
    _opening.acquire()
    _held[:] = _all
    for each in _held:
        each.lock.acquire()


def _go_on() -> None:
    for each in _held:
        each.lock.release()
    _held.clear()
    _opening.release()


def _leave_to_parent() -> None:
    """Keep, in a forked child, the parent's connections from ever being used or closed there."""
    for each in _held:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(each.connection))
    _all.clear()
    _go_on()


_held: list[Connected] = []

if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_hold, after_in_parent=_go_on, after_in_child=_leave_to_parent)


def open_to_write(path: Path, durability: Durability) -> Connected:
    """Open a journal, made when it is missing; its folder too.

    Raises:
        EngineError: it is of another version, or not a journal.
    """
    if not path.exists():
        _make(path)
    connection = _connect(path, "rw")
    connection.execute(f"PRAGMA synchronous={durability}")
    connection.execute("PRAGMA busy_timeout=1000")
    connection.execute("PRAGMA wal_autocheckpoint=4000")
    return Connected(connection)


def open_to_read(path: Path) -> Connected:
    """Open a journal without writing anything; a missing one is empty.

    Raises:
        EngineError: it is of another version, or not a journal.
    """
    if not path.exists():
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        connection.executescript(_TABLES)
        return Connected(connection, in_memory=True)
    try:
        return Connected(_connect(path, "ro"))
    except sqlite3.OperationalError:
        if os.access(path.parent, os.W_OK):
            raise
    return _open_read_only(path)


def _open_read_only(path: Path) -> Connected:
    """Open a journal in a folder where SQLite cannot make the files that it reads with."""
    log = path.with_name(f"{path.name}-wal")
    if not log.exists() or not log.stat().st_size:
        return Connected(_connect(path, "ro&immutable=1"))
    folder = tempfile.mkdtemp(prefix="httptask-")
    for each in (path, log):
        shutil.copyfile(each, Path(folder) / each.name)
    return Connected(_connect(Path(folder) / path.name, "rw"), copy=folder)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"file:{quote(str(path))}?mode={mode}"
    with _opening:
        connection = sqlite3.connect(
            uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=64
        )
        try:
            connection.execute("PRAGMA temp_store=MEMORY")
            _check(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == VERSION:
        return
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if "workflow_status" in tables:
        raise EngineError(
            f"{path} is a journal of httptask 0.1.0",
            code="journal_old",
            hint=f"finish its runs with httptask 0.1.0, then move {path.parent} away; "
            "or choose another folder with --data",
        )
    if version > VERSION:
        raise EngineError(
            f"{path} has version {version}; this httptask reads version {VERSION}",
            code="journal_newer",
            hint="use the version of httptask that wrote it, or a later one",
        )
    raise EngineError(f"{path} is not a journal", code="store_failed")


def _make(path: Path) -> None:
    """Make an empty journal: whole under another name first, so that no process sees half of it."""
    make_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=".journal-", dir=path.parent)
    os.close(handle)
    made = Path(name)
    try:
        with (
            _opening,
            contextlib.closing(sqlite3.connect(made, isolation_level=None)) as connection,
        ):
            connection.executescript(_TABLES)
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            made.rename(path)
    finally:
        made.unlink(missing_ok=True)
    sync_folder(path.parent)


def store_failed(error: sqlite3.Error) -> EngineError:
    """Return the error that a failure of the database is."""
    hint = "check disk space and rights of the data folder"
    if is_busy(error):
        hint = "another process is using it: try again"
    return EngineError(f"the store failed: {error}", code="store_failed", hint=hint)


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether another connection holds the lock that was wanted."""
    try:
        code = error.sqlite_errorcode
    except AttributeError:  # it was not raised by SQLite
        return False
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

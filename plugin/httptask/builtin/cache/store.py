"""The file of stored responses: SQLite, shared by processes, readable by its owner alone.

hishel keeps a connection open. SQLite forbids to use one in a forked child, and has locks of its
own that a child would wait for: each process has its own, and none forks while one is used.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any, Final

from hishel import SqliteStorage

from httptask.core.first_use import lock_over_forks

FILE: Final = "cache.sqlite3"
MAX_SIZE: Final = 256 * 1024 * 1024
MAX_RESPONSE: Final = 32 * 1024 * 1024
"""Bytes of all responses, and of one body: what is longer is not stored."""

_BUSY: Final = 0.5
"""Seconds to wait while another process writes, and every thread of this one with it."""

_UNUSED: Final = 30 * 86_400.0
"""Seconds after which a response that nobody used goes."""

_MODE: Final = 0o600
_IN_SQLITE: Final = lock_over_forks()


def open_storage(folder: Path) -> SqliteStorage:
    """Open the stored responses of a data folder for this process; make the file if need be.

    Raises:
        OSError: the file cannot be made.
        sqlite3.Error: it cannot be opened.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    if not path.exists():  # before SQLite makes it, readable by all
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, _MODE))
    with _IN_SQLITE:
        connection = sqlite3.connect(
            path,
            timeout=_BUSY,
            factory=_Connection,
            check_same_thread=False,
            isolation_level=None,
        )
    return SqliteStorage(
        connection=connection,
        default_tti=_UNUSED,
        max_stream_size=MAX_RESPONSE,
        max_size=MAX_SIZE,
    )


class _Cursor(sqlite3.Cursor):
    """A cursor that no process forks with while it is used, and that no child uses."""

    def execute(self, sql: str, parameters: Any = (), /) -> _Cursor:
        if sql.startswith("PRAGMA busy_timeout"):  # hishel's is longer than ours
            return self
        with _IN_SQLITE:
            _check(self.connection)
            super().execute(sql, parameters)
        return self

    def fetchone(self) -> Any:
        with _IN_SQLITE:
            _check(self.connection)
            return super().fetchone()

    def fetchall(self) -> list[Any]:
        with _IN_SQLITE:
            _check(self.connection)
            return super().fetchall()


class _Connection(sqlite3.Connection):
    """A connection with such cursors."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.process = os.getpid()

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)

    def commit(self) -> None:
        with _IN_SQLITE:
            _check(self)
            super().commit()

    def close(self) -> None:
        if self.process == os.getpid():
            with _IN_SQLITE:
                super().close()


def _check(connection: Any) -> None:
    if connection.process != os.getpid():
        raise sqlite3.ProgrammingError("the connection is the parent's")

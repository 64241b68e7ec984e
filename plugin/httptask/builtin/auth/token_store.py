"""Tokens that all tasks, runs and processes of one data folder share.

One SQLite file, readable by its owner alone. A row is a token of one identity: of one client at one
token endpoint, for one set of scopes. Whoever asks for a token holds the row's lease meanwhile, so
that one call is made for all who wait. The lease of a killed process ends by itself.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from httptask.core.first_use import lock_over_forks
from httptask.errors import CredentialsError

FILE: Final = "tokens.sqlite3"
_PATIENCE: Final = 30.0
"""Seconds to wait for another process that writes."""

_FORGOTTEN: Final = 30 * 86_400.0
"""Seconds after which a token that nobody renewed goes, if it cannot be renewed."""

_TICK: Final = 100_000_000
"""Nanoseconds; more than a file system's clock takes to move on."""

_REMEMBERED: Final = 1_000
"""Rows that are held in memory."""

_VERSION: Final = 1
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS tokens (
    identity TEXT PRIMARY KEY,
    token TEXT NOT NULL DEFAULT '',
    changed REAL NOT NULL DEFAULT 0,
    holder TEXT NOT NULL DEFAULT '',
    leased_until REAL NOT NULL DEFAULT 0,
    failure TEXT NOT NULL DEFAULT '',
    failed REAL NOT NULL DEFAULT 0
) WITHOUT ROWID
"""
_COLUMNS: Final = "token, holder, leased_until, failure, failed"
_MODE: Final = 0o600

_IN_SQLITE: Final = lock_over_forks()
"""SQLite has locks of its own, which a child that is forked meanwhile would wait for."""


class Token(msgspec.Struct, frozen=True):
    """A token as the server gave it.

    Attributes:
        access: the access token.
        due: time at which it is renewed, in seconds since the epoch; None: when it is refused.
        refresh: the refresh token that gives the next one, or "".
        scopes: the scopes that the server says it has, separated by blanks, or "".
    """

    access: str
    due: float | None = None
    refresh: str = ""
    scopes: str = ""

    def usable(self, now: float, refused: str) -> bool:
        """Tell whether it may be sent: it is not due, and not the one that was refused."""
        in_time = self.due is None or now < self.due
        return bool(self.access) and in_time and self.access != refused


class Failure(msgspec.Struct, frozen=True):
    """Why no token was given; all who waited for it are told the same.

    Attributes:
        code: stable code.
        message: what is wrong; it holds no secret.
        hint: what to do.
        retryable: whether another try may help.
        retry_after: seconds the server asks to wait, or None.
    """

    code: str
    message: str
    hint: str = ""
    retryable: bool = False
    retry_after: float | None = None


class Row(msgspec.Struct, frozen=True):
    """What the store knows of an identity.

    Attributes:
        token: the token, or None.
        holder: who asks for the next one, or "".
        leased_until: time at which the holder's lease ends.
        failure: how the last call failed, or None.
        failed: when it did.
    """

    token: Token | None = None
    holder: str = ""
    leased_until: float = 0.0
    failure: Failure | None = None
    failed: float = 0.0


class TokenStore:
    """The tokens of one data folder; times are seconds since the epoch.

    Args:
        folder: the data folder; the file is made when the first token is asked for.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._seen: dict[str, tuple[tuple[int, ...], Row]] = {}

    def read(self, identity: str) -> Row:
        """Return what is known of an identity; cheap while nobody writes.

        Raises:
            CredentialsError: the file cannot be read.
        """
        state = self._state()
        seen = self._seen.get(identity)
        if seen is not None and seen[0] == state:
            return seen[1]
        if not state:
            return Row()
        with self._opened() as db:
            row = _row(db, identity)
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        if time.time_ns() - state[0] > _TICK:  # else a write may follow within the same tick
            self._seen[identity] = state, row
        return row

    def _state(self) -> tuple[int, ...]:
        """Return what changes with every write; () if there is no file.

        The file is not opened: closing it would drop the locks of SQLite in other threads.
        """
        try:
            found = os.stat(self._path)  # noqa: PTH116 - half the time of Path.stat
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_ino, found.st_size

    def take(self, identity: str, holder: str, now: float, until: float, refused: str) -> Row:
        """Take the lease, if it is free and there is no usable token; return the row after that."""
        with self._opened() as db, _transaction(db):
            row = _row(db, identity)
            has_token = row.token is not None and row.token.usable(now, refused)
            if has_token or (row.holder and row.leased_until > now):
                return row
            db.execute(
                "INSERT INTO tokens (identity, holder, leased_until, changed) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (identity) DO UPDATE SET holder = excluded.holder, "
                "leased_until = excluded.leased_until",
                (identity, holder, until, now),
            )
            return Row(row.token, holder, until, row.failure, row.failed)

    def put(self, identity: str, token: Token, now: float) -> None:
        """Keep a token, on the disk once this returns, and free the lease."""
        with self._opened() as db, _transaction(db):
            db.execute(
                "INSERT INTO tokens (identity, token, changed) VALUES (?, ?, ?) "
                "ON CONFLICT (identity) DO UPDATE SET token = excluded.token, "
                "changed = excluded.changed, holder = '', failure = '', failed = 0",
                (identity, msgspec.json.encode(token).decode(), now),
            )
            db.execute(
                'DELETE FROM tokens WHERE changed < ? AND token LIKE \'%"refresh":""%\'',
                (now - _FORGOTTEN,),
            )

    def fail(self, identity: str, holder: str, failure: Failure | None, now: float) -> None:
        """Free the lease of a holder, and tell those who wait why there is no token."""
        text = msgspec.json.encode(failure).decode() if failure is not None else ""
        with self._opened() as db, _transaction(db):
            db.execute(
                "UPDATE tokens SET holder = '', failure = ?, failed = ? "
                "WHERE identity = ? AND holder = ?",
                (text, now if failure is not None else 0.0, identity, holder),
            )

    def forget(self, identity: str) -> bool:
        """Remove a token; tell whether there was one."""
        if not self._state():
            return False
        with self._opened() as db, _transaction(db):
            gone = db.execute("DELETE FROM tokens WHERE identity = ?", (identity,))
            return gone.rowcount > 0

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one use: a connection would not survive a fork."""
        try:
            self._make()
            with (
                _IN_SQLITE,
                contextlib.closing(
                    sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)
                ) as db,
            ):
                if db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                    with _transaction(db):  # who only reads first cannot wait for others to write
                        db.execute(_SCHEMA)
                        db.execute(f"PRAGMA user_version = {_VERSION}")
                yield db
        except (OSError, sqlite3.Error, msgspec.MsgspecError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            raise CredentialsError(
                f"the tokens in {self._path} cannot be used: {why}",
                code="tokens_unusable",
                retryable=False,
                hint="check disk space and rights of the data folder; without this file, tokens "
                "are asked for anew",
            ) from error

    def _make(self) -> None:
        """Make the file, readable by its owner alone, before SQLite does."""
        if not self._path.exists():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, _MODE))
        elif self._path.stat().st_mode & 0o077:
            self._path.chmod(_MODE)


def _row(db: sqlite3.Connection, identity: str) -> Row:
    query = f"SELECT {_COLUMNS} FROM tokens WHERE identity = ?"  # noqa: S608 - a constant
    found = db.execute(query, (identity,)).fetchone()
    if found is None:
        return Row()
    token, holder, leased_until, failure, failed = found
    return Row(
        msgspec.json.decode(token, type=Token) if token else None,
        holder,
        leased_until,
        msgspec.json.decode(failure, type=Failure) if failure else None,
        failed,
    )


@contextlib.contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    with db:  # commits, or rolls back what is still open
        db.execute("BEGIN IMMEDIATE")
        yield

"""The files of a store, and reading dbos' journal without running anything."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, StepInfo, WorkflowStatus
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from httptask.engines.embedded.intents import Intents
from httptask.engines.embedded.records import RawRecords, Records
from httptask.engines.embedded.slots import Slots, alone
from httptask.errors import EngineError

Durability = Literal["normal", "full"]

INTERPRETER: Final = "httptask-embedded-1"
"""Version of the interpreter; a run goes on only under the version that started it."""

APPLICATION: Final = "httptask"
ROOT: Final = "httptask.run"
BRANCH: Final = "httptask.branch"

_PRAGMAS = (
    "busy_timeout=30000",
    "foreign_keys=ON",
    "journal_mode=WAL",
    "temp_store=MEMORY",
    "wal_autocheckpoint=4000",
)


class Store:
    """A store: the journal (SQLite), the content-addressed files, notes and locks beside it.

    Attributes:
        path: the journal's file, in the store's folder.
        files: folder of the content-addressed files.
        records: how values stand in the journal.
        engine: connections to the journal.
        slots: locks of the processes that use it.
        intents: notes of calls that may not be repeated.
    """

    def __init__(self, folder: Path, files: Path, durability: Durability = "normal") -> None:
        if durability not in ("normal", "full"):
            raise EngineError(f"durability is normal or full, not {durability}", code="option")
        folder, self.files = folder.absolute(), files.absolute()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = folder / "journal.db"
        self.records = Records(self.files)
        self._synchronous = "FULL" if durability == "full" else "NORMAL"
        self.engine = _engine(self.path, self._tune)
        self.slots = Slots(folder / "slots")
        self._lock = folder / "setup.lock"
        with alone(self._lock):
            self.intents = Intents(self._connect(folder / "intents.db"))

    @contextlib.contextmanager
    def set_up(self) -> Iterator[None]:
        """Let one process at a time make the journal, or bring it up to date.

        SQLite does not wait for others while a file turns to the write-ahead log.
        """
        with alone(self._lock):
            self.engine.connect().close()
            yield

    def connect(self) -> sqlite3.Connection:
        """Return a new connection to the journal, in autocommit mode, for any thread."""
        return self._connect(self.path)

    def _connect(self, path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._tune(connection)
        return connection

    def _tune(self, connection: sqlite3.Connection) -> None:
        for pragma in (*_PRAGMAS, f"synchronous={self._synchronous}"):
            connection.execute(f"PRAGMA {pragma}")

    @cached_property
    def client(self) -> DBOSClient:
        """Return dbos' client, which runs nothing; the journal is made, or brought up to date."""
        quiet_dbos()
        with self.set_up():
            DBOS.migrate(f"sqlite:///{self.path}")
        return self._client(self.records)

    @cached_property
    def raw(self) -> DBOSClient:
        """Return a client that gives the journal's texts back as they are."""
        self.client.check_connection()
        return self._client(RawRecords(self.files))

    def _client(self, records: Records) -> DBOSClient:
        return DBOSClient(
            system_database_engine=self.engine, serializer=records, application_name=APPLICATION
        )

    def row(self, workflow_id: str, *, values: bool = False) -> WorkflowStatus | None:
        """Return dbos' row of a run or branch.

        Args:
            workflow_id: its id.
            values: also load its input and output.
        """
        rows = self.client.list_workflows(
            workflow_ids=[workflow_id], load_input=values, load_output=values
        )
        return rows[0] if rows else None

    def steps(self, workflow_id: str) -> list[StepInfo]:
        """Return the recorded steps of a run or branch, in order."""
        return self.client.list_workflow_steps(workflow_id)

    def family(self, workflow_id: str) -> list[WorkflowStatus]:
        """Return the rows of a run and of all its branches, without values."""
        found = self.client.list_workflows(
            workflow_id_prefix=f"{workflow_id}/", load_input=False, load_output=False
        )
        row = self.row(workflow_id)
        return [*([row] if row else []), *found]

    def close(self) -> None:
        """Close all connections."""
        for client in ("raw", "client"):
            if client in self.__dict__:
                getattr(self, client).destroy()
        self.intents.close()
        self.engine.dispose()


def quiet_dbos() -> None:
    """Keep dbos from logging, unless the host application uses it and wants its log."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.setLevel(logging.CRITICAL)


@contextlib.contextmanager
def failures_told() -> Iterator[None]:
    """Turn failures of the database into errors of ours; they never carry a value."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", None) or error
        hint = "check disk space and rights of the data folder"
        if "locked" in str(cause):
            hint = "another process keeps it busy: try again"
        raise EngineError(f"the store failed: {cause}", code="store_failed", hint=hint) from None


def _engine(path: Path, tune: Callable[[sqlite3.Connection], None]) -> sa.Engine:
    engine = sa.create_engine(
        f"sqlite:///{path}",
        connect_args={"check_same_thread": False, "cached_statements": 256},
        pool_size=8,
        max_overflow=64,
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _begin_immediately(connection: Any, _record: Any) -> None:
        connection.isolation_level = "IMMEDIATE"
        tune(connection)

    return engine

"""What dbos does for every run and every step, as plain SQL on dbos' own tables.

For SQLite dbos builds and compiles each statement anew, which takes it most of a millisecond a
step; SQLite itself needs a twentieth of that. The four methods here leave the same rows behind
(tests compare them), so that recovery, cancelling and messages stay dbos' own. Whatever is out of
the ordinary is handed to the method that is overridden.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from dbos._context import current_owner_xid
from dbos._sys_db import (
    OperationResultInternal,
    RecordedResult,
    SystemDatabase,
    WorkflowStatuses,
    WorkflowStatusInternal,
    db_retry,
)
from dbos._sys_db_sqlite import SQLiteSystemDatabase

from httptask.engines.embedded.checkpoints import Checkpoints

_PENDING: Final = "PENDING"

_STATUS_COLUMNS: Final = {"app_version": "application_version", "app_id": "application_id"}
"""Columns of a workflow whose names are not those of dbos' status."""

_STATUS_KEYS: Final = (
    "workflow_uuid", "status", "name", "class_name", "config_name", "executor_id", "app_version",
    "app_id", "authenticated_user", "authenticated_roles", "assumed_role", "queue_name",
    "workflow_timeout_ms", "workflow_deadline_epoch_ms", "deduplication_id", "priority",
    "serialization", "queue_partition_key", "parent_workflow_id", "delay_until_epoch_ms",
    "schedule_name", "debounce_deadline_epoch_ms", "is_debounced", "application_name",
)  # fmt: skip

_INSERT_STATUS: Final = (
    "INSERT INTO workflow_status (creator_xid, owner_xid, recovery_attempts, attributes, "  # noqa: S608
    + ", ".join(_STATUS_COLUMNS.get(key, key) for key in _STATUS_KEYS)
    + ") VALUES (:creator, :creator, 1, 'null', "
    + ", ".join(f":{key}" for key in _STATUS_KEYS)
    + ") ON CONFLICT DO NOTHING"
)
_INSERT_INPUT: Final = (
    "INSERT INTO workflow_input (workflow_uuid, inputs) VALUES (:workflow_uuid, :inputs)"
)
_FIND_STEP: Final = """
SELECT status, function_id FROM workflow_status
LEFT JOIN operation_outputs
  ON operation_outputs.workflow_uuid = workflow_status.workflow_uuid AND function_id = ?
WHERE workflow_status.workflow_uuid = ?
"""
_INSERT_STEP: Final = """
INSERT INTO operation_outputs (
  workflow_uuid, function_id, function_name, started_at_epoch_ms, completed_at_epoch_ms,
  output, error, serialization, application_name, retention_timestamp)
SELECT :workflow_uuid, :function_id, :function_name, :started_at_epoch_ms, :completed,
  :output, :error, :serialization, :application, :now
WHERE EXISTS (
  SELECT 1 FROM workflow_status WHERE workflow_uuid = :workflow_uuid AND owner_xid = :owner)
ON CONFLICT DO NOTHING
"""
_UPDATE_STATUS: Final = """
UPDATE workflow_status
SET status = :status, deduplication_id = NULL, owner_xid = NULL, updated_at = :now,
  completed_at = :now
WHERE workflow_uuid = :workflow AND status = 'PENDING' AND owner_xid = :owner
"""
_INSERT_OUTPUT: Final = """
INSERT INTO workflow_output (workflow_uuid, output, error) VALUES (:workflow, :output, :error)
ON CONFLICT (workflow_uuid) DO UPDATE SET output = excluded.output, error = excluded.error
"""


class HotPath(SQLiteSystemDatabase):
    """dbos' database with a shorter way for what happens most."""

    _reading: threading.Lock
    _writing: threading.Lock
    _reader: sqlite3.Connection
    _writer: sqlite3.Connection
    _checkpoints: Checkpoints

    @classmethod
    def take_over(cls, database: SystemDatabase, connect: Callable[[], sqlite3.Connection]) -> None:
        """Turn a database that dbos has made into one of this class.

        Args:
            database: dbos' database.
            connect: returns a new connection to its file, in autocommit mode, for any thread.
        """
        database.__class__ = cls
        assert isinstance(database, cls)  # noqa: S101 - for the type checker
        database._reading, database._writing = threading.Lock(), threading.Lock()
        database._reader, database._writer = connect(), connect()
        database._checkpoints = Checkpoints(connect(), database._writer)

    def destroy(self) -> None:
        """Close all connections; whoever comes after it gets a ``sqlite3.ProgrammingError``."""
        super().destroy()
        self._checkpoints.close()
        with self._reading, self._writing:
            self._reader.close()
            self._writer.close()

    @db_retry()
    def init_workflow(
        self, status: WorkflowStatusInternal, *, creator_xid: str | None, reuse_policy: Any = None
    ) -> tuple[WorkflowStatuses, bool]:
        """Record a new workflow; one that is there already, or is queued, is dbos' matter."""
        ordinary = status["status"] == _PENDING and status["attributes"] is None
        if ordinary and creator_xid is not None:
            with self._transaction() as writer:
                values = {**status, "creator": creator_xid}
                if writer.execute(_INSERT_STATUS, values).rowcount:
                    writer.execute(_INSERT_INPUT, values)
                    return status["status"], True
        return super().init_workflow(status, creator_xid=creator_xid, reuse_policy=reuse_policy)

    @db_retry()
    def update_workflow_outcome(
        self,
        workflow_id: str,
        status: WorkflowStatuses,
        *,
        output: str | None = None,
        error: str | None = None,
        owner_xid: str | None = None,
    ) -> bool:
        """Record how a workflow ended, if it is still this execution's; one of nobody is dbos'."""
        owner = owner_xid or current_owner_xid(workflow_id)
        if owner is None:
            return super().update_workflow_outcome(workflow_id, status, output=output, error=error)
        values = {
            "workflow": workflow_id,
            "status": status,
            "output": output,
            "error": error,
            "owner": owner,
            "now": _now(),
        }
        with self._transaction() as writer:
            if not writer.execute(_UPDATE_STATUS, values).rowcount:
                return False
            writer.execute(_INSERT_OUTPUT, values)
            return True

    @db_retry()
    def check_operation_execution(
        self,
        workflow_id: str,
        function_id: int,
        function_name: str,
        *,
        owner_key: str | None = None,
    ) -> RecordedResult | None:
        """Return what a step has recorded; None when it has not run yet."""
        with self._reading:
            found = self._reader.execute(_FIND_STEP, (function_id, workflow_id)).fetchall()
        if found == [(_PENDING, None)]:
            return None
        return super().check_operation_execution(
            workflow_id, function_id, function_name, owner_key=owner_key
        )

    @db_retry()
    def record_operation_result(
        self,
        result: OperationResultInternal,
        *,
        completed_at_epoch_ms: int | None = None,
        owner_xid: str | None = None,
        owner_key: str | None = None,
    ) -> None:
        """Record a step, if its workflow is still this execution's."""
        now = _now()
        completed = completed_at_epoch_ms if completed_at_epoch_ms is not None else now
        owner = owner_xid or current_owner_xid(result["workflow_uuid"])
        if owner is not None and result["child_workflow_id"] is None:
            values = {
                **result,
                "completed": completed,
                "application": self.app_name,
                "now": now,
                "owner": owner,
            }
            with self._writing:
                if self._writer.execute(_INSERT_STEP, values).rowcount:
                    self._checkpoints.committed()
                    return
        super().record_operation_result(
            result, completed_at_epoch_ms=completed, owner_xid=owner_xid, owner_key=owner_key
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._writing:
            with self._writer:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
            self._checkpoints.committed()


def _now() -> int:
    return time.time_ns() // 1_000_000

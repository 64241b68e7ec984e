"""Reading what a store holds: one run's document, the list of runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dbos import WorkflowStatus

from httptask.engines.embedded.document import broken, cancelled, with_failure_workflow
from httptask.engines.embedded.entries import Entry
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.host import UNFINISHED
from httptask.engines.embedded.interpreter import (
    branch_flow,
    branch_so_far,
    silent,
    so_far,
    start_flow,
)
from httptask.engines.embedded.payload import run_of
from httptask.engines.embedded.replay import Replay, payload_of
from httptask.engines.embedded.run import Run
from httptask.engines.embedded.store import BRANCH, INTERPRETER, ROOT, Store
from httptask.errors import EngineError, InputError


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One line in the list of runs.

    Attributes:
        workflow_id: its id.
        name: name of the workflow.
        version: version of the definition.
        status: the workflow's status.
        active: whether a process is executing it now; RUNNING and not active: interrupted.
        created: when it started, milliseconds since the epoch.
        ended: when it ended, or None.
    """

    workflow_id: str
    name: str
    version: int
    status: str
    active: bool
    created: int
    ended: int | None

    def to_json(self) -> dict[str, Any]:
        """Return the line in Conductor's words."""
        return {
            "workflowId": self.workflow_id,
            "workflowName": self.name,
            "workflowVersion": self.version,
            "status": self.status,
            "active": self.active,
            "startTime": self.created,
            "endTime": self.ended or 0,
        }


def found_row(store: Store, run_id: str, *, values: bool = True) -> WorkflowStatus:
    """Return dbos' row of a run.

    Raises:
        InputError: there is none with this id.
    """
    row = store.row(run_id, values=values)
    if row is None or row.name != ROOT:
        raise InputError(f"there is no run {run_id}", code="run_unknown")
    return row


def get_document(store: Store, run_id: str) -> dict[str, Any]:
    """Return a run's document; of an unfinished one what it has done so far.

    Raises:
        InputError: there is none with this id.
        EngineError: it belongs to another version of the interpreter, or a file is gone.
    """
    row = found_row(store, run_id)
    if row.status == "SUCCESS":
        if not isinstance(row.output, dict):
            raise EngineError("a stored file of the run is gone", code="file_missing")
        return row.output
    outcome = so_far(_replaying(store, row))
    if row.status == "CANCELLED":
        return cancelled(outcome)
    if row.status == "ERROR":
        return broken(outcome, f"The engine could not go on: {row.error}")
    return with_failure_workflow(outcome)


def _replaying(store: Store, row: WorkflowStatus) -> Flow:
    run = replayable(row)
    return start_flow(run, Replay(store, run, run.id), silent)


def replayable(row: WorkflowStatus) -> Run:
    """Return the run of a row.

    Raises:
        EngineError: it belongs to another version of the interpreter.
    """
    if row.app_version != INTERPRETER:
        raise EngineError(
            f"the run was started by {row.app_version}, this is {INTERPRETER}",
            code="run_version",
            hint="finish it with the version of httptask that started it",
        )
    return run_of(row.workflow_id, payload_of(row))


def list_runs(store: Store, *, limit: int = 100, offset: int = 0) -> list[RunInfo]:
    """Return the runs, newest first."""
    rows = store.client.list_workflows(name=ROOT, sort_desc=True, limit=limit, offset=offset)
    alive = {name: store.slots.is_alive(name) for name in {row.executor_id or "" for row in rows}}
    infos = [_info(row, alive=alive[row.executor_id or ""]) for row in rows]
    return sorted(infos, key=lambda info: info.created, reverse=True)


def _info(row: WorkflowStatus, *, alive: bool) -> RunInfo:
    found = row.output if isinstance(row.output, dict) else {}
    payload = payload_of(row) if isinstance(row.input, dict) else {}
    definition = payload.get("definition", {})
    status = {"CANCELLED": "TERMINATED", "ERROR": "FAILED"}.get(row.status, "RUNNING")
    return RunInfo(
        row.workflow_id,
        definition.get("name", ""),
        definition.get("version", 1),
        found.get("status", status),
        alive and row.status in UNFINISHED,
        payload.get("created", row.created_at or 0),
        found.get("endTime", row.completed_at),
    )


def find_waiting(store: Store, run_id: str, reference: str) -> tuple[str, Entry]:
    """Return the task that waits for its completion, and the workflow that waits in it.

    Raises:
        InputError: no task of this name waits.
    """
    run = replayable(found_row(store, run_id))
    for row in store.family(run_id):
        if row.status not in UNFINISHED:
            continue
        for entry in _own_entries(store, run, row.workflow_id):
            name = entry["referenceTaskName"]
            if _waits(entry) and reference in (name, run.base(name)):
                return row.workflow_id, entry
    raise InputError(
        f"no task {reference} of run {run_id} waits for its completion", code="task_not_waiting"
    )


def _waits(entry: Entry) -> bool:
    return bool(
        entry["status"] == "IN_PROGRESS" and entry["taskType"] not in ("DO_WHILE", "SUB_WORKFLOW")
    )


def _own_entries(store: Store, run: Run, workflow_id: str) -> list[Entry]:
    """Return the tasks of a run or branch that are not in branches of its own."""
    row = store.row(workflow_id, values=True)
    if row is None:
        return []
    effects = Replay(store, run, workflow_id)
    if row.name != BRANCH:
        flow = start_flow(run, effects, silent)
        so_far(flow)
        return flow.entries
    payload = payload_of(row)
    flow = branch_flow(run, payload, workflow_id, effects, silent)
    branch_so_far(flow, payload)
    return flow.entries

"""Reading what a journal holds: one run's document, the list of runs, what runs wait for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from httptask.definition.messages import did_you_mean
from httptask.engines.embedded.document import document, terminated, with_failure_workflow
from httptask.engines.embedded.effects import Unrecorded
from httptask.engines.embedded.interpreter import Outcome, silent, so_far, start_flow
from httptask.engines.embedded.payload import compiled, run_of
from httptask.engines.embedded.reader import INTERPRETER, OPEN, Reader, Row
from httptask.engines.embedded.replay import Recorded, Replay
from httptask.errors import EngineError, InputError

LAST: Final = "last"
"""What stands for the id of the newest run."""

_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One line in the list of runs.

    Attributes:
        workflow_id: its id.
        name: name of the workflow.
        version: version of the definition.
        status: the workflow's status.
        active: whether a process is executing it now.
        created: when it started, milliseconds since the epoch.
        ended: when it ended, or None.
        trouble: why the last process left it unfinished, or "".
        waiting: whether it was left because there was nothing to do.
    """

    workflow_id: str
    name: str
    version: int
    status: str
    active: bool
    created: int
    ended: int | None
    trouble: str
    waiting: bool

    def to_json(self) -> dict[str, Any]:
        """Return the line in Conductor's words."""
        found: dict[str, Any] = {
            "workflowId": self.workflow_id,
            "workflowName": self.name,
            "workflowVersion": self.version,
            "status": self.status,
            "active": self.active,
            "startTime": self.created,
            "endTime": self.ended or 0,
        }
        return {**found, "reasonForIncompletion": self.trouble} if self.trouble else found


def found_row(reader: Reader, text: str) -> Row:
    """Return the row of a run: by its id, the beginning of one, or ``last`` for the newest.

    Raises:
        InputError: there is no such run, or there are several.
    """
    row = reader.row(text)
    if row is None and text == LAST:
        row = next(iter(reader.rows(limit=1)), None)
    elif row is None:
        found = reader.beginning_with(text, _SHOWN + 1) if text else []
        if len(found) > 1:
            shown = ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
            raise InputError(
                f"several runs have an id that begins with {text}", code="run_ambiguous", hint=shown
            )
        row = reader.row(found[0]) if found else None
    if row is None:
        raise InputError(
            f"there is no run {text}", code="run_unknown", hint="httptask runs list shows them"
        )
    return row


def ended_row(reader: Reader, run_id: str) -> Row:
    """Return the row of a run that has ended.

    Raises:
        InputError: there is no such run, or it has not ended.
    """
    row = found_row(reader, run_id)
    if row.status in OPEN:
        raise InputError(
            f"run {run_id} has not ended",
            code="run_unfinished",
            hint=f"httptask resume {run_id} goes on with it",
        )
    return row


def get_document(reader: Reader, row: Row) -> dict[str, Any]:
    """Return a run's document; of an unfinished one what it has done so far.

    Raises:
        EngineError: it belongs to another version of the interpreter, or a file is gone.
    """
    found = reader.document(row.number)
    if found is not None:
        return found
    recorded, outcome = replayed(reader, row)
    if row.status not in OPEN:
        return terminated(outcome, row.trouble)
    try:
        found = with_failure_workflow(outcome)
    except Unrecorded:
        found = document(outcome)
    found["status"] = row.status
    if row.trouble:
        found["reasonForIncompletion"] = row.trouble
    if recorded.waits:
        found["waiting"] = [wait.to_json(row.id) for wait in recorded.waits]
    return found


def replayed(reader: Reader, row: Row) -> tuple[Recorded, Outcome]:
    """Return what an unfinished run has recorded, and what that comes to so far.

    Raises:
        EngineError: it belongs to another version of the interpreter.
    """
    check_interpreter(row)
    payload, steps = reader.start(row.number), reader.steps(row.number)
    run = run_of(row.id, payload, compiled(payload), steps)
    recorded = Recorded(run, steps, row.time().now())
    return recorded, so_far(start_flow(run, Replay(recorded, run.id), silent))


def check_interpreter(row: Row) -> None:
    """Refuse a run of another version of the interpreter.

    Raises:
        EngineError: it is one.
    """
    if row.interpreter != INTERPRETER:
        raise EngineError(
            f"run {row.id} was started by {row.interpreter}, this is {INTERPRETER}",
            code="run_version",
            hint="finish it with the version of httptask that started it",
        )


def list_runs(
    reader: Reader, *, status: str | None = None, limit: int = 100, offset: int = 0
) -> list[RunInfo]:
    """Return the runs, newest first; all, or those of a status."""
    statuses = () if status is None else (status,)
    rows = reader.rows(limit=limit, offset=offset, statuses=statuses)
    alive = reader.living(row.owner for row in rows)
    return [
        RunInfo(
            row.id, row.name, row.version, row.status, row.owner in alive, row.created, row.ended,
            row.trouble, row.due is not None and not row.trouble,
        )
        for row in rows
    ]  # fmt: skip


def check_to_come(reader: Reader, row: Row, reference: str) -> None:
    """Refuse what is not the reference of a task that an unfinished run has not come to.

    Raises:
        InputError: it is not.
    """
    if row.status not in OPEN:
        raise InputError(f"run {row.id} is {row.status}", code="run_ended")
    recorded, outcome = replayed(reader, row)
    names = [entry["referenceTaskName"] for entry in outcome.flow.ordered()]
    if reference in names or reference in map(recorded.run.base, names):
        raise InputError(f"run {row.id} has begun with the task {reference}", code="task_begun")
    known = recorded.run.program.by_ref
    if recorded.run.base(reference) not in known:
        raise InputError(
            f"run {row.id} has no task {reference}",
            code="task_unknown",
            hint=did_you_mean(reference, known),
        )


def waiting_topic(reader: Reader, row: Row, reference: str) -> str:
    """Return what a completion of a task is addressed to.

    Raises:
        InputError: no task of this name waits for one.
    """
    if row.status in OPEN:
        recorded, _ = replayed(reader, row)
        for wait in recorded.waits:
            names = (wait.reference, recorded.run.base(wait.reference))
            if wait.topic and not wait.run_id and reference in names:
                return wait.topic
    raise InputError(
        f"no task {reference} of run {row.id} waits for its completion",
        code="task_not_waiting",
        hint=f"httptask runs show {row.id} says what it waits for",
    )

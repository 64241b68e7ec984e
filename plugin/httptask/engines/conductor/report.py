"""A task's result as a server takes it: small enough, and with its trace as log lines."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from httptask.builtin.output_limit import fitted
from httptask.core.json_text import encode
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.tracing import Trace
from httptask.engines.conductor.assignment import MARK, PAUSED, Assignment

LOG_LIMIT: Final = 16 * 1024
REASON_LIMIT: Final = 4000
FOREVER: Final = 10 * 365 * 24 * 3600
"""Seconds after which a task that others complete would be handed over again."""


@dataclass(frozen=True, slots=True)
class Report:
    """What the server is told about a task.

    Attributes:
        workflow_id: id of the workflow execution.
        task_id: id of the task.
        status: COMPLETED, FAILED, FAILED_WITH_TERMINAL_ERROR or IN_PROGRESS.
        output: the task's output.
        reason: reasonForIncompletion.
        callback: seconds after which the server hands the task over again (IN_PROGRESS only).
        logs: lines for the task's log.
        notices: what was done to the output that its reader should know.
    """

    workflow_id: str
    task_id: str
    status: str
    output: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    callback: int = 0
    logs: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def to_json(self, worker_id: str) -> dict[str, Any]:
        """Return the body of ``POST /api/tasks``."""
        now, log = int(time.time() * 1000), "\n".join((*self.notices, *self.logs))
        return {
            "workflowInstanceId": self.workflow_id,
            "taskId": self.task_id,
            "workerId": worker_id,
            "status": self.status,
            "outputData": self.output,
            "reasonForIncompletion": self.reason[:REASON_LIMIT] or None,
            "callbackAfterSeconds": self.callback,
            "logs": [{"log": log, "createdTime": now}] if log else [],
        }


def report_of(
    assignment: Assignment, result: TaskResult, files: Path, *, logged: bool = True
) -> Report:
    """Return the report of a finished execution.

    A failure whose response asks to wait is held back for that time when the server will retry: the
    task is handed over once more, and the failure is reported then.

    Args:
        assignment: the delivery.
        result: what came of it.
        files: folder of stored files.
        logged: whether the trace goes to the task's log; notices always do.
    """
    output, notices = fitted(result.output, files)
    notices = (*_stored_parts(result.trace), *_warnings(result.trace), *notices)
    status, callback = str(result.status), 0
    if result.pause is not None:
        note = {"state": PAUSED, "deliveries": assignment.deliveries, "kept": result.pause.kept}
        output, callback = {MARK: note}, math.ceil(result.pause.seconds)
    elif result.status is TaskStatus.IN_PROGRESS:
        callback = FOREVER
    held = _held_seconds(assignment, result)
    if held:
        note = {"state": "held", "status": status, "reason": result.reason}
        output, status, callback = {**output, MARK: note}, "IN_PROGRESS", held
        notices = (*notices, f"the service asks to wait: the retry comes in {held} s")
    return Report(
        workflow_id=assignment.execution.workflow_id,
        task_id=assignment.task_id,
        status=status,
        output=output,
        reason=result.reason,
        callback=callback,
        logs=log_lines(result.trace) if logged else (),
        notices=notices,
    )


def released(assignment: Assignment) -> Report | None:
    """Return the failure that was held back in an earlier delivery, or None."""
    note = assignment.note
    if note.get("state") != "held":
        return None
    output = dict(assignment.output)
    output.pop(MARK)
    return Report(
        workflow_id=assignment.execution.workflow_id,
        task_id=assignment.task_id,
        status=str(note.get("status") or TaskStatus.FAILED),
        output=output,
        reason=str(note.get("reason") or ""),
    )


def in_progress(assignment: Assignment, callback: int, state: str) -> Report:
    """Return the report that a task is not finished; the note of one that paused stays."""
    note = {"state": state, "deliveries": assignment.deliveries}
    if assignment.kept is not None:
        note = dict(assignment.note)
    return Report(
        workflow_id=assignment.execution.workflow_id,
        task_id=assignment.task_id,
        status="IN_PROGRESS",
        output={MARK: note},
        callback=callback,
    )


def _warnings(trace: Trace | None) -> tuple[str, ...]:
    """Return what is worth knowing of a response, as lines for a task's log."""
    found = trace.warnings if trace else ()
    return tuple(f"warning: {one['message']}" for one in found if one["code"] != "output_stored")


def log_lines(trace: Trace | None) -> tuple[str, ...]:
    """Return a trace, redacted as it is, as lines for a task's log."""
    if trace is None:
        return ()
    lines = []
    for exchange in trace.exchanges:
        outcome = exchange.response or exchange.error or {}
        said = outcome.get("status") or outcome.get("code")
        request = exchange.request
        lines.append(
            f"{exchange.purpose} attempt {exchange.attempt}: {request['method']} {request['url']} "
            f"-> {said} in {exchange.timings.total:.1f} ms"
        )
    document = trace.to_json()
    document.pop("output", None)
    text = encode(document).decode()
    if len(text) > LOG_LIMIT:
        document |= {"stages": [], "exchanges": []}
        text = encode(document).decode()[:LOG_LIMIT]
    return (*lines, f"trace {text}")


def _stored_parts(trace: Trace | None) -> tuple[str, ...]:
    warnings = trace.warnings if trace else ()
    return tuple(str(one["message"]) for one in warnings if one.get("code") == "output_stored")


def _held_seconds(assignment: Assignment, result: TaskResult) -> int:
    if result.status is not TaskStatus.FAILED or not assignment.retries_left:
        return 0
    missing = (result.retry_after or 0) - assignment.retry_delay
    return int(missing) + (missing > int(missing)) if missing > 0 else 0

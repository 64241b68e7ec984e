"""The execution document, in the shape of Conductor's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.entries import FAILED, Entry
from httptask.engines.embedded.interpreter import Outcome, ended
from httptask.engines.embedded.run import Run


def document(outcome: Outcome) -> dict[str, Any]:
    """Return the document of a run."""
    flow = outcome.flow
    tasks = flow.ordered()
    for number, entry in enumerate(tasks, 1):
        entry["seq"] = number
    finished = outcome.status != "RUNNING"
    found: dict[str, Any] = {
        **_head(flow.run),
        "status": outcome.status,
        "updateTime": flow.clock,
        "endTime": flow.clock if finished else 0,
        "output": outcome.output,
        "variables": flow.variables,
        "failedReferenceTaskNames": _distinct(tasks, "referenceTaskName"),
        "failedTaskNames": _distinct(tasks, "taskDefName"),
        "tasks": tasks,
    }
    if outcome.reason:
        found["reasonForIncompletion"] = outcome.reason
    return found


def terminated(outcome: Outcome, reason: str) -> dict[str, Any]:
    """Return the document of a run that somebody ended."""
    outcome.flow.cancel_open()
    return document(ended(outcome.flow, Ending("TERMINATED", reason)))


def _head(run: Run) -> dict[str, Any]:
    workflow = run.program.workflow
    return {
        "workflowId": run.id,
        "workflowName": workflow.name,
        "workflowVersion": workflow.version,
        "createTime": run.created,
        "startTime": run.created,
        "input": run.input,
    }


def _distinct(entries: Iterable[Entry], name: str) -> list[str]:
    return list(dict.fromkeys(entry[name] for entry in entries if entry["status"] in FAILED))

"""The execution document, in the shape of Conductor's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.entries import FAILED, Entry
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.interpreter import Outcome, ended, interpret
from httptask.engines.embedded.operators.sub_workflow import start_failure_workflow
from httptask.engines.embedded.run import Run

CANCELLED = "Workflow was cancelled"
FAILURE_WORKFLOW = "conductor.failure_workflow"


def finished(flow: Flow) -> dict[str, Any]:
    """Run a workflow to its end, start its failure workflow if it failed; return the document."""
    outcome = interpret(flow)
    found = document(outcome)
    name = flow.run.program.workflow.failure_workflow
    if name and "${" not in name and outcome.status in ("FAILED", "TIMED_OUT"):
        child = start_failure_workflow(flow, outcome.status, outcome.reason, outcome.task_id, found)
        found["output"] = {**(found["output"] or {}), FAILURE_WORKFLOW: child}
    return found


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


def cancelled(outcome: Outcome) -> dict[str, Any]:
    """Return the document of a run that somebody cancelled."""
    outcome.flow.cancel_open()
    return document(ended(outcome.flow, Ending("TERMINATED", CANCELLED)))


def broken(outcome: Outcome, reason: str) -> dict[str, Any]:
    """Return the document of a run that the engine itself could not go on with."""
    outcome.flow.cancel_open()
    return document(ended(outcome.flow, Ending("FAILED", reason)))


def _head(run: Run) -> dict[str, Any]:
    workflow, links = run.program.workflow, run.links
    optional = {"parentWorkflowId": links.parent_id, "correlationId": links.correlation_id}
    return {
        "workflowId": run.id,
        "workflowName": workflow.name,
        "workflowVersion": workflow.version,
        "createTime": run.created,
        "startTime": run.created,
        "input": run.input,
        **{name: value for name, value in optional.items() if value},
    }


def _distinct(entries: Iterable[Entry], name: str) -> list[str]:
    return list(dict.fromkeys(entry[name] for entry in entries if entry["status"] in FAILED))

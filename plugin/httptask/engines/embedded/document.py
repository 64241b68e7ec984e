"""The execution document, in the shape of Conductor's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from httptask.core.vault import masked
from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.entries import FAILED, Entry
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.interpreter import Outcome, ended, interpret
from httptask.engines.embedded.operators.sub_workflow import (
    FAILURE_WORKFLOW,
    start_failure_workflow,
)
from httptask.engines.embedded.run import Run


def finished(flow: Flow) -> dict[str, Any]:
    """Run a workflow to its end, start its failure workflow if it failed; return the document."""
    return with_failure_workflow(interpret(flow))


def with_failure_workflow(outcome: Outcome) -> dict[str, Any]:
    """Return the document of a run that ended; one that failed starts its failure workflow."""
    flow = outcome.flow
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
        "output": masked(outcome.output),
        "variables": masked(flow.variables),
        "failedReferenceTaskNames": _failed(flow, tasks, "referenceTaskName"),
        "failedTaskNames": _failed(flow, tasks, "taskDefName"),
        "tasks": masked(tasks),
    }
    if outcome.reason:
        found["reasonForIncompletion"] = outcome.reason
    return found


def terminated(outcome: Outcome, reason: str) -> dict[str, Any]:
    """Return the document of a run that somebody ended."""
    outcome.flow.cancel_open()
    return document(ended(outcome.flow, Ending("TERMINATED", reason)))


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


def _failed(flow: Flow, entries: Iterable[Entry], name: str) -> list[str]:
    """Return a field of the tasks that failed, also before a rerun.

    One that is optional and came last is not among them.
    """
    failed = (
        entry
        for entry in entries
        if entry["status"] in FAILED and (entry["retried"] or entry["taskId"] not in flow.softened)
    )
    earlier = (one for names in flow.run.had_failed for one in names[name])
    return list(dict.fromkeys([*earlier, *(entry[name] for entry in failed)]))

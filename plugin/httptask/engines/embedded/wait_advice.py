"""Say where the waits of a workflow take longer than the time that it has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from httptask.check.scope import ends_workflow
from httptask.definition.findings import Finding
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.engines.embedded.times import WaitError, wait_seconds


def advise_waits(workflow: WorkflowDef, source: str) -> Iterator[Finding]:
    """Yield a warning if a workflow with a timeout waits longer, whatever cases are taken."""
    least, most = _least(workflow.tasks), workflow.timeout_seconds
    if most and workflow.timeout_policy == "TIME_OUT_WF" and least >= most:
        text = f"its WAIT tasks take {least} s in all: the workflow ends before, after {most} s"
        hint = "raise timeoutSeconds, or wait less"
        yield Finding("waits_over_timeout", "warning", text, "/timeoutSeconds", hint, source)


def _least(tasks: Sequence[WorkflowTask]) -> int:
    """Return the seconds that tasks one after the other wait at least."""
    seconds = 0
    for task in tasks:
        seconds += _waited(task)
        if ends_workflow(task):
            break
    return seconds


def _waited(task: WorkflowTask) -> int:
    match task.type:
        case "WAIT":
            with suppress(WaitError):
                return wait_seconds(str(task.input_parameters.get("duration")))
        case "SWITCH" | "DECISION":
            return min(_least(arm) for arm in (*task.decision_cases.values(), task.default_case))
        case "DO_WHILE":
            return _least(task.loop_over)
    return 0

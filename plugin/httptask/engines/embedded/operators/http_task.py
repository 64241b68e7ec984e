"""HTTP: the pipeline makes the call."""

from __future__ import annotations

from typing import Any

from httptask.definition.workflow import WorkflowTask
from httptask.engines.embedded.effects import Call
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.operators.attempts import Attempt, run_attempts
from httptask.engines.embedded.program import Step


def run_http(flow: Flow, step: Step) -> None:
    """Make the call; with ``asyncComplete`` somebody else completes the task."""

    def shown(inputs: dict[str, Any]) -> dict[str, Any]:
        dynamic = step.task.dynamic_task_name_param is not None
        return inputs if dynamic else {**inputs, "asyncComplete": step.task.async_complete}

    run_attempts(flow, step, _attempt, shown=shown)


def _attempt(attempt: Attempt) -> None:
    if make_call(attempt, attempt.step.task) and attempt.entry["status"] == "IN_PROGRESS":
        attempt.wait(merge=True)


def make_call(attempt: Attempt, task: WorkflowTask) -> bool:
    """Make the call of a task, in as many parts as it has; tell whether it has come to its end."""
    flow, entry = attempt.flow, attempt.entry
    key, number, resume = attempt.key, 1, None
    while True:
        began = entry["startTime"]
        call = Call(key, task, attempt.context, attempt.execution, resume)
        record = flow.effects.call(call)
        attempt.apply(record)
        if number > 1:
            entry["startTime"], entry["pollCount"] = began, number
        pause = record.get("pause")
        if pause is None:
            return True
        flow.emit("task_updated", entry)
        if not attempt.pause(f"{key}/pause", pause["seconds"]):
            return False
        number, resume = number + 1, pause["kept"]
        key = f"{attempt.key}/part/{number}"

"""EVENT with a ``conductor`` sink: nothing is delivered, because only a server has handlers."""

from __future__ import annotations

from typing import Any

from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.operators.attempts import Attempt, run_attempts
from httptask.engines.embedded.program import Step


def run_event(flow: Flow, step: Step) -> None:
    """Put the message together that a server would publish; it is the task's output."""

    def shown(inputs: dict[str, Any]) -> dict[str, Any]:
        fields = step.fields.evaluate(flow.context()) if step.fields else {}
        return {
            **inputs,
            "sink": fields.get("sink"),
            "asyncComplete": step.task.async_complete,
        }

    run_attempts(flow, step, _publish, shown=shown)


def _publish(attempt: Attempt) -> None:
    flow, entry = attempt.flow, attempt.entry
    workflow = flow.run.program.workflow
    message = {
        **attempt.inputs,
        "workflowInstanceId": flow.run.id,
        "workflowType": workflow.name,
        "workflowVersion": workflow.version,
        "correlationId": flow.run.links.correlation_id or None,
        "taskToDomain": {},
    }
    queue = _queue(attempt.inputs["sink"], workflow.name, flow.name(attempt.step.ref))
    if queue is None:
        text = f"Invalid / Unsupported sink specified: {attempt.inputs['sink']}"
        attempt.fail(text, output=message)
        return
    entry["outputData"] = {**message, "event_produced": queue}
    entry["status"] = "COMPLETED"
    if attempt.step.task.async_complete:
        attempt.wait()


def _queue(sink: Any, workflow: str, ref: str) -> str | None:
    if sink == "conductor":
        return f"conductor:{workflow}:{ref}"
    if isinstance(sink, str) and sink.startswith("conductor:"):
        return f"conductor:{workflow}:{sink.removeprefix('conductor:')}"
    return None

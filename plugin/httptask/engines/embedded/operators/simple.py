"""SET_VARIABLE, TERMINATE and NOOP."""

from __future__ import annotations

from typing import Final

from httptask.core.json_text import encode
from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.program import Step

MAX_VARIABLES_KB: Final = 256


def run_noop(flow: Flow, step: Step) -> None:
    """Do nothing; a server shows no inputs either."""
    flow.end(step, flow.schedule(step, {}))


def run_set_variable(flow: Flow, step: Step) -> None:
    """Set each input as a workflow variable, unless all together become too large."""
    entry = flow.schedule(step, flow.inputs(step, flow.context()))
    wanted = {**flow.variables, **entry["inputData"]}
    size = len(encode(wanted))
    if size > MAX_VARIABLES_KB * 1024:
        text = (
            f"The variables payload size: {size} of workflow: {flow.run.id} is greater than the "
            f"permissible limit: {MAX_VARIABLES_KB} kilobytes"
        )
        flow.end(step, entry, "FAILED_WITH_TERMINAL_ERROR", text)
        return
    flow.variables.update(entry["inputData"])
    flow.changed.update(entry["inputData"])
    flow.end(step, entry)


def run_terminate(flow: Flow, step: Step) -> None:
    """End the workflow.

    Raises:
        Ending: always.
    """
    inputs = flow.inputs(step, flow.context())
    entry = flow.schedule(step, inputs)
    status = inputs["terminationStatus"]
    output = inputs.get("workflowOutput")
    if output is not None:
        entry["outputData"] = output if isinstance(output, dict) else {"output": output}
    flow.end(step, entry)
    reason = inputs.get("terminationReason")
    default = f"Workflow is {status} by TERMINATE task: {entry['taskId']}"
    text = str(reason) if reason else default
    raise Ending(status, text, entry["outputData"], task_id=entry["taskId"])

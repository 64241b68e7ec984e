"""SWITCH."""

from __future__ import annotations

from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.program import Step
from httptask.engines.embedded.scripts import ScriptError, script_text
from httptask.expressions import java_text


def script_failure(error: ScriptError) -> str:
    """Return a server's words for a script that failed."""
    return f"Error evaluating the script `{error}` at line 1"


def run_switch(flow: Flow, step: Step) -> None:
    """Choose a case by its text; a case that is present but empty does not fall to the default."""
    inputs = flow.inputs(step, flow.context())
    entry = flow.schedule(step, inputs)
    try:
        case = _case(step, inputs)
    except ScriptError as error:
        flow.end(step, entry, "FAILED", script_failure(error))
        return
    chosen = step.cases.get(case, step.default)
    entry["inputData"] = {**inputs, "case": case}
    if chosen:
        entry["inputData"]["hasChildren"] = "true"
    entry["outputData"] = {"evaluationResult": [case], "selectedCase": case}
    flow.end(step, entry)
    flow.run_all(chosen)


def _case(step: Step, inputs: dict[str, object]) -> str:
    if step.script is not None:
        return script_text(step.script.evaluate(inputs))
    return java_text(inputs.get(step.task.expression or ""))

"""SWITCH and DECISION."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.program import Step
from httptask.expressions import java_text
from httptask.scripts import Script, ScriptError, script_text


def evaluate(flow: Flow, key: str, script: Script, root: Mapping[str, Any]) -> Any:
    """Return a script's value; one that may give another value the next time is recorded.

    Raises:
        ScriptError: the script throws, or passes a limit.
    """
    if script.repeats_itself:
        return script.evaluate(root)

    def work() -> dict[str, Any]:
        try:
            return {"value": script.evaluate(root)}
        except ScriptError as error:
            return {"error": str(error), "late": error.late}

    found = flow.effects.once(key, work)
    if "error" in found:
        raise ScriptError(found["error"], late=found["late"])
    return found["value"]


def run_switch(flow: Flow, step: Step) -> None:
    """Choose a case by its text; a case that is present but empty does not fall to the default."""
    inputs = flow.inputs(step, flow.context())
    entry = flow.schedule(step, inputs)
    try:
        case = _case(flow, step, inputs, step.task.expression)
    except ScriptError as error:
        flow.end(step, entry, "FAILED", str(error))
        return
    chosen = step.cases.get(case, step.default)
    entry["inputData"] = {**inputs, "case": case}
    if chosen:
        entry["inputData"]["hasChildren"] = "true"
    entry["outputData"] = {"evaluationResult": [case], "selectedCase": case}
    flow.end(step, entry)
    flow.run_all(chosen)


def run_decision(flow: Flow, step: Step) -> None:
    """Choose a case as SWITCH does; an empty case falls to the default.

    Raises:
        Ending: the script fails; a server shows no task then.
    """
    inputs = flow.inputs(step, flow.context())
    try:
        case = _case(flow, step, inputs, step.task.case_value_param)
    except ScriptError:
        text = f"Error while evaluating script: {step.task.case_expression}"
        raise Ending("FAILED", text) from None
    chosen = step.cases.get(case) or step.default
    shown = {"case": case, **({"hasChildren": "true"} if chosen else {})}
    entry = flow.schedule(step, shown)
    entry["outputData"] = {"caseOutput": [case]}
    flow.end(step, entry)
    flow.run_all(chosen)


def _case(flow: Flow, step: Step, inputs: dict[str, Any], name: str | None) -> str:
    if step.script is not None:
        return script_text(evaluate(flow, f"{flow.key(step)}/script", step.script, inputs))
    return java_text(inputs.get(name or ""))

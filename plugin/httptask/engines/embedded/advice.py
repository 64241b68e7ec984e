"""What is worth knowing of a definition that the engine runs: warnings, by pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from httptask.definition.findings import Finding
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.engines.embedded.jq import check_query
from httptask.errors import ExpressionError
from httptask.scripts import ScriptError, compile_script

_DELAYS: Final = ("WAIT", "HUMAN", "SUB_WORKFLOW")
_FAILS: Final = "the task will fail"
_MANY_PASSES: Final = 100_000
_NAME: Final = re.compile(r"[\w-]+")


def advise(workflow: WorkflowDef, source: str) -> Iterator[Finding]:
    """Yield warnings about a definition."""
    for pointer, task in workflow.walk():
        inputs, given = f"{pointer}/inputParameters", task.input_parameters
        if task.type == "INLINE" and given.get("evaluatorType") != "value-param":
            yield from _script(given.get("expression"), f"{inputs}/expression", source)
        if task.type == "LAMBDA" and isinstance(body := given.get("scriptExpression"), str):
            script = f"function scriptFun(){{{body}}}"
            yield from _script(script, f"{inputs}/scriptExpression", source)
        if task.type == "JSON_JQ_TRANSFORM":
            yield from _query(given.get("queryExpression"), f"{inputs}/queryExpression", source)
        if task.type == "EVENT":
            text = "nothing is delivered: only a server has event handlers"
            yield Finding("event_undelivered", "warning", text, f"{pointer}/sink", "", source)
        if task.type == "DO_WHILE":
            yield from _loop(task, f"{pointer}/loopCondition", source)


def _loop(task: WorkflowTask, pointer: str, source: str) -> Iterator[Finding]:
    """Yield a warning for a condition that only counts, and never ends the loop or always does."""
    first, late = (_goes_on(task, passes) for passes in (1, _MANY_PASSES))
    waits = any(inner.type in _DELAYS or inner.start_delay for below, inner in task.walk() if below)
    if first is False:
        text = "the loop never runs a second time: the condition is false after the first"
        yield Finding("loop_once", "warning", text, pointer, "", source)
    elif first and late and not waits:
        ref = task.task_reference_name
        hint = f"add && $.{ref}['iteration'] < 100, or a WAIT in the loop"
        text = "nothing bounds this loop, and nothing waits in it"
        yield Finding("loop_unbounded", "warning", text, pointer, hint, source)


def _goes_on(task: WorkflowTask, passes: int) -> bool | None:
    """Tell whether a loop goes on after so many passes; None if more than their number decides."""
    condition, inputs = task.loop_condition or "", task.input_parameters
    listed = task.items is not None or {"_items", "items"} & inputs.keys()
    others = [inner.task_reference_name for below, inner in task.walk() if below]
    if listed or "${" in f"{condition}{inputs}" or set(_NAME.findall(condition)) & set(others):
        return None
    try:
        script = compile_script(condition)
        own = {"iteration": passes, "loopIndex": passes - 1}
        value = script.evaluate({**inputs, task.task_reference_name: own})
    except (ExpressionError, ScriptError):
        return None
    if not script.repeats_itself:
        return None
    return value > 0 if type(value) in (int, float) else value is True


def _script(text: object, pointer: str, source: str) -> Iterator[Finding]:
    if not isinstance(text, str) or "${" in text:
        return
    try:
        compile_script(text)
    except ExpressionError as error:
        yield Finding("script_invalid", "warning", error.message, pointer, _FAILS, source)


def _query(text: object, pointer: str, source: str) -> Iterator[Finding]:
    if not isinstance(text, str) or "${" in text:
        return
    try:
        check_query(text)
    except ExpressionError as error:
        yield Finding("query_invalid", "warning", error.message, pointer, _FAILS, source)

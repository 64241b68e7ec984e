"""What is worth knowing of a definition that the engine runs: warnings, by pointer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.definition.findings import Finding
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.engines.embedded.jq import check_query
from httptask.engines.embedded.wait_advice import advise_waits
from httptask.errors import ExpressionError
from httptask.expressions import java_text
from httptask.scripts import Excerpt, ScriptError, compile_script

_DELAYS: Final = ("WAIT", "HUMAN", "SUB_WORKFLOW")
_FAILS: Final = "the task will fail"
_MANY_PASSES: Final = 100_000
_NAME: Final = re.compile(r"[\w-]+")
_LONG: Final = re.compile(r"\b(?:while|for|function|repeat)\b|=>")


def advise(workflow: WorkflowDef, source: str) -> Iterator[Finding]:
    """Yield warnings about a definition."""
    yield from advise_waits(workflow, source)
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
        if task.type in ("SWITCH", "DECISION"):
            yield from _switch(task, pointer, source)


def _switch(task: WorkflowTask, pointer: str, source: str) -> Iterator[Finding]:
    """Yield a warning for a script that gives one result, whatever comes before."""
    script, where = task.case_expression, "caseExpression"
    if task.type == "SWITCH":
        script, where = task.expression, "expression"
    if script is None or (task.type == "SWITCH" and task.evaluator_type == "value-param"):
        return
    value = _constant(script, _written_out(task.input_parameters))
    if value is not None:
        text = f"it is always {java_text(value)!r}: the {task.type} chooses nothing"
        yield Finding("switch_constant", "warning", text, f"{pointer}/{where}", "", source)


def _constant(text: str, known: Mapping[str, Any]) -> Any:
    """Return the only value of a script; None if more than its known inputs decides it."""
    if "${" in text or _LONG.search(text):
        return None
    try:
        script = compile_script(text)
        value = script.decided_by(known)
    except (ExpressionError, ScriptError):
        return None
    return value if script.repeats_itself else None


def _written_out(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that no expression gives."""
    return {name: value for name, value in inputs.items() if "${" not in str(value)}


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
    elif _never_changes(task):
        text = "no pass of the loop changes what the condition reads: it ends after one, or never"
        yield Finding("loop_constant", "warning", text, pointer, "", source)


def _never_changes(task: WorkflowTask) -> bool:
    """Tell whether the condition of a loop reads only what stood before the loop."""
    condition, inputs = task.loop_condition or "", task.input_parameters
    own = {inner.task_reference_name for _, inner in task.walk()}
    read = [value for name, value in inputs.items() if name in set(_NAME.findall(condition))]
    listed = task.items is not None or {"_items", "items"} & inputs.keys()
    written = f"{condition}{read}"
    if listed or not read or "workflow." in written or own & set(_NAME.findall(written)):
        return False
    try:
        return compile_script(condition).repeats_itself
    except ExpressionError:
        return False


def _goes_on(task: WorkflowTask, passes: int) -> bool | None:
    """Tell whether a loop goes on after so many passes; None if more than their number decides."""
    condition, inputs = task.loop_condition or "", task.input_parameters
    if task.items is not None or {"_items", "items"} & inputs.keys():
        return None
    own = Excerpt({}, {"iteration": passes, "loopIndex": passes - 1})
    value = _constant(condition, {**_written_out(inputs), task.task_reference_name: own})
    if value is None:
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

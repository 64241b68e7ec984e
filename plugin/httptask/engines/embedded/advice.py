"""What is worth knowing of a definition that the engine runs: warnings, by pointer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from httptask.definition.findings import Finding
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.engines.embedded.jq import check_query
from httptask.engines.embedded.scripts import compile_script
from httptask.errors import ExpressionError

_DELAYS: Final = ("WAIT", "HUMAN", "SUB_WORKFLOW")
_FAILS: Final = "the task will fail"


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
        if task.type == "DO_WHILE" and _is_endless(task):
            ref = task.task_reference_name
            hint = f"add && $.{ref}['iteration'] < 100, or a WAIT in the loop"
            text = "nothing bounds this loop, and nothing waits in it"
            at = f"{pointer}/loopCondition"
            yield Finding("loop_unbounded", "warning", text, at, hint, source)


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


def _is_endless(task: WorkflowTask) -> bool:
    """Tell whether a loop neither counts its passes nor waits between them."""
    condition = task.loop_condition or ""
    listed = task.items is not None or {"_items", "items"} & task.input_parameters.keys()
    counted = "iteration" in condition or "loopIndex" in condition
    body = [inner for below, inner in task.walk() if below]
    waits = any(inner.type in _DELAYS or inner.start_delay for inner in body)
    return bool(condition.strip()) and not listed and not counted and not waits

"""What is worth knowing of a definition that the engine runs: warnings, by pointer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from httptask.definition.findings import Finding
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.engines.embedded.jq import check_query
from httptask.engines.embedded.scripts import compile_script
from httptask.errors import ExpressionError

_DELAYS: Final = ("WAIT", "HUMAN", "SUB_WORKFLOW")


def advise(workflow: WorkflowDef, source: str) -> Iterator[Finding]:
    """Yield warnings about a definition."""
    for pointer, task in workflow.walk():
        for found in _of_task(task, pointer):
            yield Finding(found.code, "warning", found.message, found.pointer, found.hint, source)


class Advice(NamedTuple):
    """What a warning says."""

    code: str
    message: str
    pointer: str
    hint: str = ""


def _of_task(task: WorkflowTask, pointer: str) -> Iterator[Advice]:
    inputs = f"{pointer}/inputParameters"
    if task.type == "INLINE" and task.input_parameters.get("evaluatorType") != "value-param":
        yield from _script(task.input_parameters.get("expression"), f"{inputs}/expression", "{}")
    if task.type == "LAMBDA":
        text = task.input_parameters.get("scriptExpression")
        yield from _script(text, f"{inputs}/scriptExpression", "function scriptFun(){{{}}}")
    if task.type == "JSON_JQ_TRANSFORM":
        yield from _query(task.input_parameters.get("queryExpression"), inputs)
    if task.type == "EVENT":
        text = "nothing is delivered: event handlers are a server's"
        yield Advice("event_undelivered", text, f"{pointer}/sink")
    if task.type == "DO_WHILE":
        yield from _endless(task, pointer)


def _script(text: object, pointer: str, form: str) -> Iterator[Advice]:
    if not isinstance(text, str) or "${" in text:
        return
    try:
        compile_script(text if form == "{}" else form.format(text))
    except ExpressionError as error:
        yield Advice("script_invalid", error.message, pointer, "the task will fail")


def _query(text: object, inputs: str) -> Iterator[Advice]:
    if not isinstance(text, str) or "${" in text:
        return
    try:
        check_query(text)
    except ExpressionError as error:
        hint = "the task will fail"
        yield Advice("query_invalid", error.message, f"{inputs}/queryExpression", hint)


def _endless(task: WorkflowTask, pointer: str) -> Iterator[Advice]:
    """Yield a warning for a loop that neither counts its passes nor waits between them."""
    condition = task.loop_condition or ""
    listed = task.items is not None or {"_items", "items"} & task.input_parameters.keys()
    counted = "iteration" in condition or "loopIndex" in condition
    body = [inner for below, inner in task.walk() if below]
    waits = any(inner.type in _DELAYS or inner.start_delay for inner in body)
    if condition.strip() and not listed and not counted and not waits:
        yield Advice(
            "loop_unbounded",
            "nothing bounds this loop, and nothing waits in it",
            f"{pointer}/loopCondition",
            f"add && $.{task.task_reference_name}['iteration'] < 100, or a WAIT in the loop",
        )

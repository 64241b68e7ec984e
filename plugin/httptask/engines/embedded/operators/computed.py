"""INLINE, LAMBDA and JSON_JQ_TRANSFORM: the inputs alone decide; the result is recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.jq import JqError, transform
from httptask.engines.embedded.operators.attempts import Attempt, run_attempts
from httptask.engines.embedded.program import Step
from httptask.engines.embedded.refusals import SCRIPT_EVALUATORS
from httptask.scripts import Script, ScriptError

Outcome = tuple[str, dict[str, Any], str]
"""Status, output, reason."""

_NEEDED: Final = (
    "Empty '{name}' in {kind} task's input parameters. A non-empty String value must be provided."
)


def run_inline(flow: Flow, step: Step) -> None:
    """Evaluate ``expression``; an error is not retried, a script that takes too long is."""
    run_attempts(flow, step, _inline)


def run_lambda(flow: Flow, step: Step) -> None:
    """Evaluate ``scriptExpression`` as the body of a function."""
    run_attempts(flow, step, _lambda)


def run_jq(flow: Flow, step: Step) -> None:
    """Apply ``queryExpression`` to the task's inputs."""
    run_attempts(flow, step, _jq)


def _inline(attempt: Attempt) -> None:
    inputs = attempt.inputs
    evaluator = inputs.get("evaluatorType")
    evaluator = "javascript" if evaluator is None else evaluator
    text = inputs.get("expression")
    problem = _inline_problem(evaluator, text)
    if problem:
        attempt.fail(problem, terminal=True, output={"error": problem})
    elif evaluator == "value-param":
        record(attempt, lambda: ("COMPLETED", {"result": inputs.get(str(text))}, ""))
    else:
        script = Script(str(text))
        record(attempt, lambda: _evaluated(script, inputs, "FAILED_WITH_TERMINAL_ERROR"))


def _inline_problem(evaluator: Any, text: Any) -> str:
    if evaluator == "":
        return _NEEDED.format(name="evaluatorType", kind="INLINE")
    if evaluator not in ("value-param", *SCRIPT_EVALUATORS):
        return f"Unknown evaluator '{evaluator}' in INLINE task."
    if text is not None and not isinstance(text, str):
        return "'expression' of the INLINE task is not a string"
    return "" if text and text.strip() else _NEEDED.format(name="expression", kind="Inline")


def _lambda(attempt: Attempt) -> None:
    text = attempt.inputs.get("scriptExpression")
    if text is not None and not isinstance(text, str):
        attempt.fail("'scriptExpression' of the LAMBDA task is not a string")
    elif not text or not text.strip():
        attempt.fail(_NEEDED.format(name="scriptExpression", kind="Lambda"))
    else:
        script = Script(f"function scriptFun(){{{text}}} scriptFun();")
        record(attempt, lambda: _evaluated(script, attempt.inputs, "FAILED"))


def _evaluated(script: Script, inputs: dict[str, Any], failed: str) -> Outcome:
    try:
        return "COMPLETED", {"result": script.evaluate(inputs)}, ""
    except ScriptError as error:
        return "FAILED" if error.late else failed, {"error": str(error)}, str(error)


def _jq(attempt: Attempt) -> None:
    query = attempt.inputs.get("queryExpression")
    if query is None:
        attempt.fail("Missing 'queryExpression' in input parameters")
    elif not isinstance(query, str):
        attempt.fail("'queryExpression' of the JSON_JQ_TRANSFORM task is not a string")
    else:
        record(attempt, lambda: _transformed(query, attempt.inputs))


def _transformed(query: str, inputs: dict[str, Any]) -> Outcome:
    try:
        results = transform(query, inputs)
    except JqError as error:
        return "FAILED", {"error": str(error)}, str(error)
    return "COMPLETED", {"result": results[0] if results else None, "resultList": results}, ""


def record(attempt: Attempt, work: Callable[[], Outcome]) -> None:
    """Do something once and for all; its outcome becomes the attempt's."""

    def done() -> dict[str, Any]:
        status, output, reason = work()
        return {"status": status, "output": output, "reason": reason}

    attempt.apply(attempt.flow.effects.once(attempt.key, done, timed=True))

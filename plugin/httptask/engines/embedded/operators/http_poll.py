"""HTTP_POLL: the same call again and again, until a condition on its response holds."""

from __future__ import annotations

from typing import Any, Final

from httptask.definition.inputs import polling_of, without_polling
from httptask.engines.embedded.effects import Call
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.operators.attempts import Attempt, run_attempts
from httptask.engines.embedded.operators.switch import evaluate
from httptask.engines.embedded.program import Step
from httptask.engines.embedded.scripts import Script, ScriptError

INTERVAL: Final = 60.0
MAX_INTERVAL: Final = 86_400.0
MAX_POLLS: Final = 1_000


def run_http_poll(flow: Flow, step: Step) -> None:
    """Make the call until ``terminationCondition`` gives true or 1; -1 fails the task."""
    run_attempts(flow, step, _attempt)


def _attempt(attempt: Attempt) -> None:
    flow, entry = attempt.flow, attempt.entry
    given = polling_of(attempt.inputs)
    script = Script(str(given["terminationCondition"] or "true"))
    polls, number = int(_number(given["maxPollCount"], MAX_POLLS)), 0
    while True:
        number += 1
        key = f"{attempt.key}/poll/{number}" if number > 1 else attempt.key
        attempt.apply(flow.effects.call(_call(attempt, key)))
        entry["pollCount"] = number
        if entry["status"] != "COMPLETED":
            return
        try:
            value = evaluate(flow, f"{key}/condition", script, _seen(attempt))
        except ScriptError as error:
            attempt.fail(str(error), terminal=True, output=entry["outputData"])
            return
        if value is True or value == 1:
            return
        if value == -1 or number >= polls:
            why = "the termination condition is -1" if value == -1 else f"{number} polls were made"
            attempt.fail(why, terminal=True, output=entry["outputData"])
            return
        entry["status"] = "IN_PROGRESS"
        flow.emit("task_updated", entry)
        if not _pause(attempt, f"{key}/pause", _interval(given, number)):
            return


def _pause(attempt: Attempt, key: str, seconds: float) -> bool:
    """Wait before the next poll; tell whether there is time left for it."""
    left = attempt.seconds_left()
    attempt.flow.clock = attempt.flow.effects.pause(
        key, seconds if left is None else min(seconds, left)
    )
    if attempt.seconds_left() == 0:
        attempt.time_out()
        return False
    return True


def _call(attempt: Attempt, key: str) -> Call:
    step = attempt.step
    inputs = without_polling(step.task.input_parameters)
    task = step.task.model_copy(update={"type": "HTTP", "input_parameters": inputs})
    return Call(key, task, attempt.context, attempt.execution)


def _seen(attempt: Attempt) -> dict[str, Any]:
    """Return what the condition reads: ``$.output.response.body``, and ``$.output.body`` too."""
    output = attempt.entry["outputData"]
    response = output.get("response")
    whole = {**(response if isinstance(response, dict) else {}), **output}
    shown = {"output": whole, "input": attempt.inputs}
    return {attempt.step.ref: shown, **shown}


def _interval(given: dict[str, Any], number: int) -> float:
    seconds = _number(given["pollingInterval"], INTERVAL)
    if given["pollingStrategy"] == "LINEAR_BACKOFF":
        seconds *= number
    elif given["pollingStrategy"] == "EXPONENTIAL_BACKOFF":
        seconds *= 2.0 ** min(number - 1, 20)
    return min(seconds, MAX_INTERVAL)


def _number(value: Any, otherwise: float) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return otherwise
    return found if 0 < found < float("inf") else otherwise

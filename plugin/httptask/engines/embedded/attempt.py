"""One call of an HTTP task: noted first when it may not be repeated, then made and recorded."""

from __future__ import annotations

import time
from typing import Any, Final

from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.workflow import WorkflowTask
from httptask.engines.embedded.effects import Call
from httptask.engines.embedded.host import Host
from httptask.errors import EngineError, HttpTaskError, InterruptedCallError
from httptask.expressions import Context

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OUTCOME_UNKNOWN: Final = InterruptedCallError.default_code

_NO_RESPONSE: Final[dict[str, Any]] = {
    "statusCode": None,
    "reasonPhrase": None,
    "headers": {},
    "body": None,
}


def perform(host: Host, run: str, call: Call) -> dict[str, Any]:
    """Make a call and return its record; what a step records must not be an exception."""
    started = _now()
    result: TaskResult | None
    if _was_interrupted(host, run, call):
        result = _unknown(call)
    else:
        result = host.attempt(lambda: _made(host, call), call.seconds)
    if result is None:
        return {"status": "TIMED_OUT", "startTime": started, "endTime": _now()}
    status = str(result.status)
    if status == TaskStatus.COMPLETED and call.task.async_complete:
        status = str(TaskStatus.IN_PROGRESS)
    return {
        "status": status,
        "output": dict(result.output),
        "reason": result.reason,
        "error": result.error.to_json() if result.error else None,
        "retryAfter": result.retry_after,
        "startTime": started,
        "endTime": _now(),
    }


def _now() -> int:
    return time.time_ns() // 1_000_000


def _was_interrupted(host: Host, run: str, call: Call) -> bool:
    """Note a call that may not be repeated; tell whether it was noted before, and not resent."""
    if _is_safe(call) or host.may_repeat(call.task, call.context):
        return False
    return not host.store.intents.note(run, call.key) and run not in host.resend


def _is_safe(call: Call) -> bool:
    return _method(call.task) in SAFE_METHODS


def _method(task: WorkflowTask) -> object:
    inputs = task.input_parameters
    request = inputs.get("http_request")
    return (request if isinstance(request, dict) else inputs).get("method")


def repeats_by_method(task: WorkflowTask, context: Context) -> bool:
    """Tell whether a task's method is written in it and harmless to repeat."""
    del context
    return _method(task) in SAFE_METHODS | {"PUT", "DELETE", "TRACE"}


def _made(host: Host, call: Call) -> TaskResult:
    try:
        return host.step(call.task, call.context, call.execution)
    except HttpTaskError as error:
        return _broken(error)
    except Exception as error:  # noqa: BLE001 - a step's bug must end the task, not the engine
        return _broken(EngineError(f"the step failed: {type(error).__name__}", hint=str(error)))


def _broken(error: HttpTaskError) -> TaskResult:
    return TaskResult(
        TaskStatus.FAILED_WITH_TERMINAL_ERROR,
        output={"response": dict(_NO_RESPONSE)},
        reason=error.message,
        error=error,
    )


def _unknown(call: Call) -> TaskResult:
    return _broken(
        InterruptedCallError(
            f"a crash interrupted the call of {call.execution.task_ref}; whether the server "
            "acted on it is not known",
            hint="resume the run with resend to make the call again",
        )
    )

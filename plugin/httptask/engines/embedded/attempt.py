"""One call of a task: noted first when it may not be repeated, then made and described."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from httptask.core.execution import Execution, Kept, Part
from httptask.core.methods import IDEMPOTENT, SAFE
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.workflow import WorkflowTask
from httptask.engines.embedded.effects import Call
from httptask.engines.embedded.faults import MachineError, machine_fault
from httptask.engines.embedded.run import HttpStep, MayRepeat
from httptask.engines.embedded.threads import in_thread
from httptask.errors import DeadlineError, HttpTaskError, InterruptedCallError
from httptask.expressions import Context
from httptask.hooks.progress import may_go_on

OUTCOME_UNKNOWN: Final = InterruptedCallError.default_code

T = TypeVar("T")

_NO_RESPONSE: Final[dict[str, Any]] = {
    "statusCode": None,
    "reasonPhrase": None,
    "headers": {},
    "body": None,
}


class Notes(Protocol):
    """What is noted of a call while it is made.

    Attributes:
        begun: whether an earlier process noted that it begins, and recorded no outcome.
        kept: what that process kept of it last, or None.
    """

    begun: bool
    kept: Kept | None

    def now(self) -> int:
        """Return the run's time."""

    def begin(self) -> None:
        """Note that the call begins, and may not be made twice."""

    def keep(self, kept: Kept) -> None:
        """Keep how far it has come."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How calls are made.

    Attributes:
        step: executes one HTTP task.
        may_repeat: tells whether a call that was interrupted may be made again unasked.
    """

    step: HttpStep
    may_repeat: MayRepeat

    def perform(self, call: Call, notes: Notes) -> dict[str, Any]:
        """Make a call and return its record.

        Raises:
            MachineError: the machine failed, not the call.
        """
        now = notes.now
        started = now()
        resume = call.resume if notes.kept is None else notes.kept
        if notes.begun and not may_go_on(resume):
            result = _unknown(call)
        else:
            is_harmless = may_go_on(resume) or _method(call.task) in SAFE
            if not (is_harmless or self.may_repeat(call.task, call.context)):
                notes.begin()
            ends = time.monotonic() + (call.execution.seconds or math.inf)
            execution = replace(call.execution, part=Part(resume, notes.keep))
            made = within(lambda: self._made(call, execution), call.execution.seconds)
            if made is None or (isinstance(made.error, DeadlineError) and time.monotonic() >= ends):
                return {"status": "TIMED_OUT", "startTime": started, "endTime": now()}
            result = made
        status = str(result.status)
        if result.status == TaskStatus.COMPLETED and call.task.async_complete:
            status = str(TaskStatus.IN_PROGRESS)
        record: dict[str, Any] = {
            "status": status,
            "output": dict(result.output),
            "reason": result.reason,
            "error": result.error.to_json() if result.error else None,
            "retryAfter": result.retry_after,
            "startTime": started,
            "endTime": now(),
        }
        if result.pause is not None:
            record["pause"] = {"seconds": result.pause.seconds, "kept": result.pause.kept}
        if result.trace is not None and result.trace.warnings:
            record["warnings"] = [dict(warning) for warning in result.trace.warnings]
        return record

    def _made(self, call: Call, execution: Execution) -> TaskResult:
        try:
            result = self.step(call.task, call.context, execution)
        except HttpTaskError as error:
            result = _broken(error)
        fault = None if result.error is None else machine_fault(result.error)
        if fault is not None:
            raise MachineError(fault) from result.error
        return result


def within(work: Callable[[], T], seconds: float | None) -> T | None:
    """Return what work returns; None when it takes longer than it may.

    A call ends by then by itself, as it is told its time; anything else goes on unheard.
    """
    if seconds is None:
        return work()
    future: Future[T] = Future()

    def body() -> None:
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - raised where the result is waited for
            future.set_exception(error)

    in_thread(body, "httptask-call")
    done, _ = wait([future], seconds)
    return future.result() if done else None


def _method(task: WorkflowTask) -> object:
    inputs = task.input_parameters
    request = inputs.get("http_request")
    return (request if isinstance(request, dict) else inputs).get("method")


def repeats_by_method(task: WorkflowTask, context: Context) -> bool:
    """Tell whether a task's method is written in it and harmless to repeat."""
    del context
    return _method(task) in IDEMPOTENT


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
            f"the call of {call.execution.task_ref} was interrupted; it is not known "
            "whether the server acted on it",
            hint="resume the run with resend to make the call again",
        )
    )

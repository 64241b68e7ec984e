"""What is done with one delivery: run it, report from memory, or say that nobody knows."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, Final

from httptask.builtin.layers.repeat import may_repeat
from httptask.core.execution import Kept, Part
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.sensitive import Redactor
from httptask.engines.conductor.assignment import MARK, PAUSED, Assignment
from httptask.engines.conductor.client import ConductorClient, segment
from httptask.engines.conductor.inputs import ReadyInputs, ready_inputs
from httptask.engines.conductor.journal import Entry, Journal
from httptask.engines.conductor.report import FOREVER, Report, released, report_of
from httptask.errors import EngineError, HttpTaskError, InterruptedCallError
from httptask.expressions import Context
from httptask.hooks.progress import may_go_on
from httptask.hooks.task import CompiledTask
from httptask.hooks.views import TaskCall, response_output
from httptask.pipeline import Pipeline, Recorder
from httptask.settings import Settings

_log = logging.getLogger("httptask.worker")

_TIMED_OUT: Final = "TIMED_OUT"

Check = Callable[[Mapping[str, Any]], None]
"""Raises the first error of a task's definition."""


class Course(Enum):
    """What a delivery calls for."""

    RUN = "run"
    RUN_IF_REPEATABLE = "run again, if that does no harm"
    REPORT = "report from memory"
    IGNORE = "leave it to the process that works on it"


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a delivery, and with which kept report."""

    course: Course
    report: Mapping[str, Any] | None = None


class Executor:
    """Executes deliveries with the production pipeline.

    Args:
        pipeline: the stages.
        settings: the machine's side.
        client: the server, for what a delivery does not say.
        journal: the worker's memory.
        adapt: completes a task with what only its author's machine has; None for a worker.
        check: refuses a task whose definition has an error; None: the definition was checked.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        settings: Settings,
        client: ConductorClient,
        journal: Journal,
        *,
        adapt: Callable[[CompiledTask], CompiledTask] | None = None,
        check: Check | None = None,
    ) -> None:
        self._pipeline, self._settings = pipeline, settings
        self._client, self._journal = client, journal
        self._adapt, self._check = adapt, check

    def decide(self, assignment: Assignment) -> Decision:
        """Decide about a delivery, and note that its task begins where it does."""
        known = self._journal.begin(assignment.task_id, assignment.execution.workflow_id)
        if assignment.kept is not None:
            return self._about_paused(assignment, assignment.kept, known)
        if known is not None:
            return self._about_known(assignment, known)
        held = released(assignment)
        if held is not None:
            return Decision(Course.REPORT, held.to_json(""))
        if self._waits_for_others(assignment):
            return Decision(Course.REPORT, _waiting(assignment).to_json(""))
        if assignment.deliveries > 1 and not self._was_never_begun(assignment):
            return Decision(Course.RUN_IF_REPEATABLE)
        if assignment.execution.retry and self._timed_out_before(assignment):
            return Decision(Course.RUN_IF_REPEATABLE)
        return Decision(Course.RUN)

    def run(
        self,
        assignment: Assignment,
        *,
        only_if_repeatable: bool = False,
        cancelled: threading.Event | None = None,
        log_success: bool = True,
    ) -> tuple[Report, TaskResult]:
        """Execute a task; whatever goes wrong is a report too.

        Args:
            assignment: the delivery.
            only_if_repeatable: call only if a call that was made before does no harm.
            cancelled: set it to break the call off.
            log_success: whether the trace of a task that succeeds goes to its log as well.
        """
        redactor = Redactor()
        try:
            if self._check and assignment.says_its_request:
                self._check(assignment.definition)
            call = self._call(assignment, redactor, cancelled)
            if only_if_repeatable and not self._repeatable(call):
                raise _unknown_outcome()
        except HttpTaskError as error:
            result = _failure(error, redactor)
        else:
            result = self._pipeline.run(call, Recorder(redactor))
        logged = log_success or result.status is not TaskStatus.COMPLETED
        return report_of(assignment, result, self._settings.files, logged=logged), result

    def _about_paused(self, assignment: Assignment, kept: Kept, known: Entry | None) -> Decision:
        """Decide about a task that goes on after a pause.

        It may be run if this is the delivery behind the pause, or if what comes next may be sent
        again.
        """
        if known is not None and known.state != "begun":
            if _pause_of(known.report) != assignment.paused_at:
                return Decision(Course.REPORT, known.report)
        elif known is not None and self._is_anothers(known):
            return Decision(Course.IGNORE)
        self._journal.again(assignment.task_id)
        follows = assignment.deliveries - 1 == assignment.paused_at
        is_first = follows and (known is None or known.state != "begun")
        if is_first:  # the server forgets it when the task of a dead process is asked for again
            self._journal.keep(assignment.task_id, assignment.deliveries, kept)
        return Decision(Course.RUN if is_first else self._course_on(assignment))

    def _about_known(self, assignment: Assignment, known: Entry) -> Decision:
        if known.state != "begun":
            held = released(assignment)
            return Decision(Course.REPORT, held.to_json("") if held else known.report)
        if self._is_anothers(known):
            return Decision(Course.IGNORE)
        self._journal.again(assignment.task_id)
        return Decision(self._course_on(assignment))

    def _course_on(self, assignment: Assignment) -> Course:
        """Return how to go on with a task that somebody was interrupted in."""
        harmless = may_go_on(self._kept(assignment))
        return Course.RUN if harmless else Course.RUN_IF_REPEATABLE

    def _kept(self, assignment: Assignment) -> Kept | None:
        """Return how far a task came: as it was noted here since it paused, or when it did."""
        noted = self._journal.kept(assignment.task_id, assignment.paused_at)
        return assignment.kept if noted is None else noted

    def _is_anothers(self, known: Entry) -> bool:
        """Tell whether another living process works on a task."""
        return known.owner != self._journal.owner and self._journal.is_alive(known.owner)

    def _was_never_begun(self, assignment: Assignment) -> bool:
        returned = assignment.note.get("state") == "returned"
        if returned and assignment.note.get("deliveries") == assignment.deliveries - 1:
            return True
        return assignment.deliveries == 2 and self._journal.was_lost(assignment.first_delivery)

    def _waits_for_others(self, assignment: Assignment) -> bool:
        return assignment.task.async_complete and "response" in assignment.output

    def _timed_out_before(self, assignment: Assignment) -> bool:
        """Tell whether the attempt before this one fell silent: nobody knows its outcome."""
        before = assignment.document.get("retriedTaskId")
        if not before:
            return False
        try:
            found = self._client.find(f"/tasks/{segment(str(before))}")
        except EngineError:
            return True
        return found is None or found.get("status") == _TIMED_OUT

    def _call(
        self, assignment: Assignment, redactor: Redactor, cancelled: threading.Event | None
    ) -> TaskCall:
        task = self._adapt(assignment.task) if self._adapt else assignment.task
        context = Context.build(
            workflow={"workflowId": assignment.execution.workflow_id}, task_id=assignment.task_id
        )

        def lookup(name: str) -> str | None:
            bare = self._settings.call(task, context, assignment.execution, redactor=redactor)
            value: str | None = self._pipeline.manager.hook.httptask_get_secret(
                name=name, call=bare
            )
            return value

        ready = self._ready(assignment, lookup)
        for text in ready.secrets:
            redactor.register(text)

        def keep(kept: Kept) -> None:
            self._journal.keep(assignment.task_id, assignment.deliveries, kept)

        return self._settings.call(
            task,
            context,
            replace(assignment.execution, part=Part(self._kept(assignment), keep)),
            redactor=redactor,
            inputs=ready.values,
            given_secrets=ready.names,
            keeps=True,
            cancelled=cancelled,
        )

    def _ready(self, assignment: Assignment, lookup: Callable[[str], str | None]) -> ReadyInputs:
        def stored() -> Mapping[str, Any]:
            kept = self._client.get(f"/tasks/{segment(assignment.task_id)}")
            inputs = kept.get("inputData") if isinstance(kept, Mapping) else None
            if not isinstance(inputs, Mapping):
                raise EngineError(
                    "the server returned a task without inputs", code="task_malformed"
                )
            return assignment.own_inputs(inputs)

        if assignment.document.get("externalInputPayloadStoragePath"):
            raise EngineError(
                "the task's input is too large: the server keeps it in external storage",
                code="input_too_large",
                hint="pass large values as files",
            )
        task = assignment.task
        return ready_inputs(
            task.template, task.written, assignment.inputs, stored=stored, lookup=lookup
        )

    def is_repeatable(self, assignment: Assignment) -> bool:
        """Tell whether the call of a task may be made once more."""
        try:
            return self._repeatable(self._call(assignment, Redactor(), None))
        except HttpTaskError:
            return True

    def unknown_outcome(self, assignment: Assignment) -> Report:
        """Return the report that nobody knows whether a task's call took effect."""
        return report_of(assignment, _failure(_unknown_outcome(), Redactor()), self._settings.files)

    def _repeatable(self, call: TaskCall) -> bool:
        try:
            resolved = self._pipeline.resolve(call)
        except HttpTaskError:
            return True
        return may_repeat(resolved.spec.method, resolved.options)


def _pause_of(report: Mapping[str, Any] | None) -> Any:
    """Return at which delivery a reported task paused, or None."""
    note = ((report or {}).get("outputData") or {}).get(MARK)
    if not isinstance(note, Mapping) or note.get("state") != PAUSED:
        return None
    return note.get("deliveries")


def _unknown_outcome() -> InterruptedCallError:
    return InterruptedCallError(
        "a worker stopped while the call was under way; it is unknown whether it took effect "
        "(outcome_unknown)",
        retryable=False,
        hint="httptask.idempotent or httptask.idempotencyKey lets the call be made again",
    )


def _failure(error: HttpTaskError, redactor: Redactor) -> TaskResult:
    retried = isinstance(error, EngineError) and not isinstance(error, InterruptedCallError)
    error.message = redactor.text(error.message)
    return TaskResult(
        TaskStatus.FAILED if retried else TaskStatus.FAILED_WITH_TERMINAL_ERROR,
        {"response": response_output()},
        error.message,
        error,
    )


def _waiting(assignment: Assignment) -> Report:
    return Report(
        workflow_id=assignment.execution.workflow_id,
        task_id=assignment.task_id,
        status="IN_PROGRESS",
        output=assignment.output,
        callback=FOREVER,
    )

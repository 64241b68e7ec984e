"""One task execution, from the task as written to its result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pluggy

from httptask.core.execution import Part
from httptask.core.message import HttpRequest
from httptask.core.result import Pause, TaskResult, TaskStatus
from httptask.core.sensitive import MASK
from httptask.core.vault import masked
from httptask.core.verdict import Action, Verdict
from httptask.definition.field_types import secret_texts
from httptask.definition.options import plugin_options
from httptask.errors import DeadlineError, HttpTaskError, MappingError, RequestError
from httptask.hooks.claims import options_model
from httptask.hooks.progress import Paused, Progress
from httptask.hooks.views import (
    Outcome,
    ResolvedRequest,
    Task,
    TaskCall,
    TaskOutput,
    deadline_error,
    response_output,
)
from httptask.pipeline.attempts import TERMINAL, Attempts
from httptask.pipeline.secret_lookup import Secrets
from httptask.pipeline.stages import StageHooks, Stages
from httptask.wire.layers import AUTHORIZE, Layers
from httptask.wire.recorder import Recorder
from httptask.wire.tracer import Observers, StoppedError, Tracer, as_ours


class Pipeline:
    """The stages and layers of one set of plugins; it keeps no state between executions.

    Args:
        manager: the plugins.
    """

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.manager = manager
        self.stages, self.layers = StageHooks(manager), Layers(manager)
        self.observers = Observers(manager)
        self.options_model = options_model(manager)

    def run(
        self, call: TaskCall, recorder: Recorder | None = None, stop_after: str = ""
    ) -> TaskResult:
        """Execute one HTTP task.

        Args:
            call: the task and everything around it.
            recorder: keeps the trace; one of level info is made when absent.
            stop_after: name of the stage, or ``authorize``, to stop after (a dry run), or "".

        Returns:
            The result; failures are results too, nothing of the task's own raises.
        """
        return _TaskRun(self, call, recorder or Recorder(call.redactor), stop_after).execute()

    def resolve(self, call: TaskCall) -> ResolvedRequest:
        """Run the first stage only: nothing is sent.

        Raises:
            HttpTaskError: the inputs cannot be resolved.
        """
        return _TaskRun(self, call, Recorder(call.redactor), "").resolve()


class _TaskRun:
    def __init__(
        self, pipeline: Pipeline, call: TaskCall, recorder: Recorder, stop_after: str
    ) -> None:
        self._recorder, self._stop_after = recorder, stop_after
        self._clock, self._layers = call.clock, pipeline.layers
        self._began = call.clock.monotonic()
        secrets = Secrets(pipeline.manager.hook.httptask_get_secret, call)
        self._call = call.within(secrets, pipeline.options_model)
        self._tracer = Tracer(recorder, call.clock, call.execution, pipeline.observers)
        self._stages = Stages(pipeline.stages, self._tracer)
        self._task: Task | None = None
        self._part = call.execution.part or Part()

    def execute(self) -> TaskResult:
        self._recorder.begin(self._clock)
        self._tracer.started("task", self._call.task.ref)
        result = self._executed()
        self._tracer.ended(
            "task",
            self._call.task.ref,
            lambda: {"status": result.status.value, "reason": result.reason},
        )
        return result

    def _executed(self) -> TaskResult:
        try:
            while True:
                try:
                    resolved, outcome = self._run()
                    break
                except Paused as paused:
                    if self._call.execution.part and not self._hides(paused.kept):
                        return self._paused(paused)
                    self._wait(paused)
            result = self._finished(resolved, outcome)
            left = self._task.time_left() if self._task is not None else None
            over = outcome.response is not None and left is not None and left <= 0
            if over and not isinstance(result.error, DeadlineError):
                error = DeadlineError("the deadline passed while the response was processed")
                return self._failed(error, result.output)
            return result
        except StoppedError:
            return self._result(TaskStatus.IN_PROGRESS, {}, "stopped", None, self._stop_after)
        except HttpTaskError as error:
            return self._failed(error, {"response": response_output()})
        except Exception as error:  # noqa: BLE001 - what a plugin made can break later, anywhere
            return self._failed(as_ours(error, "the task"), {"response": response_output()})

    def _hides(self, kept: Mapping[str, Any]) -> bool:
        return self._task is not None and self._task.hides(kept)

    def _paused(self, paused: Paused) -> TaskResult:
        result = self._result(TaskStatus.IN_PROGRESS, {}, "", None)
        return msgspec.structs.replace(result, pause=Pause(paused.seconds, paused.kept))

    def _wait(self, paused: Paused) -> None:
        """Wait here, and go on with what was kept.

        Raises:
            RequestError: the caller cancelled meanwhile.
            DeadlineError: the engine's time would be over before.
        """
        given = self._call.execution.seconds
        left = None if given is None else self._began + given - self._clock.monotonic()
        if left is not None and paused.seconds >= left:
            raise deadline_error(f"a wait of {paused.seconds:g} s would outlast the task's time")
        if self._clock.wait(paused.seconds, self._call.cancelled):
            raise RequestError("cancelled while waiting", code="cancelled", retryable=False)
        self._part = replace(self._part, resume=paused.kept)

    def resolve(self) -> ResolvedRequest:
        resolved: ResolvedRequest = self._stages("resolve_inputs", call=self._call)
        for given in plugin_options(resolved.options):
            for text in secret_texts(given):
                self._call.redactor.register(text)
        return resolved

    def _run(self) -> tuple[ResolvedRequest, Outcome]:
        resolved = self.resolve()
        for each in resolved.warnings:
            self._recorder.warn(each.code, each.message, each.pointer)
        self._stop("resolve_inputs")
        deadline = self._deadline(resolved)
        request: HttpRequest = self._stages("build_request", call=self._call, resolved=resolved)
        self._stop("build_request")
        progress = Progress(self._part, self._call.task.pointer)
        task = Task(self._call, resolved, deadline, self._recorder, self._recorder.event, progress)
        self._task = task
        plan = self._layers.plan(self._call.task, self._call.transport)
        dry = self._stop_after == AUTHORIZE
        attempts = Attempts(task, plan, self._stages, self._tracer, dry=dry)
        return resolved, attempts.make(request)

    def _deadline(self, resolved: ResolvedRequest) -> float | None:
        """Return when the task's own time is over, or before it the engine's."""
        total, given = resolved.options.deadline_ms, self._call.execution.seconds
        own = math.inf if total is None else self._clock.monotonic() + total / 1000
        end = own if given is None else min(own, self._began + given)
        return None if end == math.inf else end

    def _finished(self, resolved: ResolvedRequest, outcome: Outcome) -> TaskResult:
        error = outcome.verdict.error
        if outcome.response is None or outcome.body is None:
            error = error or RequestError(outcome.verdict.reason or "there is no response")
            response = response_output(outcome.response, outcome.body)
            return self._failed(error, {"response": response}, outcome.verdict)
        output: TaskOutput
        succeeded = outcome.verdict.action is Action.SUCCESS
        try:
            output = self._stages(
                "map_outputs",
                call=self._call,
                resolved=resolved,
                response=outcome.response,
                body=outcome.body,
            )
        except MappingError as mapping:
            error = error or mapping
            succeeded = False
            response = response_output(outcome.response, outcome.body)
            output = TaskOutput({"response": _without_cookies(response)})
        for notice in output.notices:
            self._recorder.warn("output_stored", notice)
        for warning in output.warnings:
            self._recorder.warn(
                "mapping_missing", warning, f"{self._call.task.pointer}/httptask/output"
            )
        if outcome.verdict.action is Action.SUCCESS and outcome.verdict.reason:
            self._recorder.warn(
                "response_schema",
                outcome.verdict.reason,
                f"{self._call.task.pointer}/httptask/responseSchema",
            )
        if succeeded:
            waiting = self._call.task.async_complete
            status = TaskStatus.IN_PROGRESS if waiting else TaskStatus.COMPLETED
            return self._result(status, output.values, "", None)
        error = error or HttpTaskError(outcome.verdict.reason or "the response was not accepted")
        return self._failed(error, output.values, outcome.verdict)

    def _failed(
        self, error: HttpTaskError, output: Mapping[str, Any], verdict: Verdict | None = None
    ) -> TaskResult:
        terminal = isinstance(error, TERMINAL) or (
            verdict is not None and verdict.action is Action.FAIL_TERMINALLY
        )
        status = TaskStatus.FAILED_WITH_TERMINAL_ERROR if terminal else TaskStatus.FAILED
        safe = self._redacted(error)
        if verdict is not None and verdict.retry_after is not None:
            safe.retry_after = verdict.retry_after
        return self._result(status, output, safe.message, safe)

    def _result(
        self,
        status: TaskStatus,
        output: Mapping[str, Any],
        reason: str,
        error: HttpTaskError | None,
        stopped_after: str = "",
    ) -> TaskResult:
        output = dict(output)
        stored = self._call.redactor.value(output)
        vault = self._call.vault
        shown = masked(stored) if vault is not None and vault.in_use else stored
        is_masked = shown is not output and shown != output
        trace = self._recorder.trace(
            task=self._call.task.ref,
            mode=self._call.mode,
            ended=self._clock.monotonic(),
            status="stopped" if stopped_after else _TRACE_STATUS[status],
            next_step=stopped_after and f"stopped after {stopped_after}; nothing was sent",
            output=shown,
            masked=is_masked,
            error=error,
            stopped_after=stopped_after,
        )
        return TaskResult(
            status,
            stored,
            reason,
            error,
            error.retry_after if error else None,
            trace,
            masked=is_masked,
        )

    def _redacted(self, error: HttpTaskError) -> HttpTaskError:
        redactor = self._call.redactor
        error.message, error.hint = redactor.text(error.message), redactor.text(error.hint)
        error.pointer = redactor.text(error.pointer)
        if error.pointer.startswith(self._call.task.pointer):
            error.source = error.source or self._call.task.source
        return error

    def _stop(self, stage: str) -> None:
        if self._stop_after == stage:
            raise StoppedError


def _without_cookies(response: dict[str, Any]) -> dict[str, Any]:
    """Return a response that could not be mapped: a cookie may be what was to be mapped."""
    headers = {
        name: [MASK] * len(values) if name.lower() == "set-cookie" else values
        for name, values in response["headers"].items()
    }
    return {**response, "headers": headers}


_TRACE_STATUS = {
    TaskStatus.COMPLETED: "completed",
    TaskStatus.IN_PROGRESS: "in_progress",
    TaskStatus.FAILED: "failed",
    TaskStatus.FAILED_WITH_TERMINAL_ERROR: "failed_terminal",
}

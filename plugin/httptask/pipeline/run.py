"""One task execution, from the task as written to its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pluggy

from httptask.core.message import HttpRequest, HttpResponse
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.verdict import Action, Verdict
from httptask.definition.options import build_options_model
from httptask.errors import (
    CredentialsError,
    DeadlineError,
    DefinitionError,
    EgressRefusedError,
    HttpTaskError,
    MappingError,
    RequestError,
)
from httptask.hooks.claims import auth_models
from httptask.hooks.views import (
    Attempt,
    Credentials,
    DecodedBody,
    Probe,
    ResolvedRequest,
    TaskCall,
    TaskOutput,
    response_output,
)
from httptask.pipeline.exchange import Exchanges
from httptask.pipeline.recorder import Recorder
from httptask.pipeline.repeat import Repetition
from httptask.pipeline.secret_lookup import Secrets
from httptask.pipeline.stages import StageHooks, Stages

TERMINAL = (DefinitionError, EgressRefusedError, CredentialsError)


@dataclass(frozen=True, slots=True)
class _Answer:
    """How an attempt ended: with an answer, unless the request was never answered."""

    verdict: Verdict
    response: HttpResponse | None = None
    body: DecodedBody | None = None


class _StoppedError(Exception):
    """The caller asked to stop here."""


class Pipeline:
    """The eight stages with one set of plugins; it keeps no state between executions.

    Args:
        manager: the plugins that answer the stages.
    """

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self.manager = manager
        self.hooks = StageHooks.of(manager)
        self.options_model = build_options_model(auth_models(manager))

    def run(
        self, call: TaskCall, recorder: Recorder | None = None, stop_after: str = ""
    ) -> TaskResult:
        """Execute one HTTP task.

        Args:
            call: the task and everything around it.
            recorder: keeps the trace; one of level info is made when absent.
            stop_after: name of the stage to stop after (a dry run), or "".

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
        self._clock = call.clock
        secrets = Secrets(pipeline.hooks.get_secret, call)
        self._call = call.within(secrets, pipeline.options_model)
        self._stages = Stages(pipeline.hooks, recorder, call.clock, call.task.ref)
        self._exchanges = Exchanges(self._stages, recorder, call.clock, dry=bool(stop_after))
        self._deadline: float | None = None

    def execute(self) -> TaskResult:
        self._recorder.begin(self._clock.now(), self._clock.monotonic())
        try:
            return self._finished(*self._run())
        except _StoppedError:
            return self._result(TaskStatus.IN_PROGRESS, {}, "stopped", None, self._stop_after)
        except HttpTaskError as error:
            return self._failed(error, {"response": response_output()})

    def resolve(self) -> ResolvedRequest:
        resolved: ResolvedRequest = self._stages("resolve_inputs", call=self._call)
        return resolved

    def _run(self) -> tuple[ResolvedRequest, _Answer]:
        resolved = self.resolve()
        self._stop("resolve_inputs")
        total = resolved.options.deadline_ms
        if total is not None:
            self._deadline = self._clock.monotonic() + total / 1000
        request: HttpRequest = self._stages("build_request", call=self._call, resolved=resolved)
        self._check_secrets(resolved, request)
        self._stop("build_request")
        return resolved, self._attempts(resolved, request)

    def _attempts(self, resolved: ResolvedRequest, request: HttpRequest) -> _Answer:
        repetition = Repetition(request.method, resolved.options)
        number, refresh, refreshed = 1, False, False
        while True:
            self._stages.attempt = number
            answer = self._recorded(resolved, request, number, refresh)
            refresh = answer.verdict.action is Action.REFRESH_AND_RETRY and not refreshed
            if refresh:
                refreshed, number = True, number + 1
                continue
            delay = repetition.delay(number, answer.verdict, self._time_left())
            if delay is None:
                return answer
            if self._clock.wait(delay, self._call.cancelled):
                raise RequestError("cancelled while waiting for the next attempt", code="cancelled")
            number += 1

    def _recorded(
        self, resolved: ResolvedRequest, request: HttpRequest, number: int, refresh: bool
    ) -> _Answer:
        verdict = None
        try:
            answer = self._attempt(resolved, request, number, refresh)
            verdict = answer.verdict
        except HttpTaskError as error:
            verdict = Verdict(Action.FAIL_TERMINALLY, error.message, error=error)
            raise
        finally:
            if verdict is not None:
                self._recorder.attempt(number, verdict)
                self._stages.attempt_finished()
        return answer

    def _attempt(
        self, resolved: ResolvedRequest, request: HttpRequest, number: int, refresh: bool
    ) -> _Answer:
        attempt = self._view(resolved, number, refresh)
        try:
            self._check_time()
            credentials: Credentials = self._stages("resolve_credentials", attempt=attempt)
            if self._stop_after in {"resolve_credentials", "authenticate_request"}:
                self._exchanges.sign(attempt, request, credentials)
                raise _StoppedError
            sent, response = self._exchanges.follow(attempt, request, credentials)
            answer = self._judge(attempt, sent, response)
            if credentials.refreshable and _is_unauthorized(answer) and not refresh:
                verdict = replace(answer.verdict, action=Action.REFRESH_AND_RETRY)
                return replace(answer, verdict=verdict)
            return answer
        except RequestError as error:
            if isinstance(error, TERMINAL):
                return _Answer(Verdict(Action.FAIL_TERMINALLY, error.message, error=error))
            retry = resolved.options.retry
            again = error.retryable is not False and retry is not None and retry.on_network_errors
            action = Action.RETRY if again else Action.FAIL
            return _Answer(Verdict(action, error.message, error.retry_after, error))
        finally:
            self._exchanges.finish()

    def _judge(self, attempt: Attempt, sent: HttpRequest, response: HttpResponse) -> _Answer:
        try:
            body: DecodedBody = self._stages(
                "decode_response", attempt=attempt, request=sent, response=response
            )
        except HttpTaskError as error:
            if isinstance(error, RequestError):
                raise
            verdict = Verdict(Action.FAIL, error.message, error=error)
            return _Answer(verdict, response, DecodedBody(None, "none"))
        finally:
            response.stream.close()
            self._exchanges.finish()
        verdict = self._stages("check_response", attempt=attempt, response=response, body=body)
        return _Answer(verdict, response, body)

    def _view(self, resolved: ResolvedRequest, number: int, refresh: bool) -> Attempt:
        return Attempt(
            call=self._call,
            resolved=resolved,
            number=number,
            deadline=self._deadline,
            refresh=refresh,
            policy=self._call.policy,
            send_out=self._exchanges.call_out,
            emit=self._recorder.event,
            probe=Probe(),
        )

    def _finished(self, resolved: ResolvedRequest, answer: _Answer) -> TaskResult:
        error = answer.verdict.error
        if answer.response is None or answer.body is None:
            assert error is not None  # noqa: S101 - an attempt without an answer has an error
            return self._failed(error, {"response": response_output()})
        output: TaskOutput = TaskOutput({})
        succeeded = answer.verdict.action is Action.SUCCESS
        try:
            output = self._stages(
                "map_outputs",
                call=self._call,
                resolved=resolved,
                response=answer.response,
                body=answer.body,
            )
        except MappingError as mapping:
            error = error or mapping
            succeeded = False
            output = TaskOutput({"response": response_output(answer.response, answer.body)})
        for notice in output.notices:
            self._recorder.warn("output_stored", notice)
        for warning in output.warnings:
            self._recorder.warn(
                "mapping_missing", warning, f"{self._call.task.pointer}/httptask/output"
            )
        if succeeded:
            if answer.verdict.reason:
                self._recorder.warn(
                    "response_schema",
                    answer.verdict.reason,
                    f"{self._call.task.pointer}/httptask/responseSchema",
                )
            waiting = self._call.task.async_complete
            status = TaskStatus.IN_PROGRESS if waiting else TaskStatus.COMPLETED
            return self._result(status, output.values, "", None)
        error = error or HttpTaskError(answer.verdict.reason or "the answer was not accepted")
        return self._failed(error, output.values, answer.verdict)

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
        shown = self._call.redactor.value(output)
        masked = shown is not output and shown != output
        trace = self._recorder.trace(
            task=self._call.task.ref,
            mode=self._call.mode,
            ended=self._clock.monotonic(),
            status="stopped" if stopped_after else _TRACE_STATUS[status],
            next_step=stopped_after and f"stopped after {stopped_after}; nothing was sent",
            output=shown,
            masked=masked,
            error=error,
            stopped_after=stopped_after,
        )
        return TaskResult(
            status,
            shown,
            reason,
            error,
            error.retry_after if error else None,
            trace,
            masked=masked,
        )

    def _redacted(self, error: HttpTaskError) -> HttpTaskError:
        redactor = self._call.redactor
        error.message, error.hint = redactor.text(error.message), redactor.text(error.hint)
        if error.pointer.startswith(self._call.task.pointer):
            error.source = error.source or self._call.task.source
        return error

    def _check_secrets(self, resolved: ResolvedRequest, request: HttpRequest) -> None:
        origin = request.origin
        if origin == self._call.task.origin:
            return
        for name in sorted(resolved.secrets):
            if str(origin) not in self._call.secret_origins.get(name, frozenset()):
                raise CredentialsError(
                    f"the secret {name!r} may not go to {origin}",
                    code="secret_origin_refused",
                    pointer=f"{self._call.task.request_pointer}/uri",
                    retryable=False,
                    hint="write scheme and host literally in uri, or set "
                    f"HTTPTASK_SECRET_ORIGINS_{name}={origin}",
                )

    def _stop(self, stage: str) -> None:
        if self._stop_after == stage:
            raise _StoppedError

    def _time_left(self) -> float | None:
        return None if self._deadline is None else self._deadline - self._clock.monotonic()

    def _check_time(self) -> None:
        if self._call.cancelled is not None and self._call.cancelled.is_set():
            raise RequestError("cancelled", code="cancelled", retryable=False)
        left = self._time_left()
        if left is not None and left <= 0:
            raise DeadlineError("the deadline is over", retryable=False)


def _is_unauthorized(answer: _Answer) -> bool:
    response, action = answer.response, answer.verdict.action
    return response is not None and response.status == 401 and action is not Action.SUCCESS


_TRACE_STATUS = {
    TaskStatus.COMPLETED: "completed",
    TaskStatus.IN_PROGRESS: "in_progress",
    TaskStatus.FAILED: "failed",
    TaskStatus.FAILED_WITH_TERMINAL_ERROR: "failed_terminal",
}

"""The attempts of one task execution, until one counts."""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from httptask.core.message import Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.core.verdict import Action, Verdict
from httptask.errors import (
    CredentialsError,
    DeadlineError,
    DefinitionError,
    EgressRefusedError,
    HttpTaskError,
    RequestError,
    TransportError,
)
from httptask.hooks.views import (
    Attempt,
    Credentials,
    DecodedBody,
    Probe,
    ResolvedRequest,
    TaskCall,
)
from httptask.pipeline.exchange import Exchanges
from httptask.pipeline.recorder import Recorder
from httptask.pipeline.repeat import Repetition
from httptask.pipeline.stages import Stages

TERMINAL = (DefinitionError, EgressRefusedError, CredentialsError)


class Outcome(NamedTuple):
    """How an attempt ended: with an answer, unless the request was never answered."""

    verdict: Verdict
    response: HttpResponse | None = None
    body: DecodedBody | None = None


class StoppedError(Exception):
    """The caller asked to stop here."""


class Attempts:
    """The stages that run once per attempt.

    Args:
        call: the task execution.
        stages: the stages.
        recorder: is told of every attempt.
        stop_after: name of the stage to stop after (a dry run), or "".
    """

    def __init__(self, call: TaskCall, stages: Stages, recorder: Recorder, stop_after: str) -> None:
        self._call, self._stages, self._recorder = call, stages, recorder
        self._stop_after, self._clock = stop_after, call.clock
        self._exchanges = Exchanges(stages, recorder, call.clock, dry=bool(stop_after))
        self._deadline: float | None = None

    def make(
        self, resolved: ResolvedRequest, request: HttpRequest, deadline: float | None
    ) -> Outcome:
        """Make attempts until one counts, or no other may follow.

        Args:
            resolved: what is requested.
            request: the request, unsigned.
            deadline: monotonic time at which the task's total time is over, or None.

        Raises:
            StoppedError: the stage to stop after was reached.
            HttpTaskError: the task failed and no verdict can change that.
        """
        self._deadline = deadline
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
    ) -> Outcome:
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
    ) -> Outcome:
        attempt = self._view(resolved, number, refresh)
        try:
            self._check_time()
            credentials: Credentials = self._stages("resolve_credentials", attempt=attempt)
            if self._stop_after in {"resolve_credentials", "authenticate_request"}:
                self._exchanges.sign(attempt, request, credentials)
                raise StoppedError
            try:
                sent, response = self._exchanges.follow(attempt, request, credentials)
            except TransportError as error:
                return _broken(error, resolved, request)
            answer = self._judge(attempt, sent, response)
            if credentials.refreshable and _is_unauthorized(answer) and not refresh:
                verdict = replace(answer.verdict, action=Action.REFRESH_AND_RETRY)
                return answer._replace(verdict=verdict)
            return answer
        except RequestError as error:
            return Outcome(_verdict(error, resolved))
        finally:
            self._exchanges.finish()

    def _judge(self, attempt: Attempt, sent: HttpRequest, response: HttpResponse) -> Outcome:
        try:
            body: DecodedBody = self._stages(
                "decode_response", attempt=attempt, request=sent, response=response
            )
        except HttpTaskError as error:
            verdict = _verdict(error, attempt.resolved)
            return Outcome(verdict, response, DecodedBody(None, "none"))
        finally:
            response.stream.close()
            self._exchanges.finish()
        verdict = self._stages("check_response", attempt=attempt, response=response, body=body)
        return Outcome(verdict, response, body)

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

    def _time_left(self) -> float | None:
        return None if self._deadline is None else self._deadline - self._clock.monotonic()

    def _check_time(self) -> None:
        if self._call.cancelled is not None and self._call.cancelled.is_set():
            raise RequestError("cancelled", code="cancelled", retryable=False)
        left = self._time_left()
        if left is not None and left <= 0:
            raise DeadlineError("the deadline is over", retryable=False)


def _verdict(error: HttpTaskError, resolved: ResolvedRequest) -> Verdict:
    """Return the verdict on a request without an answer, or with one that cannot be read."""
    if isinstance(error, TERMINAL):
        return Verdict(Action.FAIL_TERMINALLY, error.message, error=error)
    retry = resolved.options.retry
    again = error.retryable is not False and retry is not None and retry.on_network_errors
    action = Action.RETRY if again and isinstance(error, RequestError) else Action.FAIL
    return Verdict(action, error.message, error.retry_after, error)


def _broken(error: TransportError, resolved: ResolvedRequest, request: HttpRequest) -> Outcome:
    """Return the outcome of a request whose response could not be read, maybe with its status."""
    if error.status is None:
        return Outcome(_verdict(error, resolved))
    response = HttpResponse(error.status, "", Headers(), MemoryStream(b""), request.url)
    return Outcome(_verdict(error, resolved), response, DecodedBody(None, "none"))


def _is_unauthorized(answer: Outcome) -> bool:
    response, action = answer.response, answer.verdict.action
    return response is not None and response.status == 401 and action is not Action.SUCCESS

"""The attempts of one task execution: exchange, decode, check."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from httptask.core.message import Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.core.verdict import Action, Verdict
from httptask.errors import (
    CredentialsError,
    DefinitionError,
    EgressRefusedError,
    HttpTaskError,
    InterruptedCallError,
    RequestError,
    TransportError,
)
from httptask.hooks.views import Attempt, DecodedBody, Outcome, ResolvedRequest, Task
from httptask.wire.exchange import Exchanges, Inward, through
from httptask.wire.layers import Layer, Plan
from httptask.wire.tracer import Tracer

TERMINAL = (DefinitionError, EgressRefusedError, CredentialsError, InterruptedCallError)


class Attempts:
    """The layers of the scopes task and attempt, and what is inside them.

    Args:
        task: the execution.
        plan: its layers.
        stages: runs ``decode_response`` and ``check_response``.
        tracer: is told of every layer and attempt.
        dry: whether nothing is to be sent.
    """

    def __init__(
        self,
        task: Task,
        plan: Plan,
        stages: Callable[..., Any],
        tracer: Tracer,
        *,
        dry: bool = False,
    ) -> None:
        self._task, self._plan, self._stages = task, plan, stages
        self._recorder, self._tracer = tracer.recorder, tracer
        self._exchanges = Exchanges(task, plan, tracer, dry=dry)

    def make(self, request: HttpRequest) -> Outcome:
        """Send the request, through all layers.

        Raises:
            StoppedError: nothing is to be sent.
            HttpTaskError: the task failed and no verdict can change that.
        """
        self._exchanges.home = request.origin
        return self._around(self._plan.task, request, self._repeated, self._task)

    def _repeated(self, request: HttpRequest) -> Outcome:
        if not self._plan.attempt:
            return self._once(request)
        return self._around(self._plan.attempt, request, self._once)

    def _around(
        self,
        layers: tuple[Layer, ...],
        request: HttpRequest,
        core: Callable[[HttpRequest], Outcome],
        task: Task | None = None,
    ) -> Outcome:
        """Send a request through these layers; the last one calls the core.

        Those of the scope task are given the task, which knows their place; others the attempt.
        """
        if not layers:
            return core(request)
        layer, rest = layers[0], layers[1:]
        if task is not None:
            task = replace(task, place=(*task.place, f"{layer.slot}/{layer.kind}"))
        view = task or Attempt(self._task, self._tracer.attempt + 1)
        inward = Inward(lambda inner: self._around(rest, inner, core, task))
        outcome: Outcome = through(layer, view, request, inward, self._tracer)
        return outcome

    def _once(self, request: HttpRequest) -> Outcome:
        self._tracer.attempt += 1
        attempt = Attempt(self._task, self._tracer.attempt)
        self._tracer.started("attempt", str(attempt.number))
        verdict = None
        try:
            outcome = self._attempt(attempt, request)
            verdict = outcome.verdict
        except HttpTaskError as error:
            verdict = Verdict(Action.FAIL_TERMINALLY, error.message, error=error)
            raise
        finally:
            if verdict is not None:
                self._recorder.attempt(attempt.number, verdict)
                record = self._recorder.last_attempt
                self._tracer.ended("attempt", str(attempt.number), record.to_json)
        return outcome

    def _attempt(self, attempt: Attempt, request: HttpRequest) -> Outcome:
        try:
            response = self._exchanges.send(attempt, request)
            return self._judge(attempt, request, response)
        except TransportError as error:
            return _broken(error, self._task.resolved, request)
        except RequestError as error:
            return Outcome(_verdict(error, self._task.resolved))
        finally:
            self._exchanges.finish()

    def _judge(self, attempt: Attempt, request: HttpRequest, response: HttpResponse) -> Outcome:
        try:
            body: DecodedBody = self._stages(
                "decode_response", attempt=attempt, request=request, response=response
            )
        except HttpTaskError as error:
            return Outcome(
                _verdict(error, self._task.resolved), response, DecodedBody(None, "none")
            )
        finally:
            response.stream.close()
        self._task.check_time()
        verdict = self._stages(
            "check_response", attempt=attempt, request=request, response=response, body=body
        )
        self._task.check_time()
        return Outcome(verdict, response, body)


def _broken(error: TransportError, resolved: ResolvedRequest, request: HttpRequest) -> Outcome:
    """Return the outcome of a request whose response could not be read, maybe with its status."""
    if error.status is None:
        return Outcome(_verdict(error, resolved))
    response = HttpResponse(error.status, "", Headers(), MemoryStream(b""), request.url)
    return Outcome(_verdict(error, resolved), response, DecodedBody(None, "none"))


def _verdict(error: HttpTaskError, resolved: ResolvedRequest) -> Verdict:
    """Return the verdict on a request without a response, or with one that cannot be read."""
    if isinstance(error, TERMINAL):
        return Verdict(Action.FAIL_TERMINALLY, error.message, error=error)
    retry = resolved.options.retry
    again = error.retryable is not False and retry is not None and retry.on_network_errors
    action = Action.RETRY if again and isinstance(error, RequestError) else Action.FAIL
    return Verdict(action, error.message, error.retry_after, error)

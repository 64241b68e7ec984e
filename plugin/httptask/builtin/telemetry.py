"""OpenTelemetry: spans for task, attempt and exchange, ``traceparent``, and metrics; API only.

Names are those of the stable semantic conventions for HTTP clients. Which SDK records and exports,
and which propagators write headers, is the process's own matter. No span has a header or a body;
addresses are redacted as in the trace.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from httptask import __version__
from httptask.core.message import Headers, HttpRequest, HttpResponse
from httptask.core.methods import KNOWN
from httptask.core.verdict import Action
from httptask.errors import HttpTaskError, MissingExtraError
from httptask.hooks import hookimpl
from httptask.hooks.views import (
    Ask,
    Attempt,
    Claim,
    Exchange,
    Outcome,
    SendSigned,
    SignedRequest,
    Task,
)
from httptask.wire.rendering import BUILT, render_target

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

KIND: Final = "opentelemetry"
_OTHER: Final = "_OTHER"
_FAILED: Final = 400
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
_ERROR: Final = "error.type"
_STATUS: Final = "http.response.status_code"
_METHOD: Final = "http.request.method"


class OpenTelemetry:
    """Three layers, the outermost of their slots.

    Args:
        tracers: where spans go; the process's own TracerProvider when absent.
        meters: where durations go; the process's own MeterProvider when absent.

    Raises:
        MissingExtraError: the extra ``otel`` is not installed.
    """

    def __init__(
        self, tracers: TracerProvider | None = None, meters: MeterProvider | None = None
    ) -> None:
        try:
            from opentelemetry import metrics, propagate, trace  # noqa: PLC0415 - an extra brings it
        except ImportError as error:
            raise MissingExtraError(
                "tracing needs the extra otel", hint='pip install "httptask[otel]"'
            ) from error
        self._trace, self._inject = trace, propagate.inject
        self._tracer = trace.get_tracer("httptask", __version__, tracers)
        meter = metrics.get_meter("httptask", __version__, meters)
        self._exchanges = meter.create_histogram(
            "http.client.request.duration",
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._tasks = meter.create_histogram(
            "httptask.task.duration",
            "s",
            "Duration of the conversation of HTTP tasks.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim spans."""
        return [
            Claim("pinned", KIND, "a span and a duration for each task"),
            Claim("breaker", KIND, "a span for each attempt"),
            Claim("observe", KIND, "a span, a duration and traceparent for each request"),
        ]

    @hookimpl(tryfirst=True)
    def httptask_pinned(self, task: Task, request: HttpRequest, ask: Ask) -> Outcome:
        """Make the span of a task, around all its requests."""
        execution, name = task.call.execution, task.call.task.name
        attributes = {
            "httptask.task.name": name,
            "httptask.task.reference": execution.task_ref,
            "httptask.task.iteration": execution.iteration,
            "httptask.task.retry": execution.retry,
            "httptask.workflow.id": execution.workflow_id,
        }
        labels: dict[str, Any] = {"httptask.task.name": name}
        with (
            self._timed(self._tasks, labels),
            self._span(f"task {name}", attributes, labels) as span,
        ):
            outcome = ask(request)
            labels |= _of_outcome(outcome)
            self._tell(span, _of_outcome(outcome))
            return outcome

    @hookimpl(tryfirst=True)
    def httptask_breaker(
        self, attempt: Attempt, request: HttpRequest, attempt_once: Ask
    ) -> Outcome:
        """Make the span of an attempt."""
        attributes = {"httptask.attempt.number": attempt.number}
        with self._span("attempt", attributes, {}) as span:
            outcome = attempt_once(request)
            self._tell(span, _of_outcome(outcome))
            return outcome

    @hookimpl(tryfirst=True)
    def httptask_observe(
        self, exchange: Exchange, signed: SignedRequest, send: SendSigned
    ) -> HttpResponse:
        """Make the span of what is really sent, and send its ``traceparent`` along."""
        request, origin = signed.request, signed.request.origin
        labels: dict[str, Any] = {
            _METHOD: request.method if request.method in KNOWN else _OTHER,
            "server.address": origin.host,
            "server.port": origin.port,
        }
        attributes = {
            **labels,
            "url.full": _target(exchange, request),
            "httptask.purpose": exchange.purpose,
        }
        name = "HTTP" if labels[_METHOD] == _OTHER else request.method
        client = self._trace.SpanKind.CLIENT
        with (
            self._timed(self._exchanges, labels),
            self._span(name, attributes, labels, kind=client) as span,
        ):
            response = send(self._with_context(signed))
            found = {
                _STATUS: response.status,
                "network.protocol.version": response.http_version,
            }
            labels |= found | ({_ERROR: str(response.status)} if response.status >= _FAILED else {})
            peer = exchange.probe.remote_address.rpartition(":")[0].strip("[]")
            self._tell(span, {**labels, **({"network.peer.address": peer} if peer else {})})
            return response

    def _with_context(self, signed: SignedRequest) -> SignedRequest:
        """Return a request with the headers of the current span, which no signature covers.

        Where the task writes one of them itself, which may be signed, none is added.
        """
        carrier: dict[str, str] = {}
        self._inject(carrier)
        headers: Headers = signed.request.headers
        if not carrier or any(name in headers for name in carrier):
            return signed
        for name, value in carrier.items():
            headers = headers.with_header(name, value)
        request = signed.request.with_headers(headers)
        return SignedRequest(request, signed.fields, signed.connection)

    @contextmanager
    def _span(
        self, name: str, attributes: dict[str, Any], labels: dict[str, Any], **more: Any
    ) -> Iterator[Any]:
        """Make a span the current one; an error is told by its code, never by its text."""
        with self._tracer.start_as_current_span(
            name,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
            **more,
        ) as span:
            try:
                yield span
            except HttpTaskError as error:
                labels[_ERROR] = error.code
                self._tell(span, {_ERROR: error.code})
                raise

    def _tell(self, span: Any, attributes: dict[str, Any]) -> None:
        span.set_attributes(attributes)
        if _ERROR in attributes:
            span.set_status(self._trace.StatusCode.ERROR)

    @contextmanager
    def _timed(self, histogram: Any, labels: dict[str, Any]) -> Iterator[None]:
        """Measure; what is known of the outcome by then are the labels."""
        began = time.perf_counter()
        try:
            yield
        finally:
            histogram.record(time.perf_counter() - began, labels)


def _target(exchange: Exchange, request: HttpRequest) -> str:
    return render_target(request, exchange.task.redactor, own=exchange.purpose in BUILT)


def _of_outcome(outcome: Outcome) -> dict[str, Any]:
    verdict = outcome.verdict
    found: dict[str, Any] = {"httptask.outcome": verdict.action.value}
    if verdict.action is not Action.SUCCESS:
        found[_ERROR] = verdict.error.code if verdict.error is not None else verdict.action.value
    return found

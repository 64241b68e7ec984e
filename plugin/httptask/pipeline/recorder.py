"""Gather what happens as it happens; render it, redacted, when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from httptask.core.message import ByteStream, HttpRequest, HttpResponse
from httptask.core.sensitive import Redactor
from httptask.core.tracing import (
    AttemptRecord,
    ExchangeRecord,
    Level,
    StageRecord,
    Timings,
    Trace,
)
from httptask.core.verdict import Verdict
from httptask.errors import HttpTaskError
from httptask.hooks.views import Probe, SignedRequest
from httptask.pipeline.rendering import render_request, render_response, render_value

BODY_LIMIT = {Level.INFO: 0, Level.DEBUG: 64 * 1024, Level.TRACE: 1024 * 1024}

_OF_THE_TASK = frozenset({"task", "challenge"})

Watcher = Callable[[str, Mapping[str, Any]], None]


class CopiedStream:
    """A stream that keeps a copy of its first bytes and counts them all."""

    def __init__(self, stream: ByteStream, limit: int) -> None:
        self._stream, self._limit = stream, limit
        self.kept = bytearray()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self.size += len(chunk)
            if len(self.kept) < self._limit:
                self.kept += chunk[: self._limit - len(self.kept)]
            yield chunk

    def close(self) -> None:
        """Release the connection."""
        self._stream.close()


class Deferred(Sequence[ExchangeRecord]):
    """Exchanges that are rendered when somebody looks at them; in production few do."""

    def __init__(self, render: Callable[[], tuple[ExchangeRecord, ...]]) -> None:
        self._render = render
        self._rendered: tuple[ExchangeRecord, ...] | None = None

    def __len__(self) -> int:
        return len(self._items())

    def __getitem__(self, index: Any) -> Any:
        return self._items()[index]

    def __iter__(self) -> Iterator[ExchangeRecord]:
        return iter(self._items())

    def _items(self) -> tuple[ExchangeRecord, ...]:
        if self._rendered is None:
            self._rendered = self._render()
        return self._rendered


class OpenExchange(msgspec.Struct):
    """An exchange under way."""

    id: int
    purpose: str
    attempt: int
    started: float
    request: HttpRequest
    probe: Probe
    response: HttpResponse | None = None
    body: CopiedStream | None = None
    error: HttpTaskError | None = None
    ended: float | None = None


class Recorder:
    """Keeps the raw values of one task execution until ``trace`` renders them.

    Args:
        redactor: replaces secrets in everything that leaves the recorder.
        level: how much is kept.
        watch: called with ("stage" | "exchange" | "event" | "attempt", redacted record) at once.
    """

    def __init__(
        self, redactor: Redactor, level: Level = Level.INFO, watch: Watcher | None = None
    ) -> None:
        self.redactor, self.level, self.watch = redactor, level, watch
        self.started = 0.0
        self.started_at = 0.0
        self.warnings: list[dict[str, Any]] = []
        self._stages: list[tuple[str, str, float, float, int, Any, HttpTaskError | None]] = []
        self._attempts: list[AttemptRecord] = []
        self._exchanges: list[OpenExchange] = []

    def begin(self, wall: float, monotonic: float) -> None:
        """Set the zero of every time in the trace."""
        self.started_at, self.started = wall, monotonic

    def stage(
        self,
        name: str,
        plugin: str,
        began: float,
        ended: float,
        attempt: int,
        value: Any,
        error: HttpTaskError | None = None,
    ) -> None:
        """Record a stage that ended."""
        self._stages.append((name, plugin, began, ended, attempt, value, error))
        if self.watch is not None:
            self.watch("stage", self.render_stage(-1).to_json())

    def attempt(self, number: int, verdict: Verdict) -> None:
        """Record an attempt that ended."""
        ids = tuple([item.id for item in self._exchanges if item.attempt == number])
        reason = self.redactor.text(verdict.reason)
        record = AttemptRecord(number, verdict.action.value, reason, verdict.retry_after, ids)
        self._attempts.append(record)
        if self.watch is not None:
            self.watch("attempt", record.to_json())

    @property
    def last_attempt(self) -> AttemptRecord:
        """Return the attempt recorded last."""
        return self._attempts[-1]

    @property
    def last_request(self) -> HttpRequest | None:
        """Return the task's own signed request, of the last attempt, whether it was sent or not."""
        own = [item.request for item in self._exchanges if item.purpose in _OF_THE_TASK]
        if own:
            return own[-1]
        signed = [entry[5] for entry in self._stages if isinstance(entry[5], SignedRequest)]
        return signed[-1].request if signed else None

    def open_exchange(
        self, request: HttpRequest, purpose: str, attempt: int, probe: Probe, now: float
    ) -> OpenExchange:
        """Record that a request is about to be sent."""
        item = OpenExchange(len(self._exchanges), purpose, attempt, now, request, probe)
        self._exchanges.append(item)
        return item

    def answered(self, item: OpenExchange, response: HttpResponse) -> HttpResponse:
        """Record an answer; the returned one's stream feeds the trace while it is read."""
        limit = BODY_LIMIT[self.level]
        item.body = CopiedStream(response.stream, limit)
        item.response = response.with_stream(item.body)
        if self.watch is not None:
            self.watch("exchange", self.render_exchange(item).to_json())
        return item.response

    def warn(self, code: str, message: str, pointer: str = "") -> None:
        """Record something the author should know that fails nothing."""
        self.warnings.append({"code": code, "message": message, "pointer": pointer})

    def event(self, value: Any) -> None:
        """Show one event of a streamed answer to the watcher."""
        if self.watch is not None:
            self.watch("event", {"event": self.redactor.value(value)})

    def render_stage(self, index: int) -> StageRecord:
        """Return a recorded stage, redacted."""
        name, plugin, begun, ended, attempt, value, error = self._stages[index]
        shown = None
        if self.level is not Level.INFO:
            shown = render_value(value, self.redactor, BODY_LIMIT[self.level])
        return StageRecord(
            name,
            plugin,
            (begun - self.started) * 1e3,
            (ended - begun) * 1e3,
            attempt,
            shown,
            self.redactor.value(error.to_json()) if error else None,
        )

    def render_exchange(self, item: OpenExchange) -> ExchangeRecord:
        """Return a recorded exchange, redacted."""
        limit = BODY_LIMIT[self.level]
        return ExchangeRecord(
            item.id,
            item.purpose,
            item.attempt,
            (item.started - self.started) * 1e3,
            render_request(item.request, self.redactor, limit),
            render_response(item.response, item.body, self.redactor) if item.response else None,
            self.redactor.value(item.error.to_json()) if item.error else None,
            _timings(item),
            item.probe.remote_address,
        )

    def trace(
        self,
        *,
        task: str,
        mode: str,
        ended: float,
        status: str,
        next_step: str,
        output: Mapping[str, Any],
        masked: bool,
        error: HttpTaskError | None,
        stopped_after: str = "",
    ) -> Trace:
        """Return everything recorded, redacted; output and error are redacted already."""
        shown = () if self.level is Level.INFO else range(len(self._stages))
        return Trace(
            task=task,
            mode=mode,
            level=self.level,
            started_at=self.started_at,
            duration_ms=(ended - self.started) * 1e3,
            status=status,
            next_step=next_step,
            stages=tuple(map(self.render_stage, shown)),
            attempts=tuple(self._attempts),
            exchanges=Deferred(self._rendered),
            output=output,
            error=error,
            stopped_after=stopped_after,
            warnings=tuple(map(self.redactor.value, self.warnings)),
            redacted=masked,
        )

    def _rendered(self) -> tuple[ExchangeRecord, ...]:
        return tuple(self.render_exchange(item) for item in self._exchanges)


def _timings(item: OpenExchange) -> Timings:
    probe = item.probe
    names = ("dns", "connect", "tls", "send", "wait")
    spent = {name: _milliseconds(getattr(probe, name)) for name in names}
    total = ((item.ended or item.started) - item.started) * 1e3
    receive = max(total - sum(value or 0.0 for value in spent.values()), 0.0)
    return Timings(**spent, receive=receive if item.response else None, total=total)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3

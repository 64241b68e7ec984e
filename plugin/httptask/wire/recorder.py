"""Gather what happens as it happens; render it, redacted, when it is asked for."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from httptask.core.clock import Clock, SystemClock
from httptask.core.message import ByteStream, HttpRequest, HttpResponse
from httptask.core.sensitive import Redactor
from httptask.core.tracing import (
    AttemptRecord,
    ExchangeRecord,
    LayerRecord,
    Level,
    NoteRecord,
    StageRecord,
    Timings,
    Trace,
)
from httptask.core.verdict import Verdict
from httptask.errors import HttpTaskError, PluginError
from httptask.hooks.recording import Probe
from httptask.wire.rendering import BUILT, render_request, render_response, render_value

BODY_LIMIT = {Level.INFO: 0, Level.DEBUG: 64 * 1024, Level.TRACE: 1024 * 1024}

_OF_THE_TASK = frozenset({"task", "challenge"})

_log = logging.getLogger("httptask.notes")

Watcher = Callable[[str, Mapping[str, Any]], None]


class CopiedStream:
    """A stream that keeps a copy of its first bytes, counts them all, and notes when it ends.

    Raises:
        PluginError: it is read after it was read or closed; it would seem empty.
    """

    def __init__(self, stream: ByteStream, limit: int, now: Callable[[], float]) -> None:
        self._stream, self._limit, self._now = stream, limit, now
        self._used = False
        self.kept = bytearray()
        self.size = 0
        self.ended: float | None = None

    def __iter__(self) -> Iterator[bytes]:
        if self._used:
            raise PluginError(
                "a layer returned a response whose body was already read or dropped",
                code="plugin_failed",
            )
        self._used = True
        for chunk in self._stream:
            self.size += len(chunk)
            if len(self.kept) < self._limit:
                self.kept += chunk[: self._limit - len(self.kept)]
            yield chunk
        self._end()

    def close(self) -> None:
        """Release the connection."""
        self._used = True
        self._stream.close()
        self._end()

    def _end(self) -> None:
        self.ended = self.ended or self._now()


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


class Step(msgspec.Struct, frozen=True):
    """A stage or a layer that ended; a layer has a kind.

    Attributes:
        name: name of the stage, or slot of the layer.
        plugin: the one that returned the value.
        began: monotonic time.
        ended: monotonic time.
        attempt: number of the attempt, 0 before the first.
        value: what the stage gave.
        error: why it gave nothing.
        kind: what the layer's claim names, "" for a stage.
        inward: how often the layer called the next one.
    """

    name: str
    plugin: str
    began: float
    ended: float
    attempt: int
    value: Any = None
    error: HttpTaskError | None = None
    kind: str = ""
    inward: int = 0


class OpenExchange(msgspec.Struct):
    """An exchange under way."""

    id: int
    purpose: str
    attempt: int
    started: float
    request: HttpRequest
    probe: Probe
    limit: int
    now: Callable[[], float]
    show: Callable[[OpenExchange], None] | None
    response: HttpResponse | None = None
    body: CopiedStream | None = None
    error: HttpTaskError | None = None
    broke: float | None = None

    def failed(self, error: HttpTaskError) -> None:
        """Note that there is no response."""
        self.error, self.broke = error, self.now()

    def received(self, response: HttpResponse) -> HttpResponse:
        """Note a response; the returned one's stream feeds the trace while it is read."""
        self.body = CopiedStream(response.stream, self.limit, self.now)
        self.response = response.with_stream(self.body)
        if self.show is not None:
            self.show(self)
        return self.response

    @property
    def is_unsent(self) -> bool:
        """Tell whether it was stopped before it was sent."""
        return self.response is None and self.error is None

    @property
    def ended(self) -> float | None:
        """Return when its body had been read, or when it failed."""
        return self.body.ended if self.body is not None else self.broke


class Recorder:
    """Keeps the raw values of one task execution until ``trace`` renders them.

    Args:
        redactor: replaces secrets in everything that leaves the recorder.
        level: how much is kept.
        watch: called with ("stage" | "layer" | "exchange" | "event" | "attempt" | "note", redacted
            record) at once.

    Attributes:
        shows_steps: whether the trace or the watcher shows stages and layers.
    """

    def __init__(
        self, redactor: Redactor, level: Level = Level.INFO, watch: Watcher | None = None
    ) -> None:
        self.redactor, self.level, self.watch = redactor, level, watch
        self.shows_steps = level is not Level.INFO or watch is not None
        self.started = 0.0
        self.started_at = 0.0
        self.warnings: list[dict[str, Any]] = []
        self.now: Callable[[], float] = SystemClock.monotonic
        self._steps: list[Step] = []
        self._attempts: list[AttemptRecord] = []
        self._notes: list[NoteRecord] = []
        self._exchanges: list[OpenExchange] = []
        self._ids = itertools.count()

    def begin(self, clock: Clock) -> None:
        """Set the zero of every time in the trace."""
        self.now = clock.monotonic
        self.started_at, self.started = clock.now(), clock.monotonic()

    def step(self, step: Step) -> None:
        """Record a stage or a layer that ended."""
        self._steps.append(step)
        if self.watch is not None:
            self.watch("layer" if step.kind else "stage", self.render_step(step).to_json())

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
    def requests(self) -> dict[int, HttpRequest]:
        """Return the task's own signed requests by id of exchange, whether sent or not."""
        own = [item for item in self._exchanges if item.purpose in _OF_THE_TASK]
        return {item.id: item.request for item in own}

    def open(self, request: HttpRequest, purpose: str, attempt: int, probe: Probe) -> OpenExchange:
        """Record that a request is about to be sent."""
        item = OpenExchange(
            next(self._ids),
            purpose,
            attempt,
            self.now(),
            request,
            probe,
            BODY_LIMIT[self.level],
            self.now,
            self._show if self.watch is not None else None,
        )
        self._exchanges.append(item)
        return item

    def _show(self, item: OpenExchange) -> None:
        if self.watch is not None:
            self.watch("exchange", self.render_exchange(item).to_json())

    def warn(self, code: str, message: str, pointer: str = "") -> None:
        """Record something the author should know that fails nothing."""
        self.warnings.append({"code": code, "message": message, "pointer": pointer})

    def note(self, text: str) -> None:
        """Record, and log, what the task does that takes time."""
        record = NoteRecord((self.now() - self.started) * 1e3, self.redactor.text(text))
        self._notes.append(record)
        _log.info("%s", record.text)
        if self.watch is not None:
            self.watch("note", record.to_json())

    def event(self, value: Any) -> None:
        """Show one event of a streamed response to the watcher."""
        if self.watch is not None:
            self.watch("event", {"event": self.redactor.value(value)})

    def render_step(self, step: Step) -> StageRecord | LayerRecord:
        """Return a recorded stage or layer, redacted."""
        return self._layer(step) if step.kind else self._stage(step)

    def _stage(self, step: Step) -> StageRecord:
        shown = None
        if self.level is not Level.INFO:
            shown = render_value(step.value, self.redactor, BODY_LIMIT[self.level])
        began, took = self._times(step)
        error = self._error(step)
        return StageRecord(step.name, step.plugin, began, took, step.attempt, shown, error)

    def _layer(self, step: Step) -> LayerRecord:
        began, took = self._times(step)
        about = (step.name, step.kind, step.plugin, began, took, step.attempt, step.inward)
        return LayerRecord(*about, self._error(step))

    def _times(self, step: Step) -> tuple[float, float]:
        return (step.began - self.started) * 1e3, (step.ended - step.began) * 1e3

    def _error(self, step: Step) -> Any:
        return self.redactor.value(step.error.to_json()) if step.error else None

    def render_exchange(self, item: OpenExchange) -> ExchangeRecord:
        """Return a recorded exchange, redacted."""
        return ExchangeRecord(
            item.id,
            item.purpose,
            item.attempt,
            (item.started - self.started) * 1e3,
            self._request(item),
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
        stages, layers = self._shown_steps()
        unsent = [item for item in self._exchanges if item.is_unsent]
        return Trace(
            task=task,
            mode=mode,
            level=self.level,
            started_at=self.started_at,
            duration_ms=(ended - self.started) * 1e3,
            status=status,
            next_step=next_step,
            stages=stages,
            layers=layers,
            attempts=tuple(self._attempts),
            exchanges=Deferred(self._rendered),
            notes=tuple(self._notes),
            output=output,
            error=error,
            stopped_after=stopped_after,
            warnings=tuple(map(self.redactor.value, self.warnings)),
            redacted=masked,
            would_send=self._request(unsent[-1]) if unsent else None,
        )

    def _shown_steps(self) -> tuple[tuple[StageRecord, ...], tuple[LayerRecord, ...]]:
        if self.level is Level.INFO:
            return (), ()
        layers = sorted((step for step in self._steps if step.kind), key=lambda step: step.began)
        stages = (step for step in self._steps if not step.kind)
        return tuple(map(self._stage, stages)), tuple(map(self._layer, layers))

    def _rendered(self) -> tuple[ExchangeRecord, ...]:
        return tuple(self.render_exchange(item) for item in self._exchanges if not item.is_unsent)

    def _request(self, item: OpenExchange) -> Mapping[str, Any]:
        limit, own = BODY_LIMIT[self.level], item.purpose in BUILT
        return render_request(item.request, self.redactor, limit, own=own)


def _timings(item: OpenExchange) -> Timings:
    probe = item.probe
    names = ("dns", "connect", "tls", "send", "wait")
    spent = {name: _milliseconds(getattr(probe, name)) for name in names}
    total = ((item.ended or item.started) - item.started) * 1e3
    receive = max(total - sum(value or 0.0 for value in spent.values()), 0.0)
    return Timings(**spent, receive=receive if item.response else None, total=total)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1e3

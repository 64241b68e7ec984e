"""The trace of a task execution: what happened, as values.

The pipeline records it the same way in production and in a test request; only the level differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec

from httptask.errors import HttpTaskError


class Level(StrEnum):
    """How much of a trace is kept: each level adds to the one before."""

    INFO = "info"
    DEBUG = "debug"
    TRACE = "trace"


class Timings(msgspec.Struct, frozen=True):
    """Phases of one exchange in milliseconds; None when a phase did not take place.

    ``dns``, ``connect`` and ``tls`` are None on a connection used again.
    """

    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    send: float | None = None
    wait: float | None = None
    receive: float | None = None
    total: float = 0.0

    def to_json(self) -> dict[str, float | None]:
        """Return the phases under their names, rounded to microseconds."""
        names = ("dns", "connect", "tls", "send", "wait", "receive", "total")
        return {name: _rounded(getattr(self, name)) for name in names}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


class StageRecord(msgspec.Struct, frozen=True):
    """One stage that ran: its plugin, when (ms since the start), its redacted value or error."""

    name: str
    plugin: str
    started_ms: float
    duration_ms: float
    attempt: int
    value: Any = None
    error: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the stage as it stands in a trace."""
        return {
            "name": self.name,
            "plugin": self.plugin,
            "attempt": self.attempt,
            "startedMs": _rounded(self.started_ms),
            "durationMs": _rounded(self.duration_ms),
            "value": self.value,
            "error": self.error,
        }


class LayerRecord(msgspec.Struct, frozen=True):
    """One layer that ran: its slot, kind and plugin, when, and how often it called inward.

    0 is "responded by itself", 2 and more is "repeated".
    """

    slot: str
    kind: str
    plugin: str
    started_ms: float
    duration_ms: float
    attempt: int
    inward: int
    error: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the layer as it stands in a trace."""
        return {
            "slot": self.slot,
            "kind": self.kind,
            "plugin": self.plugin,
            "attempt": self.attempt,
            "startedMs": _rounded(self.started_ms),
            "durationMs": _rounded(self.duration_ms),
            "inward": self.inward,
            "error": self.error,
        }


class AttemptRecord(msgspec.Struct, frozen=True):
    """One attempt: its verdict and the exchanges it made."""

    number: int
    action: str
    reason: str
    retry_after: float | None
    exchanges: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the attempt as it stands in a trace."""
        verdict = {"action": self.action, "reason": self.reason, "retryAfter": self.retry_after}
        return {"number": self.number, "verdict": verdict, "exchanges": list(self.exchanges)}


class ExchangeRecord(msgspec.Struct, frozen=True):
    """One request on the wire and its response, redacted; of a trial with its curl command."""

    id: int
    purpose: str
    attempt: int
    started_ms: float
    request: Mapping[str, Any]
    response: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    timings: Timings
    remote_address: str
    curl: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the exchange as it stands in a trace."""
        return {
            "id": self.id,
            "purpose": self.purpose,
            "attempt": self.attempt,
            "startedMs": _rounded(self.started_ms),
            "request": self.request,
            "response": self.response,
            "error": self.error,
            "timings": self.timings.to_json(),
            "remoteAddress": self.remote_address,
            "curl": self.curl,
        }


class NoteRecord(msgspec.Struct, frozen=True):
    """What a layer said while it took its time, a wait for example, and when (ms since the start).

    ``text`` goes on from the name of the task: "waits 12 s for the budget of api.example.com".
    """

    started_ms: float
    text: str

    def to_json(self) -> dict[str, Any]:
        """Return the note as it stands in a trace."""
        return {"startedMs": _rounded(self.started_ms), "text": self.text}


class Trace(msgspec.Struct, frozen=True):
    """Everything recorded of one task execution, redacted.

    Attributes:
        started_at: seconds since the epoch; ISO 8601 in the document.
        status: what the engine would do next: completed, failed, failed_terminal, retriable or
            stopped.
        next_step: the same in words.
        would_send: the request that a dry run stopped before, or None.
    """

    task: str
    mode: str
    level: Level
    started_at: float
    duration_ms: float
    status: str
    next_step: str
    stages: tuple[StageRecord, ...] = ()
    layers: tuple[LayerRecord, ...] = ()
    attempts: tuple[AttemptRecord, ...] = ()
    exchanges: Sequence[ExchangeRecord] = ()
    notes: tuple[NoteRecord, ...] = ()
    output: Mapping[str, Any] = msgspec.field(default_factory=dict)
    error: HttpTaskError | None = None
    stopped_after: str = ""
    curl: str = ""
    suggestions: tuple[str, ...] = ()
    warnings: tuple[Mapping[str, Any], ...] = ()
    redacted: bool = False
    would_send: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the trace document."""
        return {
            "task": self.task,
            "mode": self.mode,
            "level": self.level.value,
            "startedAt": datetime.fromtimestamp(self.started_at, UTC).isoformat(),
            "durationMs": _rounded(self.duration_ms),
            "status": self.status,
            "nextStep": self.next_step,
            "stoppedAfter": self.stopped_after or None,
            "stages": [stage.to_json() for stage in self.stages],
            "layers": [layer.to_json() for layer in self.layers],
            "attempts": [attempt.to_json() for attempt in self.attempts],
            "exchanges": [exchange.to_json() for exchange in self.exchanges],
            "notes": [note.to_json() for note in self.notes],
            "wouldSend": self.would_send,
            "output": self.output,
            "error": self.error.to_json() if self.error else None,
            "curl": self.curl,
            "suggestions": list(self.suggestions),
            "warnings": [dict(warning) for warning in self.warnings],
            "redacted": self.redacted,
        }

"""What stands between an exchange and the trace."""

from __future__ import annotations

from typing import Protocol

import msgspec

from httptask.core.message import HttpRequest, HttpResponse
from httptask.errors import HttpTaskError


class OpenExchange(Protocol):
    """An exchange that is being recorded."""

    def failed(self, error: HttpTaskError) -> None:
        """Note that there is no response."""

    def received(self, response: HttpResponse) -> HttpResponse:
        """Note a response; the returned one's stream is recorded while it is read."""


class ExchangeRecorder(Protocol):
    """Records what is really sent."""

    def open(self, request: HttpRequest, purpose: str, attempt: int, probe: Probe) -> OpenExchange:
        """Note that a request is about to be sent, for a purpose, in an attempt."""

    def warn(self, code: str, message: str, pointer: str = "") -> None:
        """Note what the author should know and what fails nothing."""

    def note(self, text: str) -> None:
        """Tell the trace, and whoever watches, what the task does that takes time.

        The text goes on from the name of the task: "waits 12 s for ...".
        """


class Probe(msgspec.Struct):
    """What the transport notes down while it sends; monotonic seconds, None if it did not happen.

    The pipeline makes one per exchange and reads it afterwards.
    """

    started: float = 0.0
    dns: float | None = None
    connect: float | None = None
    tls: float | None = None
    send: float | None = None
    wait: float | None = None
    remote_address: str = ""

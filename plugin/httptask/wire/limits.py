"""How far one call has come, how long it may wait there, and what it fails with."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from typing import Literal, NamedTuple

from httptask.errors import RequestError, TransportError
from httptask.hooks.views import deadline_error
from httptask.wire.call import Call

Phase = Literal["judge", "dns", "connect", "tls", "send", "wait", "body"]

_TIMED = frozenset({"dns", "connect", "tls", "send", "wait"})
_CONNECTING = frozenset({"connect", "tls"})
_CONNECTED = frozenset({"send", "wait", "body"})
_LOOK_EVERY, _LOOK_SELDOM = 0.05, 0.5
"""Seconds after which a call that waits looks whether it is cancelled: within these, a tenth of
what it has waited. A thousand calls that look 20 times a second take a whole processor."""

_JUDGED = "the egress policy judges the target of a request through a proxy here first"
_SILENCE = "readTimeOut sets the longest silence, in milliseconds"
_SLOW = "connectionTimeOut sets the limit, in milliseconds"
_TRUST = "httptask.tls.caBundle names the authorities to trust"


class _Failing(NamedTuple):
    message: str
    code: str
    hint: str = ""


_NO_PROXY: dict[Phase, _Failing] = {
    "dns": _Failing("the proxy cannot be reached: its name cannot be resolved", "proxy_failed"),
    "connect": _Failing("the proxy cannot be reached: {}", "proxy_failed"),
}
_LATE: dict[Phase, _Failing] = {
    "connect": _Failing("no connection within connectionTimeOut", "connect_timeout", _SLOW),
    "tls": _Failing("no connection within connectionTimeOut", "connect_timeout", _SLOW),
    "send": _Failing("no response within readTimeOut", "read_timeout", _SILENCE),
    "wait": _Failing("no response within readTimeOut", "read_timeout", _SILENCE),
    "body": _Failing("the response stopped arriving", "read_timeout", _SILENCE),
}
_BROKEN: dict[Phase, _Failing] = {
    "judge": _Failing("the host name cannot be resolved", "dns_failed", _JUDGED),
    "dns": _Failing("the host name cannot be resolved", "dns_failed"),
    "connect": _Failing("cannot connect: {}", "connect_failed"),
    "tls": _Failing("cannot connect: {}", "connect_failed"),
    "send": _Failing("the connection broke: {}", "connection_broken"),
    "wait": _Failing("the connection broke: {}", "connection_broken"),
    "body": _Failing("the response broke off: {}", "connection_broken"),
}
_UNTRUSTED = _Failing("TLS failed: {}", "tls_failed", _TRUST)


class Limits:
    """The limits of one call: its timeouts by phase, its deadline, and when it is cancelled.

    Args:
        call: the call.

    Attributes:
        call: the call.
        phase: how far it has come.
    """

    __slots__ = ("_began", "call", "phase")

    def __init__(self, call: Call) -> None:
        self.call, self._began = call, 0.0
        self.phase: Phase = "judge"

    def enter(self, phase: Phase) -> None:
        """Begin a phase; the probe is told how long the one before took."""
        now = time.perf_counter()
        if self.phase in _TIMED:
            setattr(self.call.probe, self.phase, now - self._began)
        self.phase, self._began = phase, now

    def waits(self) -> Iterator[float | None]:
        """Yield how long to wait at once, again and again, for as long as the phase allows.

        Raises:
            TimeoutError: this time is over.
            RequestError: the call was cancelled.
            DeadlineError: the deadline passed.
        """
        call, now, longest = self.call, time.perf_counter(), None
        began = now
        if self.phase in _CONNECTED:
            longest = call.read_timeout
        elif self.phase in _CONNECTING:
            longest = call.connect_timeout
        end = None if longest is None else now + longest
        while True:
            self.check(now)
            if end is not None and now >= end:
                raise TimeoutError("timed out")
            ends = [each - now for each in (end, call.deadline) if each is not None]
            if call.cancelled is not None:
                ends.append(min(max((now - began) / 10, _LOOK_EVERY), _LOOK_SELDOM))
            yield min(ends, default=None)
            now = time.perf_counter()

    def check(self, now: float) -> None:
        """Do nothing before the end.

        Raises:
            RequestError: the call was cancelled.
            DeadlineError: the deadline passed.
        """
        cancelled, deadline = self.call.cancelled, self.call.deadline
        if cancelled is not None and cancelled.is_set():
            raise RequestError("cancelled", code="cancelled", retryable=False)
        if deadline is not None and now >= deadline:
            raise deadline_error("the deadline passed before the response was complete")

    def failure(self, error: Exception, where: str = "") -> TransportError:
        """Return the error of a call that did not get its response, or not all of it.

        Args:
            error: what was raised.
            where: how the message begins.
        """
        failing = _BROKEN[self.phase]
        if isinstance(error, ssl.SSLError) and self.phase != "body":
            failing = _UNTRUSTED
        elif self.call.proxy and self.phase in _NO_PROXY:
            failing = _NO_PROXY[self.phase]
        elif isinstance(error, TimeoutError):
            failing = _LATE.get(self.phase, failing)
        cause = getattr(error, "strerror", None) or str(error) or type(error).__name__
        message, again = where + failing.message.format(cause), failing is not _UNTRUSTED
        return TransportError(message, code=failing.code, retryable=again, hint=failing.hint)

"""What goes wrong on a connection, and the error of ours that it becomes, with retry facts."""

from __future__ import annotations

import ssl

from httptask.errors import HttpTaskError, TransportError

_JUDGED = "the egress policy judges the target of a request through a proxy here first"
_SILENCE = "readTimeOut sets the longest silence, in milliseconds"
_SLOW = "connectionTimeOut sets the limit, in milliseconds"
_TRUST = "httptask.tls.caBundle names the authorities to trust"


class ProtocolError(ConnectionError):
    """What arrived is not a response of HTTP/1, or not all of one."""


class HeadTooLargeError(ConnectionError):
    """A head is over the limit; its status, or None, had arrived by then."""

    def __init__(self, limit: int, status: int | None) -> None:
        super().__init__(f"the head of the response has more than {limit} bytes")
        self.status = status


class ProxyRefusedError(ConnectionError):
    """The proxy opens no tunnel."""


def send_failure(error: Exception, phase: str, where: str, *, proxied: bool) -> HttpTaskError:
    """Return the error of a request that got no response.

    Args:
        error: what was raised.
        phase: how far the call had come.
        where: method and origin, for people.
        proxied: whether the connection is one to a proxy.
    """
    if isinstance(error, HttpTaskError):
        return error
    failure = _unread(error) or _unanswered(error, phase, proxied)
    failure.message = f"{where}: {failure.message}"
    return failure


def _unanswered(error: Exception, phase: str, proxied: bool) -> TransportError:
    cause = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if isinstance(error, ProxyRefusedError):
        return _failure(f"the proxy refused: {cause}", "proxy_failed", again=False)
    if isinstance(error, ssl.SSLError):
        return _failure(f"TLS failed: {cause}", "tls_failed", _TRUST, again=False)
    if proxied and phase in {"resolve", "connect"}:
        cause = "its name cannot be resolved" if phase == "resolve" else cause
        return _failure(f"the proxy cannot be reached: {cause}", "proxy_failed")
    if phase in {"judge", "resolve"}:
        hint = _JUDGED if phase == "judge" else ""
        return _failure("the host name cannot be resolved", "dns_failed", hint)
    late = isinstance(error, TimeoutError)
    if phase == "exchange":
        if late:
            return _failure("no response within readTimeOut", "read_timeout", _SILENCE)
        return _failure(f"the connection broke: {cause}", "connection_broken")
    if late:
        return _failure("no connection within connectionTimeOut", "connect_timeout", _SLOW)
    return _failure(f"cannot connect: {cause}", "connect_failed")


def read_failure(error: OSError) -> TransportError:
    """Return the error of a response whose body broke off."""
    if isinstance(error, TimeoutError):
        return _failure("the response stopped arriving", "read_timeout", _SILENCE)
    cause = error.strerror or error
    return _unread(error) or _failure(f"the response broke off: {cause}", "connection_broken")


def _unread(error: Exception) -> TransportError | None:
    if not isinstance(error, HeadTooLargeError):
        return None
    return TransportError(str(error), code="head_too_large", retryable=False, status=error.status)


def _failure(message: str, code: str, hint: str = "", *, again: bool = True) -> TransportError:
    return TransportError(message, code=code, retryable=again, hint=hint)

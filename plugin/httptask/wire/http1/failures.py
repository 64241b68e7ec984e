"""What goes wrong on a connection, and the error of ours that it becomes, with retry facts."""

from __future__ import annotations

import ssl

from httptask.errors import DeadlineError, HttpTaskError, RequestError, TransportError
from httptask.wire.http1.watchdog import Phase, Watch

_SILENCE = "readTimeOut sets the longest silence, in milliseconds"


class ProtocolError(ConnectionError):
    """What arrived is not a response of HTTP/1, or not all of one."""


class HeadTooLargeError(ConnectionError):
    """The head or the trailers are over the limit.

    Attributes:
        status: the status, which had arrived by then, or None.
    """

    def __init__(self, limit: int, status: int | None) -> None:
        super().__init__(f"the head of the response has more than {limit} bytes")
        self.status = status


class ProxyRefusedError(ConnectionError):
    """The proxy opens no tunnel."""


def send_failure(error: Exception, watch: Watch, where: str, *, proxied: bool) -> HttpTaskError:
    """Return the error of a request that was not answered.

    Args:
        error: what was raised.
        watch: the guard of the call, which knows how far it had come.
        where: method and origin, for people.
        proxied: whether the connection is one to a proxy.

    Raises:
        RequestError: the call was cancelled, or its deadline passed.
    """
    if isinstance(error, HttpTaskError):
        return error
    raise_if_over(watch, error)
    phase = watch.phase
    unresolved = phase is Phase.RESOLVE
    cause = reason(error)
    if isinstance(error, HeadTooLargeError):
        return _too_large(error, f"{where}: ")
    if isinstance(error, ProxyRefusedError):
        return _failure(f"{where}: the proxy refused: {cause}", "proxy_failed", again=False)
    if isinstance(error, ssl.SSLError):
        hint = "httptask.tls.caBundle names the authorities to trust"
        return _failure(f"{where}: TLS failed: {cause}", "tls_failed", hint, again=False)
    if proxied and phase in {Phase.RESOLVE, Phase.CONNECT}:
        why = "its name cannot be resolved" if unresolved else cause
        return _failure(f"{where}: the proxy cannot be reached: {why}", "proxy_failed")
    if unresolved:
        return _failure(f"{where}: the host name cannot be resolved", "dns_failed")
    late = isinstance(error, TimeoutError)
    if phase is Phase.EXCHANGE:
        if late:
            return _failure(f"{where}: no response within readTimeOut", "read_timeout", _SILENCE)
        return _failure(f"{where}: the connection broke: {cause}", "connection_broken")
    if late:
        hint = "connectionTimeOut sets the limit, in milliseconds"
        message = f"{where}: no connection within connectionTimeOut"
        return _failure(message, "connect_timeout", hint)
    return _failure(f"{where}: cannot connect: {cause}", "connect_failed")


def read_failure(error: OSError) -> TransportError:
    """Return the error of a response whose body broke off."""
    if isinstance(error, HeadTooLargeError):
        return _too_large(error)
    if isinstance(error, TimeoutError):
        return _failure("the response stopped arriving", "read_timeout", _SILENCE)
    message = f"the response broke off before its end: {reason(error)}"
    return _failure(message, "connection_broken")


def raise_if_over(watch: Watch, cause: Exception) -> None:
    """Raise what ended the call, if it was not the peer.

    Raises:
        RequestError: the call was cancelled.
        DeadlineError: the deadline passed.
    """
    if watch.cancelled is not None and watch.cancelled.is_set():
        raise RequestError("cancelled", code="cancelled", retryable=False) from cause
    if watch.fired:
        raise DeadlineError(
            "the deadline passed before the response was complete",
            retryable=False,
            hint="httptask.deadlineMs sets the total time",
        ) from cause


def reason(error: BaseException) -> str:
    """Return why, for people."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _too_large(error: HeadTooLargeError, where: str = "") -> TransportError:
    return TransportError(
        f"{where}{error}", code="head_too_large", retryable=False, status=error.status
    )


def _failure(message: str, code: str, hint: str = "", *, again: bool = True) -> TransportError:
    return TransportError(message, code=code, retryable=again, hint=hint)

"""Turn whatever requests and urllib3 raise into one of our errors, with retry facts."""

from __future__ import annotations

import http.client
import ssl

import urllib3
from urllib3.exceptions import NewConnectionError

from httptask.builtin.transport.gate import Passage
from httptask.builtin.transport.watchdog import Watch
from httptask.core.message import HttpRequest
from httptask.errors import DeadlineError, HttpTaskError, RequestError, TransportError

_SILENCE = "readTimeOut sets the longest silence, in milliseconds"
_TLS = (ssl.SSLError, urllib3.exceptions.SSLError)
_PROXY_PREFIX = "Tunnel connection failed: "


def send_failure(
    error: Exception, call: Passage, watch: Watch, request: HttpRequest
) -> HttpTaskError:
    """Return the error of a request that was not answered.

    Raises:
        RequestError: the call was cancelled, or its deadline passed.
    """
    if call.refused is not None:
        return call.refused
    if isinstance(error, HttpTaskError):
        return error
    raise_if_over(watch, error)
    where = f"{request.method} {request.origin}"
    if call.proxied and (call.unresolved or isinstance(error, NewConnectionError)):
        why = "its name cannot be resolved" if call.unresolved else innermost(error)
        return _failure(f"{where}: the proxy cannot be reached: {why}", "proxy_failed")
    if call.unresolved:
        return _failure(f"{where}: the host name cannot be resolved", "dns_failed")
    cause = innermost(error)
    if cause.startswith(_PROXY_PREFIX):
        return TransportError(
            f"{where}: the proxy refused: {cause.removeprefix(_PROXY_PREFIX)}",
            code="proxy_failed",
            retryable=False,
        )
    if isinstance(error, _TLS):
        return TransportError(
            f"{where}: TLS failed: {cause}",
            code="tls_failed",
            retryable=False,
            hint="httptask.tls.caBundle names the authorities to trust",
        )
    if not call.sending:
        return _unconnected(error, where, cause)
    if isinstance(error, TimeoutError):
        return _failure(f"{where}: no answer within readTimeOut", "read_timeout", _SILENCE)
    return _failure(f"{where}: the connection broke: {cause}", "connection_broken")


def _unconnected(error: Exception, where: str, cause: str) -> TransportError:
    if _is_timeout(error):
        message = f"{where}: no connection within connectionTimeOut"
        hint = "connectionTimeOut sets the limit, in milliseconds"
        return _failure(message, "connect_timeout", hint)
    return _failure(f"{where}: cannot connect: {cause}", "connect_failed")


def _is_timeout(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, TimeoutError):
            return True
        error = error.__cause__ or error.__context__
    return False


def read_failure(error: Exception) -> TransportError:
    """Return the error of an answer whose body broke off."""
    if isinstance(error, TimeoutError):
        return _failure("the answer stopped arriving", "read_timeout", _SILENCE)
    cut = isinstance(error, http.client.IncompleteRead)
    cause = "" if cut else f": {innermost(error)}"
    return _failure(f"the answer broke off before its end{cause}", "connection_broken")


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
            "the deadline passed before the answer was complete",
            retryable=False,
            hint="httptask.deadlineMs sets the total time",
        ) from cause


def _failure(message: str, code: str, hint: str = "") -> TransportError:
    return TransportError(message, code=code, retryable=True, hint=hint)


def innermost(error: BaseException) -> str:
    """Return the innermost reason, without the library's object addresses."""
    while True:
        if isinstance(error, NewConnectionError) and isinstance(error.__cause__, OSError):
            return error.__cause__.strerror or str(error.__cause__)
        inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        inner = inner or getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            break
        error = inner
    text = str(error.args[-1]) if error.args else type(error).__name__
    return (text.rpartition(": ")[2] if text.startswith("<") else text).strip()

"""Send a request through requests' adapter, and read the answer as it arrives."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPHeaderDict
from urllib3.exceptions import HTTPError, ReadTimeoutError

from httptask.builtin.transport.gate import (
    GatedHTTPPool,
    GatedHTTPSPool,
    Passage,
    passage,
    resolve,
)
from httptask.builtin.transport.watchdog import Watch, Watchdog
from httptask.core.message import Headers, HttpRequest, HttpResponse, Origin
from httptask.definition.options import HttpTaskOptions, TlsOptions
from httptask.errors import (
    DeadlineError,
    HttpTaskError,
    InputError,
    RequestError,
    TransportError,
)
from httptask.hooks.views import Attempt

READ_SIZE = 1024 * 1024
_POOLS = {"http": GatedHTTPPool, "https": GatedHTTPSPool}
_watchdog = Watchdog()


class GatedAdapter(HTTPAdapter):
    """requests' adapter over gated connections; it never sends anything a second time."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool of direct connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Make the pool of connections through a proxy."""
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class Sender:
    """Sends requests over one shared pool of kept-alive connections."""

    def __init__(self) -> None:
        self._adapter = GatedAdapter(pool_connections=64, pool_maxsize=64)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close idle connections."""
        self._adapter.close()

    def send(self, attempt: Attempt, request: HttpRequest) -> HttpResponse:
        """Send the request and return the answer, its body unread.

        Raises:
            EgressRefusedError: the policy forbids the address, or the proxy's.
            DeadlineError: the deadline passed, or the call was cancelled.
            TransportError: no answer; ``retryable`` says whether another try may help.
        """
        spec, options = attempt.resolved.spec, attempt.resolved.options
        proxy = _proxy(options, request.origin)
        if proxy:
            _judge_behind_proxy(attempt, request.origin)
        plain_proxy = bool(proxy) and request.origin.scheme == "http"
        watch = Watch(attempt.deadline, attempt.call.cancelled)
        connect, read = _seconds(spec.connection_time_out), _seconds(spec.read_time_out)
        call = Passage(
            attempt.policy,
            attempt.probe,
            connect,
            request.url if plain_proxy else request.target,
            on_socket=watch.guard,
        )
        _watchdog.add(watch)
        try:
            with passage(call):
                answer = self._adapter.send(
                    _prepared(request),
                    stream=True,
                    timeout=cast("tuple[float, float]", (connect, read)),
                    verify=_verify(options.tls, attempt),
                    cert=_certificate(options.tls, attempt),
                    proxies={request.origin.scheme: proxy} if proxy else None,
                )
        except Exception as error:  # noqa: BLE001 - every failure of the library becomes ours
            watch.finish()
            _translate(error, call, watch, attempt, request)
        return _response(answer, request, watch, attempt)


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None


def _prepared(request: HttpRequest) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    headers = HTTPHeaderDict()
    for name, value in request.headers:
        headers.add(name, value)
    prepared.headers = headers  # type: ignore[assignment]
    prepared._cookies = requests.cookies.RequestsCookieJar()  # type: ignore[attr-defined]
    if request.body is not None:
        data = request.body.data
        prepared.body = data if data is not None else request.body.chunks()  # type: ignore[assignment]
    return prepared


def _proxy(options: HttpTaskOptions, origin: Origin) -> str:
    if options.proxy:
        return options.proxy
    if options.trust_env:
        found = requests.utils.get_environ_proxies(str(origin))
        return str(found.get(origin.scheme) or found.get("all") or "")
    return ""


def _judge_behind_proxy(attempt: Attempt, origin: Origin) -> None:
    try:
        found = resolve(origin.host, origin.port)
    except OSError as error:
        raise TransportError(
            f"{origin.host} cannot be resolved, so the egress policy cannot judge it",
            code="dns_failed",
            retryable=True,
            hint="requests through a proxy are judged here first",
        ) from error
    for *_, address in found:
        attempt.policy.judge(origin.host, origin.port, str(address[0]))


def _verify(tls: TlsOptions, attempt: Attempt) -> bool | str:
    if not tls.verify:
        return False
    return _file(tls.ca_bundle, attempt, "caBundle") if tls.ca_bundle else True


def _certificate(tls: TlsOptions, attempt: Attempt) -> str | tuple[str, str] | None:
    if not tls.client_certificate:
        return None
    certificate = _file(tls.client_certificate, attempt, "clientCertificate")
    if not tls.client_key:
        return certificate
    return certificate, _file(tls.client_key, attempt, "clientKey")


def _file(text: str, attempt: Attempt, key: str) -> str:
    base = attempt.call.task.base_dir
    path = (base / text) if base is not None else Path(text)
    if not path.is_file():
        raise InputError(
            f"there is no file {text!r}",
            code="file_missing",
            pointer=f"{attempt.call.task.pointer}/httptask/tls/{key}",
        )
    return str(path)


def _translate(
    error: Exception, call: Passage, watch: Watch, attempt: Attempt, request: HttpRequest
) -> NoReturn:
    if call.refused is not None:
        raise call.refused
    if isinstance(error, HttpTaskError):
        raise error
    _raise_if_over(watch, attempt, error)
    where = f"{request.method} {request.origin}"
    if call.unresolved:
        raise TransportError(
            f"{where}: the host name cannot be resolved", code="dns_failed", retryable=True
        ) from error
    if isinstance(error, requests.exceptions.SSLError):
        raise TransportError(
            f"{where}: TLS failed: {_cause(error)}",
            code="tls_failed",
            retryable=False,
            hint="httptask.tls.caBundle names the authorities to trust",
        ) from error
    if attempt.probe.send is None and attempt.probe.connect is None and call.sent_at == 0.0:
        code = "connect_timeout" if isinstance(error, requests.ConnectTimeout) else "connect_failed"
        raise TransportError(
            f"{where}: cannot connect: {_cause(error)}",
            code="connect_failed",
            retryable=True,
            hint="" if code == "connect_failed" else "connectionTimeOut sets the limit",
        ) from error
    if isinstance(error, requests.exceptions.Timeout):
        raise TransportError(
            f"{where}: no answer within readTimeOut",
            code="read_timeout",
            retryable=True,
            hint="readTimeOut sets the longest silence, in milliseconds",
        ) from error
    raise TransportError(
        f"{where}: the connection broke: {_cause(error)}", code="connection_broken", retryable=True
    ) from error


def _raise_if_over(watch: Watch, attempt: Attempt, cause: Exception) -> None:
    cancelled = attempt.call.cancelled
    if cancelled is not None and cancelled.is_set():
        raise RequestError("cancelled", code="cancelled", retryable=False) from cause
    if watch.fired:
        raise DeadlineError(
            "the deadline passed before the answer was complete",
            retryable=False,
            hint="httptask.deadlineMs sets the total time",
        ) from cause


def _cause(error: BaseException) -> str:
    while True:
        inner = next((arg for arg in error.args if isinstance(arg, BaseException)), None)
        inner = inner or getattr(error, "reason", None)
        if not isinstance(inner, BaseException):
            break
        error = inner
    text = str(error.args[-1]) if error.args else type(error).__name__
    return text.rpartition(": ")[2] if text.startswith("<") else text


def _response(
    answer: requests.Response, request: HttpRequest, watch: Watch, attempt: Attempt
) -> HttpResponse:
    raw = answer.raw
    return HttpResponse(
        status=raw.status,
        reason=raw.reason or "",
        headers=Headers(raw.headers.items()),
        stream=_Stream(raw, watch, attempt),
        url=request.url,
        http_version="1.0" if raw.version == 10 else "1.1",
        remote_address=attempt.probe.remote_address,
    )


class _Stream:
    """The body: pieces as they arrive, content encodings undone."""

    def __init__(self, raw: Any, watch: Watch, attempt: Attempt) -> None:
        self._raw, self._watch, self._attempt = raw, watch, attempt
        self._complete = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            while chunk := self._raw.read1(READ_SIZE, decode_content=True):
                yield chunk
            self._complete = not self._watch.fired
        except (HTTPError, OSError) as error:
            self._fail(error)
        if not self._complete:
            _raise_if_over(self._watch, self._attempt, EOFError())
        self.close()

    def _fail(self, error: Exception) -> NoReturn:
        _raise_if_over(self._watch, self._attempt, error)
        if isinstance(error, ReadTimeoutError | TimeoutError):
            raise TransportError(
                "the answer stopped arriving",
                code="read_timeout",
                retryable=True,
                hint="readTimeOut sets the longest silence, in milliseconds",
            ) from error
        raise TransportError(
            f"the answer broke off: {_cause(error)}", code="connection_broken", retryable=True
        ) from error

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        self._watch.finish()
        if not self._complete:
            self._raw.close()
        self._raw.release_conn()

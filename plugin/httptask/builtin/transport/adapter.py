"""Send a request through requests' adapter."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import requests
from requests.adapters import HTTPAdapter

from httptask.builtin.transport.failures import raise_if_over, send_failure
from httptask.builtin.transport.gate import (
    GatedHTTPPool,
    GatedHTTPSPool,
    Passage,
    addresses,
    passage,
)
from httptask.builtin.transport.stream import BodyStream
from httptask.builtin.transport.watchdog import Watch, Watchdog
from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest, HttpResponse, Origin
from httptask.definition.options import HttpTaskOptions, TlsOptions
from httptask.errors import InputError, TransportError
from httptask.hooks.views import Attempt

SEND_SIZE = 256 * 1024
_MOST_POOLS = 256
_LENGTH = "content-length"
_CODING = "transfer-encoding"
_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_POOLS = {"http": GatedHTTPPool, "https": GatedHTTPSPool}
_watchdog = Watchdog()


class GatedAdapter(HTTPAdapter):
    """requests' adapter over gated connections; it never sends anything a second time.

    It gives urllib3's response as it is: headers keep their order, and nothing is read ahead.
    """

    def __init__(self, **options: Any) -> None:
        self._pools: dict[Any, Any] = {}
        super().__init__(**options)

    def close(self) -> None:
        """Close idle connections."""
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()
        super().close()

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> Any:
        """Return the pool of an origin; finding it anew for each request takes long."""
        if proxies:
            return super().get_connection_with_tls_context(request, verify, proxies, cert)
        key = (Origin.of(request.url), verify, cert)
        pool = self._pools.get(key)
        if pool is None:
            if len(self._pools) >= _MOST_POOLS:
                self._pools.clear()
            pool = super().get_connection_with_tls_context(request, verify, None, cert)
            self._pools[key] = pool
        return pool

    def request_url(self, request: Any, proxies: Any) -> str:
        """Return what tells urllib3 whether to tunnel; the gate sends the passage's target."""
        plain = proxies and request.url.startswith("http:")
        return str(request.url) if plain else "/"

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> Any:
        """Return urllib3's response."""
        del req
        return resp

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
        watch = Watch(attempt.deadline, attempt.call.cancelled)
        connect, read = _seconds(spec.connection_time_out), _seconds(spec.read_time_out)
        lines = _lines(request)
        call = Passage(attempt.policy, attempt.probe, connect, read, request.target, lines, watch)
        _watchdog.add(watch)
        try:
            proxy = self._proxied(attempt, request, call)
            with passage(call):
                raw: Any = self._adapter.send(
                    _prepared(request),
                    stream=True,
                    timeout=cast("tuple[float, float]", (connect, read)),
                    verify=_verify(options, attempt),
                    cert=_certificate(options.tls, attempt),
                    proxies={request.origin.scheme: proxy} if proxy else None,
                )
        except Exception as error:
            _watchdog.remove(watch)
            failure = send_failure(error, call, watch, attempt, request)
            if failure is error:
                raise
            raise failure from error
        except BaseException:
            _watchdog.remove(watch)
            raise
        stream = BodyStream(raw, watch, _watchdog, attempt)
        return _response(raw, request, stream, attempt.probe.remote_address)

    def _proxied(self, attempt: Attempt, request: HttpRequest, call: Passage) -> str:
        """Return the proxy to use, or "", once the target behind it has been judged."""
        origin = request.origin
        proxy = _proxy(attempt.resolved.options, origin)
        if not proxy:
            return ""
        try:
            found = addresses(origin.host, origin.port, call.watch)
        except (OSError, UnicodeError) as error:
            raise_if_over(call.watch, attempt, error)
            raise TransportError(
                f"{origin.host} cannot be resolved, so the egress policy cannot judge it",
                code="dns_failed",
                retryable=True,
                hint="requests through a proxy are judged here first",
            ) from error
        for *_, address in found:
            attempt.policy.judge(origin.host, origin.port, str(address[0]))
        call.policy = attempt.call.policy
        if origin.scheme == "http":
            call.target = request.url
        return proxy


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None


def _prepared(request: HttpRequest) -> requests.PreparedRequest:
    """Return what the adapter asks for; the gate sends the passage's lines."""
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    prepared.headers = {}  # type: ignore[assignment]
    if request.body is not None:
        prepared.body = _sent(request.body)
    return prepared


def _lines(request: HttpRequest) -> Sequence[tuple[str, str]]:
    """Return the header lines with the body's length, which is always known, as its framing."""
    lines = request.headers.lines
    names = {name.lower() for name, _ in lines}
    if _CODING in names:
        lines = tuple(line for line in lines if line[0].lower() != _CODING)
    if request.body is None or _LENGTH in names:
        return lines
    return (*lines, ("Content-Length", str(request.body.size)))


def _sent(body: Body) -> Any:
    """Return the bytes, or pieces small enough that a timeout means silence, not slowness."""
    if body.data is None:
        return body.chunks()
    if body.size <= SEND_SIZE:
        return body.data
    view = memoryview(body.data)
    return (bytes(view[at : at + SEND_SIZE]) for at in range(0, body.size, SEND_SIZE))


def _proxy(options: HttpTaskOptions, origin: Origin) -> str:
    if options.proxy:
        return options.proxy
    if options.trust_env:
        found = requests.utils.get_environ_proxies(str(origin))
        return str(found.get(origin.scheme) or found.get("all") or "")
    return ""


def _verify(options: HttpTaskOptions, attempt: Attempt) -> bool | str:
    tls = options.tls
    if not tls.verify:
        return False
    if tls.ca_bundle:
        return _file(tls.ca_bundle, attempt, "caBundle")
    named = (os.environ.get(name) for name in _BUNDLE_VARIABLES) if options.trust_env else ()
    return next(filter(None, named), True)


def _certificate(tls: TlsOptions, attempt: Attempt) -> str | tuple[str, str] | None:
    if not tls.client_certificate:
        return None
    certificate = _file(tls.client_certificate, attempt, "clientCertificate")
    if not tls.client_key:
        return certificate
    return certificate, _file(tls.client_key, attempt, "clientKey")


def _file(text: str, attempt: Attempt, key: str) -> str:
    task = attempt.call.task
    pointer = f"{task.pointer}/httptask/tls/{key}"
    options = task.written.get("httptask")
    tls = options.get("tls") if isinstance(options, Mapping) else None
    if not isinstance(tls, Mapping) or tls.get(key) != text:
        raise InputError(
            "a certificate's path may only be written literally",
            code="file_refused",
            pointer=pointer,
        )
    path = Path(text) if task.base_dir is None else task.base_dir / text
    if not path.is_file():
        raise InputError(f"there is no file {text!r}", code="file_missing", pointer=pointer)
    return str(path)


def _response(
    raw: Any, request: HttpRequest, stream: BodyStream, remote_address: str
) -> HttpResponse:
    return HttpResponse(
        status=raw.status,
        reason=raw.reason or "",
        headers=Headers(raw.headers.items()),
        stream=stream,
        url=request.url,
        http_version="1.0" if raw.version == 10 else "1.1",
        remote_address=remote_address,
    )

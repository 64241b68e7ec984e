"""The transport as a plugin: it sends by one session for each process and identity."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict

from httptask.core.closeable import Closeable
from httptask.core.message import Headers, HttpRequest, HttpResponse
from httptask.errors import InputError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SignedRequest, Task
from httptask.wire.call import Call
from httptask.wire.certificates import CERTIFICATE_INVALID
from httptask.wire.framing import head, pieces
from httptask.wire.header_lines import fields, lines_of
from httptask.wire.limits import Limits
from httptask.wire.over_requests.failures import failure
from httptask.wire.over_requests.judging import judge, judged_peer
from httptask.wire.over_requests.stream import ResponseStream, shorter

_MOST_SESSIONS = _MOST_PLACES = _MOST_ALIKE = 64
_MOST_WHOLE = 64 * 1024


class RequestsTransport(Closeable):
    """Implements ``send_request`` over ``requests``.

    Args:
        session: its mounted adapters are used, and nothing else of it.
    """

    def __init__(self, session: requests.Session | None = None) -> None:
        adapters = session.adapters.items() if session else ()
        self._mounted = [(prefix, each) for prefix, each in adapters if not _is_own(each)]
        self._session = lru_cache(_MOST_SESSIONS)(lambda *_: _Session(self._mounted))

    def close(self) -> None:
        """Let go of the kept connections; the plugin can be used again afterwards."""
        self._session.cache_clear()

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim ``requests``."""
        return [Claim("send_request", "requests", "requests.Session, with its adapters and mocks")]

    @hookimpl(trylast=True)
    def httptask_send_request(self, exchange: Exchange, signed: SignedRequest) -> HttpResponse:
        """Send through the adapter that is mounted for the URL."""
        request, task = signed.request, exchange.task
        call = Call.of(exchange, signed.connection)
        session = self._session(os.getpid(), call.identity)
        mounted = not _is_own(session.get_adapter(request.url))
        head(request.method, request.target, request.headers)
        limits = Limits(call)
        try:
            near = judge(call, request.origin, limits, mounted=mounted)
            response = _sent(session, call, request, task)
            peer = "" if mounted else judged_peer(response, call, near)
        except Exception as error:
            task.check_time()
            ours = failure(error, request, limits, mounted=mounted)
            if ours is error:
                raise
            raise ours from error
        return HttpResponse(
            status=response.status_code,
            reason=response.reason or "",
            headers=_headers(response),
            stream=ResponseStream(response, limits, task),
            url=request.url,
            http_version="1.0" if getattr(response.raw, "version", 11) == 10 else "1.1",
            remote_address=peer,
        )


class _Session(requests.Session):
    """Sends what it is given: it follows no redirect, keeps no cookie, asks no environment."""

    def __init__(self, mounted: Iterable[tuple[str, BaseAdapter]]) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=()))
        own = HTTPAdapter(_MOST_PLACES, _MOST_ALIKE)
        for prefix, adapter in (("https://", own), ("http://", own), *mounted):
            self.mount(prefix, adapter)

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Find none: redirects are a layer's."""
        del resp
        return None


def _is_own(adapter: BaseAdapter) -> bool:
    return type(adapter) is HTTPAdapter


def _sent(session: _Session, call: Call, request: HttpRequest, task: Task) -> requests.Response:
    task.check_time()
    tls, started = call.tls, time.perf_counter()
    if tls.pem or tls.password:
        raise InputError(
            "the transport requests takes a client's certificate from files without a password",
            code=CERTIFICATE_INVALID,
            pointer=f"{task.call.task.pointer}/httptask/tls",
        )
    response = session.send(
        _prepared(request),
        stream=True,
        timeout=(shorter(call.connect_timeout, task), shorter(call.read_timeout, task)),
        verify=tls.verify and (tls.authorities or True),
        cert=(tls.certificate, tls.key) if tls.key else tls.certificate or None,
        proxies={"all": call.proxy} if call.proxy else {},
    )
    call.probe.wait = time.perf_counter() - started
    return response


def _prepared(request: HttpRequest) -> requests.PreparedRequest:
    """Return the request as it is; ``prepare`` would write its URL and headers anew.

    A small body is given as bytes, which is what mocks and cassettes compare.
    """
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    prepared.headers = CaseInsensitiveDict()
    for name, value in request.headers:
        earlier, between = prepared.headers.get(name), "; " if name.lower() == "cookie" else ", "
        prepared.headers[name] = value if earlier is None else f"{earlier}{between}{value}"
    if request.body is not None:
        body: Any = pieces(request.body)
        prepared.body = b"".join(body) if request.body.size <= _MOST_WHOLE else body
    return prepared


def _headers(response: requests.Response) -> Headers:
    """Return the header lines, repeated ones apart, read as the other transport reads them."""
    lines = getattr(response.raw, "headers", response.headers).items()
    return Headers(
        fields(lines_of(_encoded("\n".join(f"{name}: {value}" for name, value in lines))))
    )


def _encoded(text: str) -> bytes:
    with suppress(UnicodeEncodeError):
        return text.encode("latin-1")
    return text.encode()

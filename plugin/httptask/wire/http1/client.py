"""HTTP/1.1 as a transport: over a kept connection or a new one, within the call's time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache, partial

from httptask.core.closeable import Closeable
from httptask.core.message import HttpRequest, HttpResponse
from httptask.errors import HttpTaskError, InputError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SignedRequest
from httptask.wire.call import Call
from httptask.wire.certificates import CERTIFICATE_INVALID
from httptask.wire.content_coding import undone
from httptask.wire.framing import head, pieces
from httptask.wire.http1.dial import dial, judged
from httptask.wire.http1.pool import Pool
from httptask.wire.http1.response import WireResponse
from httptask.wire.http1.route import Route, proxy_at
from httptask.wire.http1.tls import Stream
from httptask.wire.limits import Limits


class Http1Client(Closeable):
    """Implements ``send_request`` over one pool of kept connections; a forked child has its own.

    Args:
        most: how many connections are kept in all.
        most_alike: how many are kept to one place.
    """

    def __init__(self, most: int = 256, most_alike: int = 64) -> None:
        self._pool_of = lru_cache(maxsize=1)(lambda process: Pool(most, most_alike))

    def close(self) -> None:
        """Close the kept connections; the client can be used again afterwards."""
        self._pool_of.cache_clear()

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim HTTP/1.1."""
        return [Claim("send_request", "http1", "HTTP/1.1, connections kept and judged when used")]

    @hookimpl(trylast=True)
    def httptask_send_request(self, exchange: Exchange, signed: SignedRequest) -> HttpResponse:
        """Send over a kept connection or a new one."""
        try:
            return self.send(Call.of(exchange, signed.connection), signed.request)
        except InputError as error:
            if error.code == CERTIFICATE_INVALID:
                error.pointer = f"{exchange.task.call.task.pointer}/httptask/tls"
            raise

    def send(self, call: Call, request: HttpRequest) -> HttpResponse:
        """Send a request that has been framed, once, and return the response, its body unread.

        Raises:
            EgressRefusedError: the policy forbids the address, or the proxy's.
            InputError: a header cannot be sent.
            DeadlineError: the deadline passed, or the call was cancelled.
            TransportError: no response; ``retryable`` says whether another attempt may help.
        """
        proxy = proxy_at(call.proxy)
        route = Route(request.origin, call.tls, proxy, call.identity)
        start = _head(request, route)
        limits, stream = Limits(call), None
        try:
            if proxy:  # it would resolve the target unseen
                list(judged(route.origin, call.policy, limits))
            stream = self._pool_of(os.getpid()).take(route)
            if stream:
                near = route.near
                call.near_policy.judge(near.host, near.port, stream.plain.host)
            else:
                stream = dial(route, limits)
            peer = call.probe.remote_address = stream.plain.peer
            response = _exchanged(stream, start, request, limits)
        except BaseException as error:
            if stream:
                stream.plain.close()
            if isinstance(error, HttpTaskError) or not isinstance(error, Exception):
                raise
            raise limits.failure(error, f"{request.method} {request.origin}: ") from error
        return HttpResponse(
            status=response.status,
            reason=response.reason,
            headers=response.headers,
            stream=BodyStream(response, stream, partial(self._keep, route)),
            url=request.url,
            http_version=response.version,
            remote_address=peer,
        )

    def _keep(self, route: Route, stream: Stream) -> None:
        self._pool_of(os.getpid()).keep(route, stream)


class BodyStream:
    """The bytes of one response; read to its end, its connection can be used again.

    Args:
        response: the response, its head read.
        stream: the connection.
        keep: takes the connection if it can be used again.
    """

    def __init__(
        self, response: WireResponse, stream: Stream, keep: Callable[[Stream], None]
    ) -> None:
        self._response, self._stream, self._keep = response, stream, keep
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        if self._closed:
            return
        codings = self._response.headers.get_all("Content-Encoding")
        chunks = self._response.chunks()
        try:
            yield from undone(chunks, ",".join(codings)) if codings else chunks
        except OSError as error:
            raise self._stream.plain.limits.failure(error) from error
        self.close()

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        if not self._closed:
            self._closed = True
            if self._response.reusable:
                self._keep(self._stream)
            else:
                self._stream.plain.close()


def _head(request: HttpRequest, route: Route) -> bytes:
    lines = request.headers.lines
    if route.proxy and not route.tunnel:
        return head(request.method, request.url, (*lines, *route.proxy.lines))
    return head(request.method, request.target, lines)


def _exchanged(stream: Stream, start: bytes, request: HttpRequest, limits: Limits) -> WireResponse:
    """Send a request and wait for the head of its response; a server may respond early."""
    stream.plain.limits = limits
    limits.enter("send")
    with suppress(BrokenPipeError, ConnectionResetError):
        for piece in pieces(request.body) if request.body else ():
            stream.send(start + piece)
            start = b""
        stream.send(start)
    limits.enter("wait")
    response = WireResponse(stream.recv, request.method)
    limits.enter("body")
    return response

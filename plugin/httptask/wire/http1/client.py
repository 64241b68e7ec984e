"""Send a request over a kept connection or a new one, within its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from httptask.core.closeable import Closeable
from httptask.core.message import HttpRequest, HttpResponse
from httptask.wire.call import Call
from httptask.wire.content_coding import undone
from httptask.wire.http1 import framing
from httptask.wire.http1.connection import Connection
from httptask.wire.http1.dial import addresses, dial
from httptask.wire.http1.failures import read_failure, send_failure
from httptask.wire.http1.limits import Limits
from httptask.wire.http1.pool import Pool
from httptask.wire.http1.response import WireResponse
from httptask.wire.http1.route import Route, proxy_at


class Http1Client(Closeable):
    """Sends requests over one pool of kept connections.

    Args:
        most: how many connections are kept in all.
        most_alike: how many are kept to one place.
    """

    def __init__(self, most: int = 256, most_alike: int = 64) -> None:
        self._pool = Pool(most, most_alike)

    def close(self) -> None:
        """Close the kept connections; the client can be used again afterwards."""
        self._pool.close()

    def send(self, call: Call, request: HttpRequest) -> HttpResponse:
        """Send the request, once, and return the response, its body unread.

        Raises:
            EgressRefusedError: the policy forbids the address, or the proxy's.
            InputError: a header cannot be sent.
            DeadlineError: the deadline passed, or the call was cancelled.
            TransportError: no response; ``retryable`` says whether another attempt may help.
        """
        limits = Limits(call.deadline, call.cancelled)
        proxy = proxy_at(call.proxy) if call.proxy else None
        route = Route(request.origin, call.tls, proxy, call.identity)
        start = _head(request, route)
        connection = None
        try:
            if proxy:
                _judge_target(call, route, limits)
            connection = self._connection(route, call, limits)
            response = _exchange(connection, start, request, call, limits)
        except BaseException as error:
            if connection:
                connection.close()
            if not isinstance(error, Exception):
                raise
            where = f"{request.method} {request.origin}"
            failure = send_failure(error, limits.phase, where, proxied=proxy is not None)
            if failure is error:
                raise
            raise failure from error
        stream = BodyStream(response, partial(self._take_back, route, connection))
        return HttpResponse(
            status=response.status,
            reason=response.reason,
            headers=response.headers,
            stream=stream,
            url=request.url,
            http_version=response.version,
            remote_address=connection.peer,
        )

    def _connection(self, route: Route, call: Call, limits: Limits) -> Connection:
        policy = (call.proxy_policy or call.policy) if route.proxy else call.policy
        connection = self._pool.take(route)
        if connection is None:
            connection = dial(route, policy, call, limits)
        else:
            try:
                policy.judge(route.near.host, route.near.port, connection.host)
            except BaseException:
                connection.close()
                raise
        call.probe.remote_address = connection.peer
        return connection

    def _take_back(self, route: Route, connection: Connection, usable: bool) -> None:
        if usable:
            self._pool.keep(route, connection)
        else:
            connection.close()


class BodyStream:
    """The bytes of one response; read to its end, its connection can be used again.

    Args:
        response: the response, its head read.
        give_back: takes the connection; told whether it can be used again.
    """

    def __init__(self, response: WireResponse, give_back: Callable[[bool], None]) -> None:
        self._response, self._give_back = response, give_back
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        if self._closed:
            return
        codings = self._response.headers.get_all("Content-Encoding")
        chunks = self._chunks()
        yield from undone(chunks, ",".join(codings)) if codings else chunks
        self.close()

    def _chunks(self) -> Iterator[bytes]:
        try:
            yield from self._response.chunks()
        except OSError as error:
            raise read_failure(error) from error

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        if not self._closed:
            self._closed = True
            self._give_back(self._response.reusable)


def _head(request: HttpRequest, route: Route) -> bytes:
    lines = request.headers.lines
    if route.proxy is None or route.tunnel:
        return framing.head(request.method, request.target, lines)
    if route.proxy.authorization:
        lines = (*lines, ("Proxy-Authorization", route.proxy.authorization))
    return framing.head(request.method, request.url, lines)


def _exchange(
    connection: Connection, start: bytes, request: HttpRequest, call: Call, limits: Limits
) -> WireResponse:
    """Send a request and wait for the head of its response; a server may respond early."""
    connection.plain.limits, connection.plain.patience = limits, call.read_timeout
    limits.phase = "exchange"
    stream = connection.stream
    started = time.perf_counter()
    with suppress(BrokenPipeError, ConnectionResetError):
        framing.send(stream, start, request.body)
    sent = time.perf_counter()
    call.probe.send = sent - started
    response = WireResponse(stream.recv, request.method)
    call.probe.wait = time.perf_counter() - sent
    return response


def _judge_target(call: Call, route: Route, limits: Limits) -> None:
    """Judge the target behind a proxy, which would resolve it unseen.

    Raises:
        EgressRefusedError: the policy forbids an address of it.
        OSError: it cannot be resolved.
    """
    host, port = route.origin.host, route.origin.port
    limits.phase = "judge"
    for *_, address in addresses(host, port, limits):
        call.policy.judge(host, port, str(address[0]))

"""Make a connection: resolve, judge each address, connect, go through a proxy, shake hands."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future, wait
from typing import Any

from httptask.core.egress import EgressPolicy
from httptask.core.message import Origin, endpoint
from httptask.errors import TransportError
from httptask.wire.framing import head
from httptask.wire.http1.connection import Plain
from httptask.wire.http1.response import ProtocolError, WireResponse
from httptask.wire.http1.route import Proxy, Route
from httptask.wire.http1.tls import Secured, Stream
from httptask.wire.limits import Limits

Found = list[tuple[Any, ...]]


def resolve(host: str, port: int) -> Found:
    """Return what a host resolves to, as ``socket.getaddrinfo`` gives it."""
    return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)


def addresses(host: str, port: int, limits: Limits) -> Found:
    """Resolve a host within the time of a call, on a thread that is left behind if it hangs.

    Raises:
        OSError: it cannot be resolved.
        UnicodeError: it cannot be a host's name.
        RequestError: the call was cancelled, or its deadline passed.
    """
    if ":" in host or host.replace(".", "").isdecimal():
        return resolve(host, port)
    found: Future[Found] = Future()

    def work() -> None:
        try:
            found.set_result(resolve(host, port))
        except Exception as error:  # noqa: BLE001 - it is raised on the thread that waits
            found.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    waits = limits.waits()
    while not wait([found], next(waits)).done:
        pass
    return found.result()


def judged(origin: Origin, policy: EgressPolicy, limits: Limits) -> Iterator[tuple[Any, ...]]:
    """Yield each address of an origin, as ``resolve`` gives it, when it has been judged.

    Raises:
        EgressRefusedError: the policy forbids the next one.
        OSError: the origin's host cannot be resolved.
    """
    for found in addresses(origin.host, origin.port, limits):
        policy.judge(origin.host, origin.port, str(found[-1][0]))
        yield found


def dial(route: Route, limits: Limits) -> Stream:
    """Connect to where a route begins, and make the way to its end.

    Raises:
        EgressRefusedError: the policy forbids the address that would be connected to.
        TransportError: the proxy opens no tunnel.
        OSError: the connection cannot be made.
    """
    plain = _connected(route, limits)
    stream: Stream = plain
    origin, proxy = route.origin, route.proxy
    try:
        if "https" in {route.near.scheme, origin.scheme}:
            limits.enter("tls")
        if proxy and proxy.origin.scheme == "https":
            stream = Secured(stream, route.tls, proxy.origin.host)
        if proxy and route.tunnel:
            _open_tunnel(stream, endpoint(origin.host, origin.port), proxy)
        if origin.scheme == "https":
            stream = Secured(stream, route.tls, origin.host)
    except BaseException:
        plain.close()
        raise
    return stream


def _connected(route: Route, limits: Limits) -> Plain:
    limits.enter("dns")
    last: OSError = ConnectionError("it has no address")
    for found in judged(route.near, limits.call.near_policy, limits):
        limits.enter("connect")
        try:
            return Plain(found, limits)
        except OSError as error:
            last = error
    raise last


def _open_tunnel(stream: Stream, target: str, proxy: Proxy) -> None:
    stream.send(head("CONNECT", target, [("Host", target), *proxy.lines]))
    response = WireResponse(stream.recv, "CONNECT")
    if not 200 <= response.status < 300:
        raise proxy_refused(f"{response.status} {response.reason}".strip())
    if not response.is_all:
        raise ProtocolError("the proxy sent more than its response")


def proxy_refused(cause: str) -> TransportError:
    """Return the error of a proxy that opens no tunnel."""
    return TransportError(f"the proxy refused: {cause}", code="proxy_failed", retryable=False)

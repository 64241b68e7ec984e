"""Make a connection: resolve, judge each address, connect, go through a proxy, shake hands."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

from httptask.core.egress import EgressPolicy
from httptask.core.message import Origin
from httptask.wire.call import Call
from httptask.wire.http1 import framing
from httptask.wire.http1.connection import Connection, Plain, Secured, Stream
from httptask.wire.http1.failures import ProtocolError, ProxyRefusedError
from httptask.wire.http1.limits import Limits
from httptask.wire.http1.response import WireResponse
from httptask.wire.http1.route import Route
from httptask.wire.http1.tls import client_context

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
    outcome: list[Found | Exception] = []

    def work() -> None:
        try:
            outcome.append(resolve(host, port))
        except Exception as error:  # noqa: BLE001 - it is raised on the thread that waits
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    waits = limits.waits(None)
    while not outcome:
        thread.join(next(waits))
    (found,) = outcome
    if isinstance(found, Exception):
        raise found
    return found


def dial(route: Route, policy: EgressPolicy, call: Call, limits: Limits) -> Connection:
    """Connect to where a route begins, and make the way to its end.

    Raises:
        EgressRefusedError: the policy forbids the address that would be connected to.
        ProxyRefusedError: the proxy opens no tunnel.
        OSError: the connection cannot be made.
    """
    connection = _connected(route.near, policy, call, limits)
    started = time.perf_counter()
    try:
        limits.phase = "secure"
        context = client_context(route.tls) if route.is_secure else None
        if context and route.proxy and route.near.scheme == "https":
            connection.stream = Secured(connection.stream, context, route.near.host)
        if route.tunnel:
            _open_tunnel(connection.stream, route)
        if context and route.origin.scheme == "https":
            connection.stream = Secured(connection.stream, context, route.origin.host)
    except BaseException:
        connection.close()
        raise
    if context:
        call.probe.tls = time.perf_counter() - started
    return connection


def _connected(near: Origin, policy: EgressPolicy, call: Call, limits: Limits) -> Connection:
    started = time.perf_counter()
    limits.phase = "resolve"
    found = addresses(near.host, near.port, limits)
    call.probe.dns = time.perf_counter() - started
    limits.phase = "connect"
    last: OSError = ConnectionError("it has no address")
    for family, kind, protocol, _, address in found:
        policy.judge(near.host, near.port, str(address[0]))
        started = time.perf_counter()
        plain = Plain(socket.socket(family, kind, protocol), limits, call.connect_timeout)
        try:
            plain.connect(address)
        except BaseException as error:
            plain.close()
            if not isinstance(error, OSError):
                raise
            last = error
        else:
            call.probe.connect = time.perf_counter() - started
            return Connection(plain, address)
    raise last


def _open_tunnel(stream: Stream, route: Route) -> None:
    host = f"[{route.origin.host}]" if ":" in route.origin.host else route.origin.host
    target = f"{host}:{route.origin.port}"
    lines = [("Host", target)]
    if route.proxy and route.proxy.authorization:
        lines.append(("Proxy-Authorization", route.proxy.authorization))
    stream.send(framing.head("CONNECT", target, lines))
    response = WireResponse(stream.recv, "CONNECT")
    if not 200 <= response.status < 300:
        raise ProxyRefusedError(f"{response.status} {response.reason}".strip())
    if not response.is_all:
        raise ProtocolError("the proxy sent more than its response")

"""Make a connection: resolve, judge each address, connect, go through a proxy, shake hands."""

from __future__ import annotations

import socket
import ssl
import time
from typing import Any

from httptask.core.egress import EgressPolicy
from httptask.core.message import Origin
from httptask.wire.call import Call, Tls
from httptask.wire.http1 import framing
from httptask.wire.http1.failures import ProtocolError, ProxyRefusedError
from httptask.wire.http1.pool import Connection
from httptask.wire.http1.response import WireResponse
from httptask.wire.http1.route import Route
from httptask.wire.http1.tls import TlsInTls, client_context
from httptask.wire.http1.watchdog import Watch

Found = list[tuple[Any, ...]]


def resolve(host: str, port: int) -> Found:
    """Return what a host resolves to, as ``socket.getaddrinfo`` gives it."""
    return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)


def addresses(host: str, port: int, watch: Watch) -> Found:
    """Resolve a host within the time of a call.

    Raises:
        OSError: it cannot be resolved, or the call's time was over first.
    """
    is_address = ":" in host or host.replace(".", "").isdecimal()
    if not watch.needed or is_address:
        return resolve(host, port)
    found: Found = watch.outside(lambda: resolve(host, port))
    return found


def dial(route: Route, policy: EgressPolicy, call: Call, watch: Watch) -> Connection:
    """Connect to where a route begins, and make the way to its end.

    Raises:
        EgressRefusedError: the policy forbids the address that would be connected to.
        ProxyRefusedError: the proxy opens no tunnel.
        OSError: the connection cannot be made.
    """
    connection = _connected(route.near, policy, call, watch)
    started = time.perf_counter()
    try:
        watch.phase = "secure"
        if route.proxy and route.proxy.origin.scheme == "https":
            _secure(connection, route.proxy.origin, route.tls, watch)
        if route.tunnel:
            _open_tunnel(connection.sock, route)
        if route.origin.scheme == "https":
            _secure(connection, route.origin, route.tls, watch)
    except BaseException:
        connection.close()
        raise
    if isinstance(connection.sock, ssl.SSLSocket | TlsInTls):
        call.probe.tls = time.perf_counter() - started
    return connection


def _connected(near: Origin, policy: EgressPolicy, call: Call, watch: Watch) -> Connection:
    started = time.perf_counter()
    watch.phase = "resolve"
    found = addresses(near.host, near.port, watch)
    call.probe.dns = time.perf_counter() - started
    watch.phase = "connect"
    last: OSError = ConnectionError("it has no address")
    for family, kind, protocol, _, address in found:
        policy.judge(near.host, near.port, str(address[0]))
        started = time.perf_counter()
        try:
            connection = _opened(socket.socket(family, kind, protocol), address, call, watch)
        except OSError as error:
            last = error
        else:
            call.probe.connect = time.perf_counter() - started
            return connection
    raise last


def _opened(sock: socket.socket, address: Any, call: Call, watch: Watch) -> Connection:
    connection = Connection(sock, address)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(call.connect_timeout)
        watch.guard(sock)
        sock.connect(address)
    except BaseException:
        connection.close()
        raise
    return connection


def _secure(connection: Connection, origin: Origin, tls: Tls, watch: Watch) -> None:
    context, plain = client_context(tls), connection.sock
    if isinstance(plain, TlsInTls | ssl.SSLSocket):
        connection.sock = TlsInTls(plain, context, origin.host)
    else:
        connection.sock = connection.raw = context.wrap_socket(
            plain, server_hostname=origin.host, do_handshake_on_connect=False
        )
        watch.guard(connection.raw)
    connection.sock.do_handshake()


def _open_tunnel(sock: Any, route: Route) -> None:
    host = f"[{route.origin.host}]" if ":" in route.origin.host else route.origin.host
    target = f"{host}:{route.origin.port}"
    lines = [("Host", target)]
    if route.proxy and route.proxy.authorization:
        lines.append(("Proxy-Authorization", route.proxy.authorization))
    sock.sendall(framing.head("CONNECT", target, lines))
    response = WireResponse(sock.recv, "CONNECT")
    if not 200 <= response.status < 300:
        raise ProxyRefusedError(f"{response.status} {response.reason}".strip())
    if not response.is_all:
        raise ProtocolError("the proxy sends more than its response")

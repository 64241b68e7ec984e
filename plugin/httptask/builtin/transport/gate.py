"""The connection that asks the egress policy before it opens, and before it is used again.

requests hands nothing from a call down to its connections, so the call under way is kept in a
thread-local while its adapter runs; connections read it there.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from httptask.core.egress import EgressPolicy
from httptask.errors import EgressRefusedError
from httptask.hooks.views import Probe


@dataclass(slots=True)
class Passage:
    """The call that is under way on this thread."""

    policy: EgressPolicy
    probe: Probe
    connect_timeout: float | None
    target: str
    socket: socket.socket | None = None
    refused: EgressRefusedError | None = None
    unresolved: bool = False
    sent_at: float = 0.0
    on_socket: Any = field(default=None)


_current = threading.local()


@contextlib.contextmanager
def passage(call: Passage) -> Iterator[Passage]:
    """Make a call the one under way on this thread."""
    _current.call = call
    try:
        yield call
    finally:
        _current.call = None


def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    """Return what a host resolves to, as ``socket.getaddrinfo`` gives it."""
    return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)


class _Gated:
    """What a gated connection adds to urllib3's."""

    host: str
    port: int
    sock: Any
    timeout: Any
    socket_options: Any

    def _new_conn(self) -> socket.socket:
        call: Passage = _current.call
        started = time.perf_counter()
        host = self.host.strip("[]")
        try:
            found = resolve(host, self.port)
        except (OSError, UnicodeError) as error:
            call.unresolved = True
            raise NewConnectionError(self, f"{host}: {error}") from error  # type: ignore[arg-type]
        call.probe.dns = time.perf_counter() - started
        last: OSError | None = None
        for family, kind, protocol, _, address in found:
            self._judge(call, str(address[0]))
            try:
                return self._connect(call, socket.socket(family, kind, protocol), address)
            except OSError as error:
                last = error
        raise NewConnectionError(self, f"{host}:{self.port}: {last}") from last  # type: ignore[arg-type]

    def _judge(self, call: Passage, address: str) -> None:
        try:
            call.policy.judge(self.host.strip("[]"), self.port, address)
        except EgressRefusedError as error:
            call.refused = error
            raise

    def _connect(self, call: Passage, sock: socket.socket, address: Any) -> socket.socket:
        started = time.perf_counter()
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(call.connect_timeout)
            self._watch(call, sock)
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        call.probe.connect = time.perf_counter() - started
        return sock

    def _watch(self, call: Passage, sock: socket.socket) -> None:
        call.socket = sock
        if call.on_socket is not None:
            call.on_socket(sock)

    def request(self, method: str, url: str, **kwargs: Any) -> None:
        call: Passage = _current.call
        if self.sock is not None:
            peer = self.sock.getpeername()
            self._judge(call, str(peer[0]))
            self._watch(call, self.sock)
        started = time.perf_counter()
        spent_before = (call.probe.dns or 0.0) + (call.probe.connect or 0.0)
        super().request(method, call.target, **kwargs)  # type: ignore[misc]
        call.sent_at = time.perf_counter()
        spent = (call.probe.dns or 0.0) + (call.probe.connect or 0.0) - spent_before
        spent += call.probe.tls or 0.0
        call.probe.send = max(call.sent_at - started - spent, 0.0)
        call.probe.remote_address = _shown(self.sock)

    def getresponse(self) -> Any:
        call: Passage = _current.call
        response = super().getresponse()  # type: ignore[misc]
        call.probe.wait = time.perf_counter() - call.sent_at
        return response


class GatedHTTPConnection(_Gated, HTTPConnection):  # type: ignore[misc]
    """A plain connection that passes the gate."""


class GatedHTTPSConnection(_Gated, HTTPSConnection):  # type: ignore[misc]
    """A TLS connection that passes the gate."""

    def connect(self) -> None:
        """Connect and shake hands, noting how long the handshake took."""
        call: Passage = _current.call
        started = time.perf_counter()
        super().connect()
        before = (call.probe.dns or 0.0) + (call.probe.connect or 0.0)
        call.probe.tls = max(time.perf_counter() - started - before, 0.0)
        self._watch(call, self.sock)


class GatedHTTPPool(HTTPConnectionPool):
    """A pool of gated connections."""

    ConnectionCls = GatedHTTPConnection  # type: ignore[assignment]


class GatedHTTPSPool(HTTPSConnectionPool):
    """A pool of gated TLS connections."""

    ConnectionCls = GatedHTTPSConnection  # type: ignore[assignment]


def _shown(sock: socket.socket | None) -> str:
    if sock is None:
        return ""
    host, port = sock.getpeername()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

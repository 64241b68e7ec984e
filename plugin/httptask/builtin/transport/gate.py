"""The connection that asks the egress policy before it opens, and before it is used again."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from httptask.builtin.transport.answer import Answer
from httptask.builtin.transport.incoming import Incoming
from httptask.builtin.transport.watchdog import Watch
from httptask.core.egress import EgressPolicy
from httptask.errors import EgressRefusedError, InputError
from httptask.hooks.recording import Probe

Lines = Iterable[tuple[str, str]]
_NOT_SENDABLE = re.compile("[^\x01-\x09\x0b\x0c\x0e-\xff]")


class Passage(msgspec.Struct):
    """One call on its way through a connection.

    Attributes:
        policy: judges every address that is connected to.
        probe: is told how long each phase took.
        connect_timeout: seconds for each step of connecting, or None.
        read_timeout: longest silence in seconds once connected, or None.
        method: the method.
        target: what stands in the request line.
        lines: every header line that is sent, besides those for a proxy.
        body: the bytes, or pieces of them; their number is in the header lines.
        watch: is given every socket.
        proxied: whether a proxy is connected to.
        tunnel: whether it is to pass the bytes on unread.
        refused: the policy's refusal, which the libraries below would hide.
        unresolved: whether the name could not be resolved.
        sending: whether bytes of the request may have left.
    """

    policy: EgressPolicy
    probe: Probe
    connect_timeout: float | None
    read_timeout: float | None
    method: str
    target: str
    lines: Sequence[tuple[str, str]]
    body: bytes | Iterable[bytes] | None
    watch: Watch
    proxied: bool = False
    tunnel: bool = False
    refused: EgressRefusedError | None = None
    unresolved: bool = False
    sending: bool = False

    def through_proxy(self, url: str) -> None:
        """Go through a proxy: by a tunnel for https, else with the whole address as the target."""
        self.proxied, self.tunnel = True, url.startswith("https:")
        if not self.tunnel:
            self.target = url


def resolve(host: str, port: int) -> list[tuple[Any, ...]]:
    """Return what a host resolves to, as ``socket.getaddrinfo`` gives it."""
    return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)


def addresses(host: str, port: int, watch: Watch) -> list[tuple[Any, ...]]:
    """Resolve a host within the time of a call.

    Raises:
        OSError: it cannot be resolved, or the call's time was over first.
    """
    if not watch.needed or _is_address(host):
        return resolve(host, port)
    found: list[tuple[Any, ...]] = watch.outside(lambda: resolve(host, port))
    return found


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdecimal()


class GatedHTTPConnection(HTTPConnection):
    """A connection that passes the gate.

    Attributes:
        call: the call that it serves, set before anything else is asked of it.
        peer: the address that it is connected to.
    """

    call: Passage
    peer: tuple[Any, ...]

    def _new_conn(self) -> socket.socket:
        call = self.call
        started = time.perf_counter()
        host = self.host.strip("[]")
        try:
            found = addresses(host, self.port, call.watch)
        except (OSError, UnicodeError) as error:
            call.unresolved = True
            raise NewConnectionError(self, f"{host}: {error}") from error
        call.probe.dns = time.perf_counter() - started
        last: OSError | None = None
        for family, kind, protocol, _, address in found:
            self._judge(str(address[0]))
            try:
                return self._connect(socket.socket(family, kind, protocol), address)
            except OSError as error:
                last = error
        raise NewConnectionError(self, f"{host}:{self.port}: {last}") from last

    def _judge(self, address: str) -> None:
        try:
            self.call.policy.judge(self.host.strip("[]"), self.port, address)
        except EgressRefusedError as error:
            self.call.refused = error
            raise

    def _connect(self, sock: socket.socket, address: Any) -> socket.socket:
        call = self.call
        started = time.perf_counter()
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(call.connect_timeout)
            call.watch.guard(sock)
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        call.probe.connect = time.perf_counter() - started
        call.probe.remote_address = _shown(address)
        self.peer = address
        return sock

    def exchange(self, proxy_lines: Mapping[str, str]) -> Answer:
        """Send the call's request and wait for the head of the answer.

        A connection that was open already is judged again first. A peer that stops reading may
        have answered before.

        Args:
            proxy_lines: header lines for the proxy.

        Raises:
            InputError: a header cannot be sent.
            OSError: the connection cannot be made or used; or what ``Answer.begin`` raises.
        """
        call = self.call
        if self.sock is None:
            self.connect()
        elif call.probe.connect is None:
            self._judge(str(self.peer[0]))
            call.probe.remote_address = _shown(self.peer)
        sock = self.sock
        call.watch.guard(sock)
        if sock.gettimeout() != call.read_timeout:
            sock.settimeout(call.read_timeout)
        head = _head(call, proxy_lines.items())
        started = time.perf_counter()
        call.sending = True
        with suppress(BrokenPipeError, ConnectionResetError):
            _send(sock, head, call.body)
        sent = time.perf_counter()
        call.probe.send = sent - started
        answer = Answer(Incoming(sock), call.method)
        call.probe.wait = time.perf_counter() - sent
        return answer


class GatedHTTPSConnection(GatedHTTPConnection, HTTPSConnection):
    """A TLS connection that passes the gate."""

    _duplicate: socket.socket | None = None

    @property
    def is_connected(self) -> bool:
        """Whether it can be used: not if it holds bytes that nobody asked for, decrypted or not."""
        pending = getattr(self.sock, "pending", None)
        return super().is_connected and not (pending and pending())

    def connect(self) -> None:
        """Connect and shake hands, noting how long the handshake took."""
        probe = self.call.probe
        started = time.perf_counter()
        try:
            super().connect()
        finally:
            if self._duplicate is not None:
                self._duplicate.close()
        before = (probe.dns or 0.0) + (probe.connect or 0.0)
        probe.tls = max(time.perf_counter() - started - before, 0.0)

    def _connect(self, sock: socket.socket, address: Any) -> socket.socket:
        """Guard a duplicate: the handshake takes the socket itself apart."""
        connected = super()._connect(sock, address)
        self._duplicate = connected.dup()
        self.call.watch.guard(self._duplicate)
        return connected


def _head(call: Passage, proxy_lines: Lines) -> bytes:
    """Return the request line and the header lines as bytes."""
    lines = [f"{call.method} {call.target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in (*call.lines, *proxy_lines)]
    if _NOT_SENDABLE.search("".join(lines)):
        raise InputError(
            "a header has a line break, NUL or a character outside Latin-1",
            code="header_value_invalid",
            retryable=False,
        )
    return "\r\n".join([*lines, "\r\n"]).encode("latin-1")


def _send(sock: socket.socket, head: bytes, body: bytes | Iterable[bytes] | None) -> None:
    """Send head and body, in one piece if the body is in memory."""
    if body is None or isinstance(body, bytes):
        sock.sendall(head + body if body else head)
        return
    sock.sendall(head)
    for piece in body:
        sock.sendall(piece)


def _shown(address: tuple[Any, ...]) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

"""The connection that asks the egress policy before it opens, and before it is used again.

requests hands nothing from a call down to its connections, so the call under way is kept in a
thread-local while its adapter runs; connections read it there.
"""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from httptask.builtin.transport.watchdog import Watch
from httptask.core.egress import EgressPolicy
from httptask.errors import EgressRefusedError
from httptask.hooks.views import Probe


@dataclass(slots=True)
class Passage:
    """The call that is under way on this thread.

    Attributes:
        policy: judges every address that is connected to.
        probe: is told how long each phase took.
        connect_timeout: seconds for each step of connecting, or None.
        read_timeout: longest silence in seconds once connected, or None.
        target: what stands in the request line.
        lines: every header line that is sent, besides those for a proxy.
        watch: is given every socket.
        refused: the policy's refusal, which the libraries below would hide.
        unresolved: whether the name could not be resolved.
        sending: whether bytes of the request may have left.
        sent_at: when all of it had left.
    """

    policy: EgressPolicy
    probe: Probe
    connect_timeout: float | None
    read_timeout: float | None
    target: str
    lines: Sequence[tuple[str, str]]
    watch: Watch
    refused: EgressRefusedError | None = None
    unresolved: bool = False
    sending: bool = False
    sent_at: float = 0.0


_FOLD = re.compile(r"[ \t]*\r?\n[ \t]+")
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


class _Head:
    """The start of an answer, line by line; it remembers the last line."""

    __slots__ = ("_file", "last")

    def __init__(self, file: Any) -> None:
        self._file = file
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self._file.readline(limit)
        return self.last

    def close(self) -> None:
        self._file.close()


class WholeHeadResponse(http.client.HTTPResponse):
    """An answer whose head must be complete, and its length readable.

    The standard class takes a connection that ends inside the head for the head's end.
    """

    fp: Any

    def begin(self) -> None:
        """Read the head.

        Raises:
            ConnectionError: the head is cut short, or its framing makes no sense.
        """
        file, self.fp = self.fp, _Head(self.fp)
        head = self.fp
        try:
            super().begin()
        finally:
            if self.fp is head:
                self.fp = file
        if head.last not in (b"\r\n", b"\n"):
            raise ConnectionError("the head of the answer is cut short")
        length = self.headers.get("Content-Length", "0")
        if not self.chunked and not all(part.strip().isdecimal() for part in length.split(",")):
            raise ConnectionError("the answer's Content-Length is no number")


class _Gated(HTTPConnection):
    """What a gated connection adds to urllib3's."""

    timeout: Any
    socket_options: Any
    response_class = WholeHeadResponse
    _method = ""
    _together = b""

    def _new_conn(self) -> socket.socket:
        call: Passage = _current.call
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
            self._judge(call, str(address[0]))
            try:
                return self._connect(call, socket.socket(family, kind, protocol), address)
            except OSError as error:
                last = error
        raise NewConnectionError(self, f"{host}:{self.port}: {last}") from last

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
            call.watch.guard(sock)
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        call.probe.connect = time.perf_counter() - started
        call.probe.remote_address = _shown(address)
        return sock

    def connect(self) -> None:
        """Connect; from then on the read timeout holds."""
        call: Passage = _current.call
        super().connect()
        self.sock.settimeout(call.read_timeout)

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> None:
        """Send a request, over a connection that is judged again if it was open already.

        Args:
            method: the method.
            url: not used: the request line has the passage's target.
            body: the bytes, or pieces of them; their number is in the header lines.
            headers: lines for the proxy.
        """
        del url
        call: Passage = _current.call
        if self.sock is None:
            self.connect()
        if call.probe.connect is None:
            peer = self.sock.getpeername()
            self._judge(call, str(peer[0]))
            self.sock.settimeout(call.read_timeout)
            call.probe.remote_address = _shown(peer)
        call.watch.guard(self.sock)
        started = time.perf_counter()
        call.sending = True
        self._method = method
        self._send(method, call.target, [*call.lines, *(headers or {}).items()], body)
        call.sent_at = time.perf_counter()
        call.probe.send = call.sent_at - started

    def _send(
        self,
        method: str,
        target: str,
        lines: Iterable[tuple[str, str]],
        body: bytes | Iterable[bytes] | None,
    ) -> None:
        """Send head and body, in one piece if the body is in memory.

        urllib3's own way looks through all headers for what it would add; here they are final.
        """
        self.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in lines:
            http.client.HTTPConnection.putheader(self, name, value)
        self._together = body if isinstance(body, bytes) else b""
        self.endheaders()
        if body is not None and not isinstance(body, bytes):
            for piece in body:
                self.send(piece)

    def send(self, data: Any) -> None:
        """Send bytes, and what is to go out together with them."""
        together, self._together = self._together, b""
        super().send(data + together if together else data)

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        """Wait for the answer's head; the body is left to be read."""
        call: Passage = _current.call
        self.sock.settimeout(call.read_timeout)
        answer = http.client.HTTPConnection.getresponse(self)
        call.probe.wait = time.perf_counter() - call.sent_at
        return HTTPResponse(
            body=answer,
            headers=HTTPHeaderDict(_unfolded(answer.msg.items())),
            status=answer.status,
            version=answer.version,
            reason=answer.reason,
            preload_content=False,
            decode_content=False,
            original_response=answer,
            request_method=self._method,
        )


class GatedHTTPConnection(_Gated):
    """A plain connection that passes the gate."""


class GatedHTTPSConnection(_Gated, HTTPSConnection):
    """A TLS connection that passes the gate."""

    _duplicate: socket.socket | None = None

    def connect(self) -> None:
        """Connect and shake hands, noting how long the handshake took."""
        call: Passage = _current.call
        started = time.perf_counter()
        try:
            super().connect()
        finally:
            if self._duplicate is not None:
                self._duplicate.close()
        before = (call.probe.dns or 0.0) + (call.probe.connect or 0.0)
        call.probe.tls = max(time.perf_counter() - started - before, 0.0)

    def _connect(self, call: Passage, sock: socket.socket, address: Any) -> socket.socket:
        """Guard a duplicate: the handshake takes the socket itself apart."""
        connected = super()._connect(call, sock, address)
        self._duplicate = connected.dup()
        call.watch.guard(self._duplicate)
        return connected


class GatedHTTPPool(HTTPConnectionPool):
    """A pool of gated connections."""

    ConnectionCls = GatedHTTPConnection  # type: ignore[assignment]


class GatedHTTPSPool(HTTPSConnectionPool):
    """A pool of gated TLS connections."""

    ConnectionCls = GatedHTTPSConnection  # type: ignore[assignment]


def _unfolded(lines: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return header lines, each folded value on one line."""
    return [(name, _FOLD.sub(" ", value) if "\n" in value else value) for name, value in lines]


def _shown(address: tuple[Any, ...]) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

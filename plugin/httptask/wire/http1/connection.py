"""A connection that is waited for no longer than the call may; a forked child has no part in it.

A child process has copies of its parent's sockets. It closes these copies, which the parent does
not notice; to shut them down would end the parent's connections.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import ssl
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from httptask.wire.http1.limits import Limits

_READ_SIZE = 64 * 1024
_PIECE = 256 * 1024
_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK})

_sockets: weakref.WeakSet[Plain] = weakref.WeakSet()


class Connection:
    """A connection.

    Args:
        plain: its socket.
        address: the address that it connects to.

    Attributes:
        stream: what to send and receive on: the socket, or TLS over it.
        host: the address that it connects to.
        peer: the same with the port, for people.
    """

    def __init__(self, plain: Plain, address: tuple[Any, ...]) -> None:
        self.plain = plain
        self.stream: Stream = plain
        self.host, port = str(address[0]), address[1]
        self.peer = f"[{self.host}]:{port}" if ":" in self.host else f"{self.host}:{port}"

    def close(self) -> None:
        """Close it."""
        self.plain.close()


class Plain:
    """A socket.

    Args:
        sock: the socket.
        limits: of the call that it serves now.
        patience: longest silence in seconds, or None.

    Attributes:
        closed: whether it was closed.
    """

    def __init__(self, sock: socket.socket, limits: Limits, patience: float | None) -> None:
        self._sock, self.limits, self.patience = sock, limits, patience
        self.closed = False
        sock.setblocking(False)
        _sockets.add(self)

    def connect(self, address: tuple[Any, ...]) -> None:
        """Connect it.

        Raises:
            OSError: it cannot be connected in time.
        """
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        error = self._sock.connect_ex(address)
        if error in _UNDER_WAY:
            self._wait(to_send=True)
            error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))

    def send(self, data: bytes | memoryview) -> None:
        """Send all of it; each part may take as long as a silence."""
        left = memoryview(data)
        while left:
            left = left[self._step(self._sock.send, left[:_PIECE], to_send=True) :]

    def recv(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        data: bytes = self._step(self._sock.recv, size, to_send=False)
        return data

    def is_quiet(self) -> bool:
        """Tell whether it is open and nothing has arrived."""
        try:
            self._sock.recv(1, socket.MSG_PEEK)
        except OSError as error:
            return isinstance(error, BlockingIOError)
        return False

    def close(self) -> None:
        """Close it."""
        self.closed = True
        with suppress(OSError):
            self._sock.close()

    def _step(self, step: Callable[[Any], Any], given: Any, *, to_send: bool) -> Any:
        self.limits.check(time.perf_counter())
        while True:
            try:
                return step(given)
            except BlockingIOError:
                self._wait(to_send=to_send)

    def _wait(self, *, to_send: bool) -> None:
        waits = self.limits.waits(self.patience)
        while not _is_ready(self._sock, next(waits), to_send=to_send):
            pass


def _is_ready(sock: socket.socket, seconds: float | None, *, to_send: bool) -> bool:
    """Wait for a socket; tell whether it is ready."""
    if not hasattr(select, "poll"):  # Windows, where a connection that failed is an exception
        senders = [sock] if to_send else []
        return any(select.select([] if to_send else [sock], senders, senders, seconds))
    poll = select.poll()
    poll.register(sock, select.POLLOUT if to_send else select.POLLIN)
    return bool(poll.poll(None if seconds is None else seconds * 1000))


class Secured:
    """TLS over another stream: the ssl module has it for bytes, whatever carries them."""

    def __init__(self, carrier: Stream, context: ssl.SSLContext, host: str) -> None:
        self._carrier, self._in, self._out = carrier, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host)
        self._step(self._tls.do_handshake)

    def send(self, data: bytes | memoryview) -> None:
        """Send all of it."""
        left = memoryview(data)
        while left:
            left = left[self._step(self._tls.write, left[:_PIECE]) :]

    def recv(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        data = b""
        with suppress(ssl.SSLZeroReturnError, ssl.SSLEOFError):
            data = self._step(self._tls.read, size)
        return data

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived, neither read nor decrypted."""
        arrived = self._tls.pending() or self._in.pending
        return not arrived and self._carrier.is_quiet()

    def _step(self, step: Callable[..., Any], *given: Any) -> Any:
        while True:
            try:
                done = step(*given)
            except ssl.SSLWantReadError:
                self._flush()
            except ssl.SSLError:
                with suppress(OSError):  # tell the peer, if it still listens
                    self._flush()
                raise
            else:
                self._flush()
                return done
            if data := self._carrier.recv(_READ_SIZE):
                self._in.write(data)
            else:
                self._in.write_eof()

    def _flush(self) -> None:
        if self._out.pending:
            self._carrier.send(self._out.read())


Stream = Plain | Secured


def _close_all() -> None:
    for plain in list(_sockets):
        plain.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_all)

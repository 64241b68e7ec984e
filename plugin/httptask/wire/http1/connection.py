"""A connection that is waited for no longer than the call may; a forked child has no part in it.

A child process has copies of its parent's sockets. It closes these copies, which the parent does
not notice; to shut them down would end the parent's connections.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from httptask.core.message import endpoint
from httptask.wire.limits import Limits

_UNDER_WAY = frozenset({errno.EINPROGRESS, errno.EWOULDBLOCK})

_sockets: weakref.WeakSet[Plain] = weakref.WeakSet()


class Plain:
    """A connected socket.

    Args:
        found: what it is to connect to, as ``socket.getaddrinfo`` gives it.
        limits: of the call that it serves now.

    Attributes:
        host: the address that it connects to.
        peer: the same with the port, for people.

    Raises:
        OSError: it cannot be connected in time.
    """

    def __init__(self, found: tuple[Any, ...], limits: Limits) -> None:
        family, kind, protocol, _, address = found
        self.limits = limits
        self.host, self.peer = str(address[0]), endpoint(str(address[0]), address[1])
        self._sock = socket.socket(family, kind, protocol)
        self._has_arrived = _readiness(self._sock, to_send=False)
        self._close = weakref.finalize(self, self._sock.close)
        _sockets.add(self)
        try:
            self._connect(address)
        except BaseException:
            self.close()
            raise

    @property
    def plain(self) -> Plain:
        """Return the socket below everything: itself."""
        return self

    def send(self, data: bytes) -> None:
        """Send all of it; each part may take as long as a silence."""
        left = memoryview(data)
        while left:
            self.limits.check(time.perf_counter())
            try:
                left = left[self._sock.send(left) :]
            except BlockingIOError:
                self._wait(_readiness(self._sock, to_send=True))

    def recv(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        while True:
            self._wait(self._has_arrived)
            try:
                return self._sock.recv(size)
            except BlockingIOError:
                continue

    def is_quiet(self) -> bool:
        """Tell whether it is open and nothing has arrived."""
        return not self._has_arrived(0)

    def close(self) -> None:
        """Close it, which also happens when nobody has it any more."""
        with suppress(OSError):
            self._close()

    def _connect(self, address: tuple[Any, ...]) -> None:
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock.setblocking(False)
        error = self._sock.connect_ex(address)
        if error in _UNDER_WAY:
            self._wait(_readiness(self._sock, to_send=True))
            error = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, os.strerror(error))

    def _wait(self, is_ready: Callable[[float | None], bool]) -> None:
        for seconds in self.limits.waits():
            if is_ready(seconds):
                break


def _readiness(sock: socket.socket, *, to_send: bool) -> Callable[[float | None], bool]:
    """Return what waits for a socket so many seconds, and tells whether it is ready."""
    if not hasattr(select, "poll"):  # Windows, where a connection that failed is an exception
        senders = [sock] if to_send else []
        return lambda seconds: any(
            select.select([] if to_send else [sock], senders, senders, seconds)
        )
    poll = select.poll()
    poll.register(sock, select.POLLOUT if to_send else select.POLLIN)
    return lambda seconds: bool(poll.poll(None if seconds is None else seconds * 1000))


def _close_all() -> None:
    for plain in list(_sockets):
        plain.close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_close_all)

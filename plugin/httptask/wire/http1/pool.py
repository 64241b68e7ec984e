"""Connections, and those that are kept for the next call; safe between threads and over fork.

A child process has copies of its parent's sockets. It closes these copies, which the parent does
not notice; to shut them down would end the parent's connections.
"""

from __future__ import annotations

import os
import select
import socket
import threading
import weakref
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from httptask.wire.http1.route import Route

_pools: weakref.WeakSet[Pool] = weakref.WeakSet()
_connections: weakref.WeakSet[Connection] = weakref.WeakSet()


class Connection:
    """A connection.

    Args:
        sock: the socket; TLS is laid over it.
        address: the address that it connects to.

    Attributes:
        sock: what to send and receive on.
        raw: the socket itself.
        host: the address that it connects to.
        peer: the same with the port, for people.
        closed: whether it was closed.
    """

    __slots__ = ("__weakref__", "_poll", "closed", "host", "peer", "raw", "sock")

    def __init__(self, sock: socket.socket, address: tuple[Any, ...]) -> None:
        self.sock: Any = sock
        self.raw = sock
        self.host, port = str(address[0]), address[1]
        self.peer = f"[{self.host}]:{port}" if ":" in self.host else f"{self.host}:{port}"
        self.closed = False
        self._poll = select.poll() if hasattr(select, "poll") else None
        if self._poll:
            self._poll.register(sock, select.POLLIN)
        _connections.add(self)

    @property
    def quiet(self) -> bool:
        """Tell whether it is open and nothing has arrived that nobody asked for."""
        pending = getattr(self.sock, "pending", None)
        if pending and pending():
            return False
        return not (self._poll.poll(0) if self._poll else select.select([self.sock], [], [], 0)[0])

    def close(self) -> None:
        """Close it."""
        self.closed = True
        with suppress(OSError):
            self.sock.close()


class Pool:
    """Kept connections; the newest is used first, the oldest is closed first.

    Args:
        most: how many are kept in all.
        most_alike: how many are kept of one route.
    """

    def __init__(self, most: int, most_alike: int) -> None:
        self._most, self._most_alike = most, most_alike
        self._kept: dict[Connection, Route] = {}
        self._alike: dict[Route, dict[Connection, None]] = {}
        self.forget()
        _pools.add(self)
        weakref.finalize(self, _close_all, self._kept)

    def forget(self) -> None:
        """Begin anew, with nothing kept and a lock that nobody holds."""
        self._lock = threading.Lock()
        self._kept.clear()
        self._alike.clear()

    def take(self, route: Route) -> Connection | None:
        """Return a kept connection that can be used, or None."""
        while True:
            with self._lock:
                alike = self._alike.get(route)
                if not alike:
                    return None
                connection = next(reversed(alike))
                self._drop(connection)
            if connection.quiet:
                return connection
            connection.close()

    def keep(self, route: Route, connection: Connection) -> None:
        """Keep a connection for the next call."""
        over = None
        with self._lock:
            if connection.closed:
                return
            alike = self._alike.get(route, ())
            if len(alike) >= self._most_alike:
                over = next(iter(alike))
            elif len(self._kept) >= self._most:
                over = next(iter(self._kept))
            if over is not None:
                self._drop(over)
            self._alike.setdefault(route, {})[connection] = None
            self._kept[connection] = route
        if over is not None:
            over.close()

    def close(self) -> None:
        """Close all that are kept."""
        with self._lock:
            kept = list(self._kept)
            self._kept.clear()
            self._alike.clear()
        _close_all(kept)

    def _drop(self, connection: Connection) -> None:
        route = self._kept.pop(connection)
        alike = self._alike[route]
        del alike[connection]
        if not alike:
            del self._alike[route]


def _close_all(connections: Iterable[Connection]) -> None:
    for connection in list(connections):
        connection.close()


def _forget_all() -> None:
    _close_all(_connections)
    for pool in list(_pools):
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)

"""Connections that are kept for the next call; safe between threads and over fork."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable

from httptask.wire.http1.connection import Connection
from httptask.wire.http1.route import Route

_pools: weakref.WeakSet[Pool] = weakref.WeakSet()


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
            if connection.stream.is_quiet():
                return connection
            connection.close()

    def keep(self, route: Route, connection: Connection) -> None:
        """Keep a connection for the next call."""
        over = None
        with self._lock:
            if connection.plain.closed:
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
    for pool in list(_pools):
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)

"""Connections that are kept for the next call, safe between threads."""

from __future__ import annotations

import threading

from httptask.wire.http1.route import Route
from httptask.wire.http1.tls import Stream


class Pool:
    """Kept connections; the newest is used first, the oldest is closed first.

    Args:
        most: how many are kept in all.
        most_alike: how many are kept of one route.
    """

    def __init__(self, most: int, most_alike: int) -> None:
        self._most, self._most_alike = most, most_alike
        self._lock = threading.Lock()
        self._kept: dict[Route, list[Stream]] = {}

    def take(self, route: Route) -> Stream | None:
        """Return a kept connection that can be used, or None."""
        while True:
            with self._lock:
                alike = self._kept.get(route)
                if alike is None:
                    return None
                stream = self._out(route, alike, -1)
            if stream.is_quiet():
                return stream
            stream.plain.close()

    def keep(self, route: Route, stream: Stream) -> None:
        """Keep a connection for the next call."""
        over = None
        with self._lock:
            alike = self._kept[route] = self._kept.pop(route, [])  # the route used last stands last
            alike.append(stream)
            if len(alike) > self._most_alike:
                over = self._out(route, alike, 0)
            elif sum(map(len, self._kept.values())) > self._most:
                over = self._out(*next(iter(self._kept.items())), 0)
        if over is not None:
            over.plain.close()

    def _out(self, route: Route, alike: list[Stream], at: int) -> Stream:
        stream = alike.pop(at)
        if not alike:
            del self._kept[route]
        return stream

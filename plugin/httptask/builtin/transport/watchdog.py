"""Shut a socket at its deadline, or when the call is cancelled, whatever it is doing.

One daemon thread serves every call of the process; it sleeps until the earliest deadline.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import socket
import threading
import time

_CANCEL_CHECK = 0.05


class Watch:
    """The guard of one call's socket."""

    __slots__ = ("_lock", "_socket", "cancelled", "deadline", "done", "fired")

    def __init__(self, deadline: float | None, cancelled: threading.Event | None) -> None:
        self.deadline, self.cancelled = deadline, cancelled
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()
        self.fired = self.done = False

    def guard(self, sock: socket.socket) -> None:
        """Take over the socket; one whose time is over already is shut at once."""
        with self._lock:
            self._socket = sock
            if self.fired:
                _shut(sock)

    def finish(self) -> None:
        """Stop guarding: the socket is no longer this call's."""
        with self._lock:
            self._socket, self.done = None, True

    def fire(self) -> None:
        """Shut the socket now."""
        with self._lock:
            if not self.done:
                self.fired = True
                if self._socket is not None:
                    _shut(self._socket)


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Watchdog:
    """Fires watches when their time comes."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._heap: list[tuple[float, int, Watch]] = []
        self._count = itertools.count()
        self._thread: threading.Thread | None = None

    def add(self, watch: Watch) -> None:
        """Watch a call that has a deadline or may be cancelled; others need no watching."""
        if watch.deadline is None and watch.cancelled is None:
            return
        due = _due(watch, time.perf_counter())
        with self._condition:
            earliest = not self._heap or due < self._heap[0][0]
            heapq.heappush(self._heap, (due, next(self._count), watch))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="httptask-watchdog", daemon=True
                )
                self._thread.start()
            elif earliest:
                self._condition.notify()

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._heap or self._heap[0][0] > time.perf_counter():
                    wait = self._heap[0][0] - time.perf_counter() if self._heap else None
                    self._condition.wait(wait)
                _, _, watch = heapq.heappop(self._heap)
            self._look(watch)

    def _look(self, watch: Watch) -> None:
        now = time.perf_counter()
        if watch.done:
            return
        over = watch.deadline is not None and now >= watch.deadline
        if over or (watch.cancelled is not None and watch.cancelled.is_set()):
            watch.fire()
            return
        with self._condition:
            heapq.heappush(self._heap, (_due(watch, now), next(self._count), watch))


def _due(watch: Watch, now: float) -> float:
    due = watch.deadline if watch.deadline is not None else now + _CANCEL_CHECK
    return min(due, now + _CANCEL_CHECK) if watch.cancelled is not None else due

"""Shut a socket at its deadline, or when the call is cancelled, whatever it is doing.

One daemon thread serves every call of the process. It sleeps until the earliest deadline; while
a call that may be cancelled is under way, it looks every 50 ms. A child process has no such thread
until it makes calls of its own, and must not shut its parent's sockets.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
import time
from collections.abc import Callable
from enum import Enum, auto
from typing import Any

LOOK_EVERY = 0.05


class Phase(Enum):
    """How far a call has come."""

    RESOLVE = auto()
    CONNECT = auto()
    SECURE = auto()
    EXCHANGE = auto()


class Watch:
    """The guard of one call's socket.

    Attributes:
        phase: how far the call has come.
        fired: whether it was ended.
    """

    __slots__ = ("_lock", "_socket", "_waiting", "cancelled", "deadline", "done", "fired", "phase")

    def __init__(self, deadline: float | None, cancelled: threading.Event | None) -> None:
        self.deadline, self.cancelled = deadline, cancelled
        self._socket: socket.socket | None = None
        self._waiting: queue.SimpleQueue[Any] | None = None
        self._lock = threading.Lock()
        self.fired = self.done = False
        self.phase = Phase.RESOLVE

    @property
    def needed(self) -> bool:
        """Tell whether anything could end the call early."""
        return self.deadline is not None or self.cancelled is not None

    def guard(self, sock: socket.socket) -> None:
        """Take over the socket.

        Raises:
            TimeoutError: the call's time is over already.
        """
        with self._lock:
            self._socket = sock
            if self.fired:
                _shut(sock)
                raise TimeoutError("the call was ended")

    def outside(self, function: Callable[[], Any]) -> Any:
        """Run a function that cannot be interrupted on a thread of its own.

        Raises:
            TimeoutError: the call's time was over first; the thread is left behind.
        """
        outcome: queue.SimpleQueue[Any] = queue.SimpleQueue()
        with self._lock:
            if self.fired:
                raise TimeoutError("the call was ended")
            self._waiting = outcome
        threading.Thread(target=_run, args=(function, outcome), daemon=True).start()
        value, error = outcome.get()
        if error is not None:
            raise error
        return value

    def finish(self) -> None:
        """Stop guarding: the socket is no longer this call's."""
        with self._lock:
            self._socket, self._waiting, self.done = None, None, True

    def forget(self) -> None:
        """Stop guarding in a child process, where a thread of its parent may hold the lock."""
        self._lock = threading.Lock()
        self.finish()

    def fire(self) -> None:
        """Shut the socket now."""
        with self._lock:
            if self.done:
                return
            self.fired = True
            if self._socket is not None:
                _shut(self._socket)
            if self._waiting is not None:
                self._waiting.put((None, TimeoutError("the call was ended")))

    def due(self, now: float) -> float:
        """Return when to look at this watch next."""
        if self.fired or self.cancelled is not None:
            return now + LOOK_EVERY
        return self.deadline if self.deadline is not None else now + LOOK_EVERY

    def is_over(self, now: float) -> bool:
        """Tell whether the deadline has passed or the call is cancelled."""
        late = self.deadline is not None and now >= self.deadline
        return late or (self.cancelled is not None and self.cancelled.is_set())


def _run(function: Callable[[], Any], outcome: queue.SimpleQueue[Any]) -> None:
    try:
        outcome.put((function(), None))
    except Exception as error:  # noqa: BLE001 - it is raised on the thread that waits
        outcome.put((None, error))


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Watchdog:
    """Fires watches when their time comes, again and again until their calls have ended.

    One shot would not do: a call may be between two sockets when it is fired.
    """

    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self.forget()

    def forget(self) -> None:
        """Begin anew in a child process, with nothing of its parent's."""
        for watch in self._watches:
            watch.forget()
        self._watches = set()
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._wakes = float("inf")
        self._thread: threading.Thread | None = None

    def add(self, watch: Watch) -> None:
        """Watch a call that has a deadline or may be cancelled; others need no watching."""
        if not watch.needed:
            return
        with self._lock:
            self._watches.add(watch)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._work, name="httptask-watchdog", daemon=True
                )
                self._thread.start()
            elif watch.due(time.perf_counter()) < self._wakes:
                self._changed.notify()

    def remove(self, watch: Watch) -> None:
        """End a watch."""
        watch.finish()
        if watch.needed:
            with self._lock:
                self._watches.discard(watch)

    def _work(self) -> None:
        with self._lock:
            while True:
                now = time.perf_counter()
                for watch in self._watches:
                    if watch.is_over(now):
                        watch.fire()
                self._wakes = min((watch.due(now) for watch in self._watches), default=float("inf"))
                self._changed.wait(min(max(self._wakes - now, 0.0), threading.TIMEOUT_MAX))


watchdog = Watchdog()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=watchdog.forget)

"""Shut a socket at its deadline, or when the call is cancelled, whatever it is doing.

One daemon thread serves every call of the process. It sleeps until the earliest deadline; while
a call that may be cancelled is under way, it looks every 50 ms. A child process begins with no
such thread: it must not shut its parent's sockets.
"""

from __future__ import annotations

import contextlib
import os
import queue
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Literal

LOOK_EVERY = 0.05


class Watch:
    """The guard of one call's socket.

    Attributes:
        fired: whether it ended the call.
        phase: how far the call has come.
    """

    __slots__ = ("_lock", "_socket", "_waiting", "cancelled", "deadline", "done", "fired", "phase")

    def __init__(self, deadline: float | None, cancelled: threading.Event | None) -> None:
        self.deadline, self.cancelled = deadline, cancelled
        self.fired = self.done = False
        self.phase: Literal["resolve", "connect", "secure", "exchange"] = "resolve"
        self._socket: socket.socket | None = None
        self._waiting: queue.SimpleQueue[Any] | None = None
        self._lock = threading.Lock()

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
        """Stop guarding in a child process, where a thread of the parent may hold the lock."""
        self._lock = threading.Lock()
        self.finish()

    def look(self, now: float) -> float:
        """Shut the socket if the call's time is over; return when to look again."""
        late = self.deadline is not None and now >= self.deadline
        if late or (self.cancelled is not None and self.cancelled.is_set()):
            with self._lock:
                self.fired = self.fired or not self.done
                if self._socket is not None:
                    _shut(self._socket)
                if self._waiting is not None:
                    self._waiting.put((None, TimeoutError("the call was ended")))
        return self.due(now)

    def due(self, now: float) -> float:
        """Return when to look at this watch next."""
        often = self.fired or self.cancelled is not None or self.deadline is None
        return now + LOOK_EVERY if often else self.deadline or now


def _run(function: Callable[[], Any], outcome: queue.SimpleQueue[Any]) -> None:
    try:
        outcome.put((function(), None))
    except Exception as error:  # noqa: BLE001 - it is raised on the thread that waits
        outcome.put((None, error))


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class Watchdog:
    """Looks at watches when their time comes, again and again until their calls have ended.

    Once would not do: a call may be between two sockets when it is ended.
    """

    def __init__(self) -> None:
        self._watches: set[Watch] = set()
        self.forget()

    def forget(self) -> None:
        """Begin anew in a child process, with nothing of its parent's."""
        for watch in self._watches:
            watch.forget()
        self._watches, self._wakes = set(), float("inf")
        self._changed = threading.Condition(threading.Lock())
        self._thread: threading.Thread | None = None

    def add(self, watch: Watch) -> None:
        """Watch a call that has a deadline or may be cancelled; others need no watching."""
        if not watch.needed:
            return
        with self._changed:
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
            with self._changed:
                self._watches.discard(watch)

    def _work(self) -> None:
        with self._changed:
            while True:
                now = time.perf_counter()
                self._wakes = min((each.look(now) for each in self._watches), default=float("inf"))
                self._changed.wait(min(max(self._wakes - now, 0.0), threading.TIMEOUT_MAX))


watchdog = Watchdog()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=watchdog.forget)

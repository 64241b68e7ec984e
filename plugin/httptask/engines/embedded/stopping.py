"""How a process stops while its workflows wait or call."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Stopped(BaseException):
    """This process stops; the run stays unfinished and can be resumed."""


class Abandonable:
    """Makes calls in other threads, so that a stop need not wait for them.

    The main thread makes its calls itself: an interrupt from the keyboard reaches it there.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._idle: list[_Caller] = []

    def __call__(self, work: Callable[[], T], seconds: float | None = None) -> T | None:
        """Return what the work returns; None when it takes longer than it may.

        Work that is given up goes on in the background, unheard.

        Raises:
            Stopped: the process stops; the work goes on in the background, unheard.
        """
        if seconds is None and threading.current_thread() is threading.main_thread():
            return work()
        try:
            caller = self._idle.pop()
        except IndexError:
            caller = _Caller()
        caller.begin(work)
        until = None if seconds is None else time.monotonic() + seconds
        while not self._stopping.is_set():
            left = 0.2 if until is None else min(0.2, until - time.monotonic())
            if left <= 0:
                caller.begin(None)
                return None
            try:
                found: T = caller.results.get(timeout=left)
            except queue.Empty:
                continue
            self._idle.append(caller)
            return found
        caller.begin(None)
        raise Stopped

    def close(self) -> None:
        """End the threads that have nothing to do."""
        while self._idle:
            self._idle.pop().begin(None)


class _Caller:
    """A thread that does one piece of work after the other."""

    def __init__(self) -> None:
        self.results: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._given: queue.SimpleQueue[Callable[[], Any] | None] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="httptask-call", daemon=True).start()

    def begin(self, work: Callable[[], Any] | None) -> None:
        """Do this next; None ends the thread."""
        self._given.put(work)

    def _run(self) -> None:
        while (work := self._given.get()) is not None:
            self.results.put(work())
            work = None  # what it holds on to is not kept until there is more to do

"""How a process stops while its workflows wait or call."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from httptask.core.result import TaskResult


class Stopped(BaseException):
    """This process stops; the run stays unfinished and can be resumed."""


class Abandonable:
    """Makes calls in threads of their own, so that a stop need not wait for them.

    The main thread makes its calls itself: an interrupt from the keyboard reaches it there.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping

    def __call__(self, work: Callable[[], TaskResult]) -> TaskResult:
        """Return what the work returns.

        Raises:
            Stopped: the process stops; the work goes on in the background, unheard.
        """
        if threading.current_thread() is threading.main_thread():
            return work()
        done: queue.SimpleQueue[TaskResult] = queue.SimpleQueue()

        def run() -> None:
            done.put(work())

        threading.Thread(target=run, name="httptask-call", daemon=True).start()
        while not self._stopping.is_set():
            try:
                return done.get(timeout=0.2)
            except queue.Empty:
                continue
        raise Stopped

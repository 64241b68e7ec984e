"""Threads in which runs go on, and what their callers hold of them."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextvars import copy_context
from functools import partial
from typing import Any

from httptask.errors import EngineError

Work = Callable[[], dict[str, Any]]


def in_thread(work: Callable[[], None], name: str) -> None:
    """Start a daemon thread that does some work in the caller's context: its span, for example."""
    context = copy_context()
    threading.Thread(target=context.run, args=(work,), name=name, daemon=True).start()


class Handle:
    """A run that goes on in a thread of its own.

    Attributes:
        id: the run's id.
    """

    def __init__(self, run_id: str, future: Future[dict[str, Any]]) -> None:
        self.id = run_id
        self._future = future

    def result(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait for the run; return its execution document.

        Raises:
            TimeoutError: it is not at its end in so many seconds; it goes on.
            EngineError: the run is left unfinished.
        """
        return self._future.result(timeout)

    def done(self) -> bool:
        """Tell whether ``result`` would return, or raise, at once."""
        return self._future.done()


class Threads:
    """The threads of an engine in which runs go on."""

    def __init__(self) -> None:
        self._futures: set[Future[dict[str, Any]]] = set()

    def here(self, run_id: str, work: Work) -> dict[str, Any]:
        """Do the work: in this thread when it is the main one, which Ctrl-C reaches.

        Another thread only waits for it, so that it need not wait for a call when the engine is
        closed.
        """
        if threading.current_thread() is threading.main_thread():
            return work()
        return self.start(run_id, work).result()

    def start(self, run_id: str, work: Work, stored: threading.Event | None = None) -> Handle:
        """Do the work in a thread of its own; return when the run is stored, if that is told."""
        future: Future[dict[str, Any]] = Future()
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)
        if stored is not None:
            future.add_done_callback(lambda _: stored.set())

        def body() -> None:
            try:
                found = work()
            except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
                _settle(partial(future.set_exception, error))
            else:
                _settle(partial(future.set_result, found))

        in_thread(body, "httptask-run")
        if stored is not None:
            stored.wait()
        return Handle(run_id, future)

    def give_up(self) -> None:
        """Let nobody wait any more: the engine is closed."""
        error = EngineError("the engine was closed; the run goes on later", code="engine_closed")
        for future in list(self._futures):
            _settle(partial(future.set_exception, error))


def _settle(work: Callable[[], None]) -> None:
    """Give a future its outcome, unless it has one."""
    with contextlib.suppress(InvalidStateError):
        work()

"""Continuing whatever is unfinished: timers, completions, runs of processes that are gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from httptask.engines.embedded.reader import INTERPRETER, Row
from httptask.errors import HttpTaskError

if TYPE_CHECKING:
    from httptask.engines.embedded.engine import Runs

INTERVAL: Final = 0.2
"""Seconds between two looks at what others have written, and at what is due."""

WORKERS: Final = 64
"""Runs that are executed at once; one that only waits is not among them."""

Told = Callable[[Mapping[str, Any]], None]


class Service:
    """Executes the unfinished runs of an engine; a run that waits costs no thread.

    Args:
        engine: the engine.
        told: called with the document of each run that ends, waits or is left.
        workers: how many runs are executed at once.
    """

    def __init__(self, engine: Runs, told: Told, *, workers: int = WORKERS) -> None:
        self._engine = engine
        self._told = told
        self._workers = workers
        self._executing: set[str] = set()
        self._changed = threading.Condition()

    def run(self, stop: threading.Event) -> None:
        """Serve until it is stopped, then wait for what is being executed."""
        while not stop.is_set():
            for row in self._ready():
                self._take_up(row.id)
            with self._changed:
                self._changed.wait(INTERVAL)
        with self._changed:
            self._changed.wait_for(lambda: not self._executing)

    def _ready(self) -> list[Row]:
        """Return runs that there is something to do for, the oldest first."""
        free = self._workers - len(self._executing)
        if free <= 0:
            return []
        rows = [row for row in self._engine.unfinished() if self._is_ready(row)]
        return rows[:free]

    def _is_ready(self, row: Row) -> bool:
        due = row.due is None or row.time().now() >= row.due
        return due and row.id not in self._executing and row.interpreter == INTERPRETER

    def _take_up(self, run_id: str) -> None:
        with self._changed:
            self._executing.add(run_id)
        threading.Thread(target=self._execute, args=(run_id,), daemon=True).start()

    def _execute(self, run_id: str) -> None:
        try:
            self._told(self._engine.take_up(run_id))
        except HttpTaskError as error:
            if error.code not in ("run_active", "run_ended", "run_paused"):
                self._told({"workflowId": run_id, "status": "RUNNING", "error": error.to_json()})
        finally:
            with self._changed:
                self._executing.discard(run_id)
                self._changed.notify()

"""The runs that one engine executes in this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, Self

from httptask.core.closing import Closing
from httptask.engines.embedded.attempt import Attempt
from httptask.engines.embedded.journal import Journal, Row, Steps
from httptask.engines.embedded.leaving import Stopped
from httptask.engines.embedded.run import Run, Watcher
from httptask.engines.embedded.running import Running
from httptask.errors import EngineError

INTERVAL: Final = 0.1
"""Seconds between two looks at what other processes have written, while a run waits."""


class Host(Closing):
    """Executes runs; each in the thread that asks for it.

    Attributes:
        journal: what they are recorded in.
    """

    def __init__(self, journal: Journal, attempt: Attempt) -> None:
        self.journal = journal
        self._attempt = attempt
        self._active: dict[str, Running] = {}
        self._reserved: set[str] = set()
        self._guard = threading.Lock()
        self._lookout = Lookout(self)

    def execute(
        self,
        run: Run,
        row: Row,
        steps: Steps,
        *,
        watch: Watcher | None = None,
        detached: bool = False,
    ) -> dict[str, Any] | None:
        """Execute a run that belongs to this engine; return its document, None when it is left."""
        running = Running(
            self.journal, self._attempt, self._lookout, run, row, steps,
            watch=watch, detached=detached,
        )  # fmt: skip
        self._active[run.id] = running
        try:
            return running.go()
        finally:
            del self._active[run.id]

    @contextmanager
    def reserved(self, run_id: str) -> Iterator[None]:
        """Keep a run from being executed twice at once here.

        Raises:
            EngineError: this engine executes it already.
        """
        with self._guard:
            if run_id in self._reserved:
                raise EngineError(f"this engine is executing run {run_id}", code="run_active")
            self._reserved.add(run_id)
        try:
            yield
        finally:
            self._reserved.discard(run_id)

    def notify(self) -> None:
        """Let all runs look at what has been written."""
        for running in list(self._active.values()):
            running.notify()

    def close(self) -> None:
        """Leave all runs, and the journal."""
        for running in list(self._active.values()):
            running.stop()
        self._lookout.close()
        self.journal.close()


class Lookout:
    """Looks, as long as somebody waits, whether another process has written to the journal."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._wanted = 0
        self._closed = False
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        with self._condition:
            self._wanted += 1
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(
                    target=self._run, name="httptask-lookout", daemon=True
                )
                self._thread.start()
            self._condition.notify()
        return self

    def __exit__(self, *_: object) -> None:
        with self._condition:
            self._wanted -= 1

    def close(self) -> None:
        """End the thread."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        version = -1
        with suppress(Stopped):
            while self._pause():
                found = self._host.journal.version()
                if found != version:
                    version = found
                    self._host.notify()

    def _pause(self) -> bool:
        with self._condition:
            if not self._wanted and not self._closed:
                self._condition.wait()
            elif not self._closed:
                self._condition.wait(INTERVAL)
            return not self._closed

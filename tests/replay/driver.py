"""The embedded engine, driven as a client drives a Conductor server."""

from __future__ import annotations

import contextlib
import queue
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from every_name import EveryName

from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded import Engine
from httptask.engines.embedded.functions import FunctionCall
from httptask.engines.step import PipelineStep
from httptask.errors import HttpTaskError
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager
from httptask.settings import Settings

OPEN = ("RUNNING", "PAUSED")


@dataclass
class Pending:
    """A SIMPLE task that waits for its worker.

    Attributes:
        call: what the worker is asked.
        results: where its result goes.
    """

    call: FunctionCall
    results: queue.SimpleQueue[TaskResult] = field(default_factory=queue.SimpleQueue)


class Workers(EveryName):
    """A function for any name: it waits until somebody polls it and gives the result."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._pending: dict[str, list[Pending]] = {}

    def execute(self, call: FunctionCall) -> TaskResult:
        pending = Pending(call)
        with self._lock:
            self._pending.setdefault(call.name, []).append(pending)
            self._lock.notify_all()
        return pending.results.get()

    def poll(self, name: str, seconds: float) -> Pending | None:
        """Return the task that waits longest; None when there is none in time."""
        with self._lock:
            self._lock.wait_for(lambda: self._pending.get(name), seconds)
            waiting = self._pending.get(name)
            return waiting.pop(0) if waiting else None

    def of(self, run_id: str, reference: str, seconds: float) -> Pending | None:
        """Return a task of a run that nobody has polled; None when there is none in time."""

        def found() -> tuple[list[Pending], Pending] | None:
            for waiting in self._pending.values():
                for pending in waiting:
                    execution = pending.call.execution
                    if (execution.workflow_id, execution.task_ref) == (run_id, reference):
                        return waiting, pending
            return None

        with self._lock:
            place = self._lock.wait_for(found, seconds)
            if place is None:
                return None
            waiting, pending = place
            waiting.remove(pending)
            return pending


def result_of(response: Mapping[str, Any]) -> TaskResult:
    """Return a worker's response as a function's result."""
    return TaskResult(
        TaskStatus(response.get("status", "COMPLETED")),
        response.get("outputData") or {},
        response.get("reasonForIncompletion") or "",
        retry_after=response.get("callbackAfterSeconds"),
    )


@dataclass
class Started:
    """A run that was started.

    Attributes:
        id: its id.
        error: why it was refused, or None.
    """

    id: str
    error: HttpTaskError | None = None


class Driver:
    """An engine on a store of its own."""

    def __init__(self, engine: Engine, workers: Workers) -> None:
        self.engine = engine
        self.workers = workers

    @classmethod
    @contextlib.contextmanager
    def open(cls, server: str) -> Iterator[Driver]:
        """Open an engine in a folder that goes with it; its HTTP tasks may call a server."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            host = urlsplit(server).netloc
            settings = Settings.from_environment(data=Path(folder), allow_hosts=[host])
            step = PipelineStep(Pipeline(build_manager(installed=False)), settings)
            workers = Workers()
            with Engine.open(
                settings.data / "runs", step, files=settings.files, env={}, functions=workers
            ) as engine:
                yield cls(engine, workers)

    def start(
        self,
        workflow: WorkflowDef,
        given: Any,
        task_defs: Mapping[str, TaskDef],
        workflows: list[WorkflowDef],
        options: Mapping[str, Any],
    ) -> Started:
        """Start a run; return when it has begun or is refused."""
        started = Started(str(uuid.uuid4()))
        begun = threading.Event()

        def run() -> None:
            try:
                self.engine.run(
                    workflow,
                    given,
                    workflow_id=started.id,
                    task_defs=task_defs,
                    workflows=workflows,
                    watch=lambda _event: begun.set(),
                    **options,
                )
            except HttpTaskError as error:
                started.error = error
            finally:
                begun.set()

        threading.Thread(target=run, daemon=True).start()
        begun.wait(60)
        return started

    def document(self, run_id: str) -> dict[str, Any]:
        """Return a run's execution document."""
        return self.engine.get(run_id)

    def wait(
        self, run_id: str, done: Callable[[dict[str, Any]], bool], seconds: float
    ) -> dict[str, Any]:
        """Return the document once something holds, or when the time is over."""
        until = time.monotonic() + seconds
        while True:
            with contextlib.suppress(HttpTaskError):
                document = self.document(run_id)
                if done(document) or time.monotonic() > until:
                    return document
            if time.monotonic() > until + 5:
                return {"status": "MISSING", "tasks": [], "output": {}}
            time.sleep(0.05)

    def complete(self, run_id: str, reference: str, given: Mapping[str, Any]) -> None:
        """Complete a task from outside, or hand a worker its result."""
        self.engine.complete(
            run_id,
            reference,
            status=given.get("status", "COMPLETED"),
            output=given.get("output") or {},
            reason=given.get("reasonForIncompletion") or "",
        )

    def terminate(self, run_id: str, reason: str) -> None:
        """Terminate a run."""
        self.engine.terminate(run_id, reason)

    def retry(self, run_id: str) -> None:
        """Go on with a run that failed."""
        self._go_on(run_id, lambda: self.engine.retry(run_id))

    def rerun(self, run_id: str, reference: str, given: Mapping[str, Any] | None) -> None:
        """Execute a task, and all after it, again; with another input if one is given."""
        self._go_on(run_id, lambda: self.engine.rerun(run_id, reference, input=given))

    def unpause(self, run_id: str) -> None:
        """Let a paused run go on."""
        self.engine.unpause(run_id)
        self._go_on(run_id, lambda: self.engine.resume(run_id))

    def _go_on(self, run_id: str, work: Callable[[], object]) -> None:
        def body() -> None:
            """Go on, as soon as whoever executed the run before has left it."""
            todo = work
            for _ in range(400):
                try:
                    todo()
                except HttpTaskError as error:
                    if error.code == "run_active" or todo is not work:
                        time.sleep(0.05)
                        if self.document(run_id)["status"] in OPEN:  # it is reopened already
                            todo = lambda: self.engine.resume(run_id)  # noqa: E731
                        continue
                return

        thread = threading.Thread(target=body, daemon=True)
        thread.start()
        thread.join(0.5)

"""dbos in this process: one at a time, launched when the first workflow runs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from dbos import DBOS, SetWorkflowID
from dbos import error as dbos_error

from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.hot_path import HotPath
from httptask.engines.embedded.payload import run_of
from httptask.engines.embedded.replay import payload_of
from httptask.engines.embedded.run import (
    EventKind,
    HttpStep,
    MayRepeat,
    Run,
    RunEvent,
    Watcher,
)
from httptask.engines.embedded.slots import Slot
from httptask.engines.embedded.stopping import Abandonable, Stopped
from httptask.engines.embedded.store import (
    APPLICATION,
    BRANCH,
    INTERPRETER,
    ROOT,
    Store,
    quiet_dbos,
)
from httptask.errors import EngineError

UNFINISHED: Final = frozenset({"PENDING", "ENQUEUED", "DELAYED"})

Body = Callable[[Mapping[str, Any]], dict[str, Any]]
"""What a dbos workflow does: from its payload to what it records."""

_lock = threading.Lock()
_current: Host | None = None


class Host:
    """The process's dbos, and what its workflows need.

    Attributes:
        store: the store it works on.
        step: executes one HTTP task.
        may_repeat: tells whether an interrupted call may be made again unasked.
        functions: what executes SIMPLE tasks, by name.
        stopping: set when this process stops; calls in progress may watch it.
        resend: runs whose interrupted calls are to be made again.
        attempt: makes a call that a stop may abandon.
    """

    def __init__(
        self,
        store: Store,
        step: HttpStep,
        may_repeat: MayRepeat,
        functions: Mapping[str, Function],
    ) -> None:
        self.functions = functions
        self.store = store
        self.step = step
        self.may_repeat = may_repeat
        self.stopping = threading.Event()
        self.resend: set[str] = set()
        self.attempt = Abandonable(self.stopping)
        self.runs: dict[str, Run] = {}
        self.watchers: dict[str, Watcher] = {}
        self._emitting = threading.RLock()
        self._changed = threading.Condition()
        self._done: set[str] = set()
        self._waiting: dict[str, str] = {}
        self._queue = ""
        self._slot: Slot | None = None
        self.root: Body
        self.branch: Body

    # life

    def launch(self, root: Body, branch: Body) -> None:
        """Launch dbos, with the bodies of its two workflows.

        Raises:
            EngineError: the process has another engine open, or uses dbos itself.
        """
        global _current  # noqa: PLW0603 - dbos is one per process, and so are we
        with _lock:
            if _current is not None:
                raise EngineError(
                    "another embedded engine is open in this process", code="engine_busy"
                )
            quiet_dbos()
            self._slot = slot = self.store.slots.take()
            dbos = DBOS(config=self._config(slot.name))
            if DBOS.executor_id != slot.name:
                raise EngineError(
                    "this process uses dbos itself; the embedded engine needs its own",
                    code="dbos_in_use",
                    hint="run the workflow in a process of its own",
                )
            try:
                self.root = DBOS.workflow(name=ROOT, max_recovery_attempts=None)(root)
                self.branch = DBOS.workflow(name=BRANCH, max_recovery_attempts=None)(branch)
                DBOS.listen_queues([slot.name])
                with self.store.set_up():
                    DBOS.launch()
                HotPath.take_over(dbos._sys_db, self.store.connect)
            except BaseException:
                DBOS.destroy()
                raise
            _current = self

    def _config(self, executor: str) -> Any:
        return {
            "name": APPLICATION,
            "system_database_url": f"sqlite:///{self.store.path}",
            "system_database_engine": self.store.engine,
            "serializer": self.store.records,
            "application_version": INTERPRETER,
            "executor_id": executor,
            "log_level": "CRITICAL",
            "enable_otlp": False,
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": 0.2,
        }

    def close(self) -> None:
        """Stop what runs and shut dbos down; unfinished runs can be resumed."""
        global _current  # noqa: PLW0603
        self.stopping.set()
        for workflow_id, topic in list(self._waiting.items()):
            self.store.client.send(workflow_id, {"wake": True}, topic)
        with _lock:
            if _current is self:
                if self._queue:
                    self.store.client.delete_queue(self._queue)
                DBOS.destroy()
                _current = None
        self.attempt.close()
        if self._slot is not None:
            self._slot.release()

    # what workflows need

    def check_stop(self) -> None:
        """Raise Stopped when this process stops."""
        if self.stopping.is_set():
            raise Stopped

    def wait_until(self, workflow_id: str, until: int) -> None:
        """Wait for a time, in milliseconds; shorter when the workflow is cancelled."""
        while (left := until - time.time_ns() // 1_000_000) > 0:
            if self.stopping.wait(min(left / 1000, 1.0)):
                raise Stopped
            if left > 1000 and self._status([workflow_id]).get(workflow_id) == "CANCELLED":
                return

    @contextlib.contextmanager
    def waiting(self, workflow_id: str, topic: str) -> Iterator[None]:
        """Note that a workflow waits for a message, so that a stop can wake it."""
        self._waiting[workflow_id] = topic
        try:
            yield
        finally:
            self._waiting.pop(workflow_id, None)

    def wait_for_end(self, run_id: str, seconds: float | None) -> bool:
        """Wait until a run ends; tell whether it has, when the time is over."""
        until = None if seconds is None else time.monotonic() + seconds
        while self._status([run_id]).get(run_id) in UNFINISHED:
            self.check_stop()
            left = 0.3 if until is None else min(0.3, until - time.monotonic())
            if left <= 0:
                return False
            with self._changed:
                if run_id not in self._done:
                    self._changed.wait(left)
            time.sleep(0.002)
        return True

    def first_done(self, workflows: Sequence[str]) -> int:
        """Wait until one of several workflows has its outcome recorded; return its index."""
        while True:
            self.check_stop()
            status = self._status(workflows)
            for index, workflow_id in enumerate(workflows):
                if status.get(workflow_id) not in UNFINISHED:
                    return index
            with self._changed:
                if not self._done.intersection(workflows):
                    self._changed.wait(0.3)
                    continue
            time.sleep(0.002)

    def _status(self, workflows: Sequence[str]) -> dict[str, str]:
        rows = self.store.client.list_workflows(
            workflow_ids=list(workflows), load_input=False, load_output=False
        )
        return {row.workflow_id: row.status for row in rows}

    def cancel(self, workflows: Sequence[str]) -> None:
        """Cancel workflows and their children."""
        self.store.client.cancel_workflows(list(workflows), cancel_children=True)

    def run_of(self, run_id: str) -> Run:
        """Return a run, from memory or from the journal."""
        found = self.runs.get(run_id)
        if found is None:
            row = self.store.row(run_id, values=True)
            if row is None:
                raise EngineError(f"run {run_id} is gone", code="run_gone")
            payload = payload_of(row)
            found = run_of(run_id, payload, functions=self.functions)
            self.runs[run_id] = found
        return found

    def emit(self, run_id: str, kind: EventKind, found: Mapping[str, Any]) -> None:
        """Tell whoever watches a run, one at a time."""
        watcher = self.watchers.get(run_id)
        if watcher is not None:
            with self._emitting:
                watcher(RunEvent(kind, run_id, found))

    def forget(self, run_id: str) -> None:
        """Let go of what is kept in memory of a run that does not run here any more."""
        self.runs.pop(run_id, None)
        with self._changed:
            self._done = {one for one in self._done if not f"{one}/".startswith(f"{run_id}/")}

    # workflows

    def start(self, run: Run, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Run a new workflow in this thread; return its document."""
        self.runs[run.id] = run
        with SetWorkflowID(run.id, workflow_id_reuse_policy="reject"):
            return self.root(payload)

    def adopt(self, workflows: Sequence[str]) -> None:
        """Let this process go on with workflows, in threads of its own."""
        self.store.client.resume_workflows(list(workflows), queue_name=self.queue())

    def queue(self) -> str:
        """Return the queue from which only this process takes workflows."""
        if not self._queue:
            self._queue = DBOS.executor_id
            self.store.client.register_queue(
                self._queue, polling_interval_sec=0.05, application_name=APPLICATION
            )
        return self._queue

    def signal(self, workflow_id: str) -> None:
        """Tell whoever waits for a workflow here that it has ended."""
        with self._changed:
            self._done.add(workflow_id)
            self._changed.notify_all()


def current() -> Host:
    """Return the host that is launched in this process."""
    if _current is None:
        raise dbos_error.DBOSException("the embedded engine is closed")
    return _current

"""One run while this process executes it: its main flow in one thread, each branch in its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, ClassVar, Final, NoReturn, Protocol

from httptask.core.vault import masked
from httptask.engines.embedded.attempt import Attempt
from httptask.engines.embedded.document import finished
from httptask.engines.embedded.effects import BranchResult, Effects, Unrecorded
from httptask.engines.embedded.faults import reason
from httptask.engines.embedded.interpreter import (
    branch_flow,
    interpret_branch,
    start_flow,
)
from httptask.engines.embedded.journal import NEVER, Journal
from httptask.engines.embedded.leaving import Cancelled, Leaving, Lost, Stopped, Waiting
from httptask.engines.embedded.reader import Row, Steps
from httptask.engines.embedded.replay import Recorded
from httptask.engines.embedded.run import EventKind, Run, RunEvent, Wait, Watcher
from httptask.engines.embedded.skips import Skips
from httptask.errors import EngineError

LOOK: Final = 60.0
"""Seconds after which a wait looks at the clock again: machines sleep."""

AGAIN_AFTER: Final = 10_000
"""Milliseconds after which a service tries a run again that the machine failed."""

CANCEL: Final = "/cancel"


class ObserverError(EngineError):
    """What watches a run has failed."""

    default_code: ClassVar[str] = "observer_failed"


class Executor(Protocol):
    """What executes runs, as a run sees it.

    Attributes:
        journal: what they are recorded in.
        attempt: how calls are made.
    """

    journal: Journal
    attempt: Attempt

    @property
    def lookout(self) -> AbstractContextManager[Any]:
        """Return what is held while a run waits for what other processes write."""

    def effects(self, running: Running, flow: str) -> Effects:
        """Return the world, for one flow of a run."""

    def tend(self, run_id: str, parent: Running) -> None:
        """See to it that somebody executes a run that another one waits for."""

    def notify(self) -> None:
        """Let all runs look at what has been written."""


@dataclass(slots=True)
class Branch:
    """A branch of a run.

    Attributes:
        result: what it handed back, once it has ended.
        waiting: why its thread has ended before.
        thread: executes it; None when it had ended, or was cancelled, in an earlier process.
    """

    result: BranchResult | None = None
    waiting: Waiting | None = None
    thread: threading.Thread | None = None


class Running:
    """A run that this process executes.

    Attributes:
        run: the run.
        row: its row, as it was when this process became its owner.
        clock: its time.
        host: what executes it.
        attempt: how calls are made.
        detached: leave the run rather than wait.
    """

    def __init__(
        self,
        host: Executor,
        run: Run,
        row: Row,
        steps: Steps,
        *,
        watch: Watcher | None = None,
        detached: bool = False,
    ) -> None:
        self.run, self.row, self.clock = run, row, row.time()
        self.host, self.attempt = host, host.attempt
        self.detached = detached
        self._journal = host.journal
        self._watch = watch
        self._recorded = Recorded(run, steps)
        self._resumed = bool(steps)
        self._branches: dict[str, Branch] = {}
        self._cancelled = {
            branch for (_, key), value in steps.items() if key.endswith(CANCEL) for branch in value
        }
        self._writing = threading.Lock()
        self._emitting = threading.RLock()
        self._changed = threading.Condition()
        self._changes = 0
        self._skips = Skips(host.journal, run, row.number)
        self._left: BaseException | None = None

    # the run as a whole

    def go(self) -> dict[str, Any] | None:
        """Interpret the run to its end and return its document; None when it is left.

        Raises:
            EngineError: the machine, or an observer, has failed; the run is left unfinished.
            Stopped: the engine was closed.
        """
        try:
            self.emit("workflow_started", {"workflowId": self.run.id, "status": "RUNNING"})
            found = finished(start_flow(self.run, self.host.effects(self, self.run.id), self.emit))
            self._journal.finish(self.row, found)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the run stays unfinished
            self._end_early(error)
            return None
        self.stop(Stopped())
        self.emit("workflow_finished", {name: found[name] for name in found if name != "tasks"})
        return found

    def _end_early(self, error: BaseException) -> None:
        """Leave the run; return when that is not a failure."""
        self.stop(error)
        why = self._left if isinstance(error, Leaving) else error
        match why:
            case Waiting():
                self._leave(NEVER if why.due is None else why.due, topics=why.topics)
            case Lost():
                if self._is_paused():
                    self._await_calls()
                self._leave()
            case Exception():
                self._await_calls()
                self._fail(why)
            case _:
                self._leave()
                raise error

    def _is_paused(self) -> bool:
        row = self._journal.row(self.run.id)
        return row is not None and (row.status, row.epoch) == ("PAUSED", self.row.epoch)

    def stop(self, why: BaseException) -> None:
        """Leave the run in all threads."""
        with self._changed:
            self._left = self._left or why
        self.notify()

    @property
    def is_left(self) -> bool:
        """Tell whether the run is left in all threads."""
        return self._left is not None

    def _await_calls(self) -> None:
        """Let the calls of branches that are under way end and be recorded."""
        for branch in list(self._branches.values()):
            if branch.thread is not None:
                branch.thread.join()

    def _fail(self, error: Exception) -> NoReturn:
        why = reason(error)
        self._leave(self.clock.now() + AGAIN_AFTER, why)
        if isinstance(error, ObserverError):
            raise error
        raise EngineError(
            f"run {self.run.id} is left unfinished: {why}",
            code="run_interrupted",
            hint=f"httptask resume {self.run.id} goes on with it",
        ) from error

    def _leave(self, due: int | None = None, trouble: str = "", topics: Iterable[str] = ()) -> None:
        with contextlib.suppress(Exception, Leaving):  # it is left all the same
            self._journal.leave(self.row, due, trouble, topics)

    # what flows need

    def check(self, flow: str) -> None:
        """Raise why a flow does not go on, if it does not."""
        self._check_here(flow)
        if not self._journal.holds(self.row):
            raise Lost

    def _check_here(self, flow: str) -> None:
        if self.is_left:
            raise Stopped
        if self._is_cancelled(flow):
            raise Cancelled

    def _is_cancelled(self, flow: str) -> bool:
        return any(flow == each or flow.startswith(f"{each}/") for each in self._cancelled)

    def recorded(self, flow: str, key: str, default: Any = None) -> Any:
        """Return what a step has recorded; the steps of the main flow are asked for once."""
        steps = self._recorded.steps
        if not steps:
            return default
        if flow == self.run.id:
            return steps.pop((flow, key), default)
        return steps.get((flow, key), default)

    def begin(self, flow: str, key: str) -> None:
        """Note that a call begins which may not be made twice."""
        self._journal.begin(self.row, flow, key, self.clock.now())

    def record(self, flow: str, key: str, value: Any) -> None:
        """Record a step."""
        if flow == self.run.id and not self._branches:
            self._journal.record(self.row, flow, key, value, self.clock.now())
            return
        with self._writing:
            if self._is_cancelled(flow):
                raise Cancelled
            self._journal.record(self.row, flow, key, value, self.clock.now())
            if key.endswith(CANCEL):
                self._cancelled.update(value)
                self.notify()
        if flow != self.run.id:
            self._recorded.steps[flow, key] = value

    def receive(self, flow: str, key: str, topic: str) -> Any:
        """Return the message of a topic, recorded as a step; None when there is none."""
        with self._writing:
            if self._is_cancelled(flow):
                raise Cancelled
            found = self._journal.receive(self.row, flow, key, topic, self.clock.now())
        if found is not None and flow != self.run.id:
            self._recorded.steps[flow, key] = found
        return found

    def asked_to_skip(self, reference: str) -> str:
        """Return the topic of a request to skip a task, or ""."""
        return self._skips.topic(reference, self._changes)

    def emit(self, kind: EventKind, found: Mapping[str, Any]) -> None:
        """Tell whoever watches the run, one at a time.

        Raises:
            EngineError: the observer failed.
        """
        if self._watch is None:
            return
        with self._emitting:
            try:
                self._watch(RunEvent(kind, self.run.id, masked(found)))
            except Exception as error:
                raise ObserverError(
                    f"the watcher of run {self.run.id} raised {type(error).__name__}",
                    hint=f"fix it; httptask resume {self.run.id} goes on with the run",
                ) from error

    def start_run(self, flow: str, key: str, run_id: str, payload: Mapping[str, Any]) -> None:
        """Begin another run, as a step."""
        now = self.clock.now()
        self._journal.start_run(self.row, flow, key, run_id, payload, now)
        if flow != self.run.id:
            self._recorded.steps[flow, key] = run_id
        self.host.tend(run_id, self)

    def terminate(self, runs: Iterable[str], reason: str) -> None:
        """End other runs."""
        for run_id in runs:
            row = self._journal.row(run_id)
            if row is not None:
                self._journal.terminate(row, reason, row.time().now())
        self.host.notify()

    # waits

    def notify(self) -> None:
        """Let every flow that waits look again."""
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def wait(self, flow: str, wait: Wait, look: Callable[[], bool]) -> None:
        """Wait until something has come, or for a time.

        Args:
            flow: the flow that waits.
            wait: what it waits for.
            look: tells whether it has come.

        Raises:
            Waiting: this process does not wait.
        """
        told = False
        while True:
            seen = self._changes
            self.check(flow)
            left = None if wait.until is None else (wait.until - self.clock.now()) / 1000
            if look() or (left is not None and left <= 0):
                return
            if self.detached and (left is None or left > 1):
                raise Waiting(wait.until, {wait.topic})
            if not told:
                told = True
                self.emit("waiting", wait.to_json(self.run.id))
            with self.host.lookout:
                self._sleep(seen, left)

    def _sleep(self, seen: int, left: float | None) -> None:
        with self._changed:
            if self._changes == seen:
                self._changed.wait(LOOK if left is None else min(left, LOOK))

    # branches

    def spawn(self, branch: str, payload: Mapping[str, Any]) -> None:
        """Start a branch; one that had ended before is replayed here."""
        self._recorded.know(branch, payload)
        state = self._branches[branch] = Branch()
        if self._resumed and self._has_ended(branch, state):
            return
        if not self._is_cancelled(branch):
            state.thread = threading.Thread(
                target=copy_context().run, args=(self._run_branch, branch, payload, state),
                daemon=True, name="httptask-branch",
            )  # fmt: skip
            state.thread.start()

    def _has_ended(self, branch: str, state: Branch) -> bool:
        seen: list[tuple[EventKind, Mapping[str, Any]]] = []
        try:
            state.result = self._recorded.ended(branch, lambda *event: seen.append(event))
        except Unrecorded:
            return False
        for kind, found in seen:
            self.emit(kind, found)
        return True

    def _run_branch(self, branch: str, payload: Mapping[str, Any], state: Branch) -> None:
        try:
            effects = self.host.effects(self, branch)
            flow = branch_flow(self.run, payload, branch, effects, self.emit)
            state.result = interpret_branch(flow, payload)
        except Waiting as waiting:
            state.waiting = waiting
        except Cancelled:
            pass
        except BaseException as error:  # noqa: BLE001 - it stops the whole run
            self.stop(error)
        self.notify()

    def first_done(self, flow: str, key: str, branches: Sequence[str]) -> int:
        """Wait until one of several branches has ended; return its index."""
        states = [self._branches[branch] for branch in branches]
        while True:
            seen = self._changes
            self._check_here(flow)
            for index, state in enumerate(states):
                if state.result is not None:
                    return index
            waits = [state.waiting for state in states if state.waiting is not None]
            if self.detached and len(waits) == len(states):
                raise Waiting.for_any(waits)
            self._sleep(seen, None)

    def result(self, branch: str) -> BranchResult:
        """Return what a branch that has ended handed back."""
        found = self._branches[branch].result
        assert found is not None  # noqa: S101 - first_done has named it
        return found

    def peek(self, branch: str) -> BranchResult:
        """Return what a branch has done so far."""
        state = self._branches.get(branch)
        if state is None:
            return BranchResult()
        return state.result or self._recorded.so_far(branch)

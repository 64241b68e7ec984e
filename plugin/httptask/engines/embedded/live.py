"""Effects of a run that is executed: every one is recorded, and done once."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from httptask.core.execution import Kept
from httptask.engines.embedded.attempt import within
from httptask.engines.embedded.effects import BranchResult, Call
from httptask.engines.embedded.reader import BEGUN
from httptask.engines.embedded.replay import reference
from httptask.engines.embedded.run import Wait
from httptask.engines.embedded.running import Running
from httptask.hooks.progress import may_go_on

KEPT: Final = "/kept"
"""End of the key of a step that says how far a call has come."""

_MISSING: Final = object()


class Noted:
    """What is noted of one call while it is made.

    Attributes:
        begun: whether an earlier process noted that it begins, and recorded no outcome.
        kept: what that process kept of it last, or None.
    """

    def __init__(
        self, running: Running, flow: str, key: str, kept: Kept | None, *, begun: bool
    ) -> None:
        self._running, self._flow, self._key = running, flow, key
        self.kept, self.begun, self._noted = kept, begun, begun

    def now(self) -> int:
        """Return the run's time."""
        return self._running.clock.now()

    def begin(self) -> None:
        """Note that the call begins, once."""
        if not self._noted:
            self._noted = True
            self._running.begin(self._flow, self._key)

    def keep(self, kept: Kept) -> None:
        """Keep how far it has come; what is sent next may not be sent twice, if that is said."""
        if not may_go_on(kept):
            self.begin()
        running, now = self._running, self.now()
        running.host.journal.keep(running.row, self._flow, self._key + KEPT, kept, now)


class Live:
    """The world, for one flow of a run."""

    def __init__(self, running: Running, id: str) -> None:  # noqa: A002
        self._running = running
        self._id = id

    def call(self, call: Call) -> Mapping[str, Any]:
        """Execute a task, once."""
        running, flow = self._running, self._id
        kept = running.recorded(flow, call.key + KEPT)

        def made(begun: bool) -> Mapping[str, Any]:
            return running.attempt.perform(call, Noted(running, flow, call.key, kept, begun=begun))

        return self._step(call.key, made)

    def _step(self, key: str, work: Callable[[bool], Mapping[str, Any]]) -> Mapping[str, Any]:
        """Do something once; it is told whether an earlier process has begun with it."""
        running, flow = self._running, self._id
        found: Any = running.recorded(flow, key, _MISSING)
        if found is _MISSING or found is BEGUN:
            running.check(flow)
            found = work(found is BEGUN)
            running.record(flow, key, found)
        record: Mapping[str, Any] = found
        return record

    def once(
        self,
        key: str,
        work: Callable[[], Mapping[str, Any]],
        seconds: float | None = None,
        *,
        timed: bool = False,
    ) -> Mapping[str, Any]:
        """Do something once, within a time."""
        now = self._running.clock.now

        def done(begun: bool) -> Mapping[str, Any]:
            del begun
            started = now()
            found = within(work, seconds)
            if found is None:
                return {"status": "TIMED_OUT", "startTime": started, "endTime": now()}
            return {**found, "startTime": started, "endTime": now()} if timed else found

        return self._step(key, done)

    def start_run(self, key: str, run_id: str, payload: Mapping[str, Any]) -> None:
        """Start another run, once."""
        if self._running.recorded(self._id, key) is None:
            self._running.check(self._id)
            self._running.start_run(self._id, key, run_id, payload)

    def run_ended(self, key: str, run_id: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Wait for the message about a run's end; make sure that the run is executed."""
        return self._received(key, run_id, seconds, run_id)

    def terminate(self, key: str, runs: Sequence[str], reason: str) -> None:
        """Terminate other runs."""
        if self._running.recorded(self._id, key) is None:
            self._running.terminate(runs, reason)
            self._running.record(self._id, key, list(runs))

    def pause(self, key: str, seconds: float, jitter_ms: int = 0) -> int:
        """Record when the pause ends, then wait for it."""
        jitter = random.randint(0, jitter_ms) if jitter_ms else 0  # noqa: S311 - spreads load
        until = self._due(key, seconds, jitter)
        self._wait(Wait(reference(key), "", until, self._running.clock.now()))
        return until

    def _due(self, key: str, seconds: float, jitter: int = 0) -> int:
        """Return when so many seconds are over that began when this was first asked."""
        until = self._running.recorded(self._id, key, _MISSING)
        if until is _MISSING:
            self._running.check(self._id)
            until = self._running.clock.now() + int(seconds * 1000) + jitter
            self._running.record(self._id, key, until)
        return int(until)

    def receive(self, key: str, topic: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Wait for a message."""
        return self._received(key, topic, seconds)

    def _received(
        self, key: str, topic: str, seconds: float | None, run_id: str = ""
    ) -> Mapping[str, Any] | None:
        running, flow = self._running, self._id
        message: Mapping[str, Any] | None = running.recorded(flow, key, _MISSING)
        if message is _MISSING:
            until = None if seconds is None else self._due(f"{key}/until", seconds)
            found: list[Any] = []

            def look() -> bool:
                if run_id:
                    running.host.tend(run_id, running)
                found[:] = [running.receive(flow, key, topic)]
                return found[0] is not None

            self._wait(Wait(reference(key), topic, until, running.clock.now(), run_id), look)
            message = found[0]
            if message is None:
                running.record(flow, key, None)
        return message

    def skipped(self, key: str) -> bool:
        """Tell whether a task is skipped; who asked for it is told once."""
        running, flow = self._running, self._id
        if running.recorded(flow, key) is not None:
            return True
        topic = running.asked_to_skip(reference(key))
        return bool(topic) and running.receive(flow, key, topic) is not None

    def _wait(self, wait: Wait, look: Any = lambda: False) -> None:
        self._running.wait(self._id, wait, look)

    def spawn(self, branch: str, payload: Mapping[str, Any]) -> None:
        """Start a branch."""
        self._running.spawn(branch, payload)

    def first_done(self, key: str, branches: Sequence[str]) -> int:
        """Wait for a branch; which one was first is recorded, so that a replay agrees."""
        first = self._running.recorded(self._id, key)
        if first is not None:
            return branches.index(first)
        index = self._running.first_done(self._id, key, branches)
        self._running.record(self._id, key, branches[index])
        return index

    def result(self, branch: str) -> BranchResult:
        """Return what a branch handed back."""
        return self._running.result(branch)

    def cancel(self, key: str, branches: Sequence[str]) -> None:
        """Cancel branches; they can record nothing more."""
        if self._running.recorded(self._id, key) is None:
            self._running.record(self._id, key, list(branches))

    def peek(self, branch: str) -> BranchResult:
        """Return what a cancelled branch had done."""
        return self._running.peek(branch)

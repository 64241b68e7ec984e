"""Effects on dbos: every one is a recorded step, or a child workflow."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dbos import DBOS, SetWorkflowID

from httptask.engines.embedded.attempt import perform
from httptask.engines.embedded.effects import BranchResult, Call
from httptask.engines.embedded.host import Host
from httptask.engines.embedded.replay import branch_result, peek, run_document
from httptask.engines.embedded.run import Run

LONG: Final = 30 * 24 * 3600.0
"""Seconds of one wait for a completion that has no limit."""


def _same(message: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return message


def now_ms() -> int:
    """Return the time, milliseconds since the epoch."""
    return time.time_ns() // 1_000_000


class Live:
    """The world as dbos records it, for one run or branch."""

    def __init__(self, host: Host, run: Run, id: str) -> None:  # noqa: A002
        self._host = host
        self._run = run
        self._id = id

    def call(self, call: Call) -> Mapping[str, Any]:
        """Execute an HTTP task as a step."""
        self._host.check_stop()
        return DBOS.run_step({"name": call.key}, perform, self._host, self._run.id, call)

    def once(
        self,
        key: str,
        work: Callable[[], Mapping[str, Any]],
        seconds: float | None = None,
    ) -> Mapping[str, Any]:
        """Do something as a step."""
        self._host.check_stop()
        return DBOS.run_step({"name": key}, self._done, work, seconds)

    def _done(
        self, work: Callable[[], Mapping[str, Any]], seconds: float | None
    ) -> Mapping[str, Any]:
        started = now_ms()
        found = self._host.attempt(work, seconds)
        return found or {"status": "TIMED_OUT", "startTime": started, "endTime": now_ms()}

    def start_run(self, key: str, run_id: str, payload: Mapping[str, Any]) -> None:
        """Start a run as a child workflow; a run that was started is not started again."""
        del key
        with SetWorkflowID(run_id):
            DBOS.start_workflow(self._host.root, payload)

    def run_ended(self, key: str, run_id: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Wait for a run; its end is a step."""
        return DBOS.run_step({"name": key}, self._ended, run_id, seconds)

    def _ended(self, run_id: str, seconds: float | None) -> Mapping[str, Any] | None:
        if not self._host.wait_for_end(run_id, seconds):
            return None
        document = run_document(self._host.store, run_id)
        names = ("status", "output", "reasonForIncompletion", "endTime")
        return {name: document.get(name) for name in names}

    def terminate(self, key: str, runs: Sequence[str], reason: str) -> None:
        """Cancel runs; the reason is not kept here."""
        del reason
        DBOS.run_step({"name": key}, self._host.cancel, list(runs))

    def pause(self, key: str, seconds: float, jitter_ms: int = 0) -> int:
        """Record when the pause ends, then wait for it."""
        jitter = random.randint(0, jitter_ms) if jitter_ms else 0  # noqa: S311 - spreads load
        until = DBOS.run_step({"name": key}, lambda: now_ms() + int(seconds * 1000) + jitter)
        self._host.wait_until(self._id, until)
        return until

    def receive(self, key: str, topic: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Receive a message; a wake-up is no message, it only lets this process stop."""
        until = None
        if seconds is not None:
            until = self.pause_end(f"{key}/until", seconds)
        while True:
            self._host.check_stop()
            left = LONG if until is None else max(0.0, (until - now_ms()) / 1000)
            with self._host.waiting(self._id, topic):
                message = DBOS.recv(topic, timeout_seconds=left)
            if message is None and until is None:
                continue
            if message is None or "wake" not in message:
                return DBOS.run_step({"name": key}, _same, message)

    def pause_end(self, key: str, seconds: float) -> int:
        """Record when a wait of so many seconds ends."""
        return DBOS.run_step({"name": key}, lambda: now_ms() + int(seconds * 1000))

    def spawn(self, branch: str, payload: Mapping[str, Any]) -> None:
        """Start a branch as a child workflow."""
        self._host.check_stop()
        with SetWorkflowID(branch):
            DBOS.start_workflow(self._host.branch, payload)

    def first_done(self, key: str, branches: Sequence[str]) -> int:
        """Wait for a branch; which one was first is a step, so that a replay agrees."""
        return DBOS.run_step({"name": key}, self._host.first_done, list(branches))

    def result(self, branch: str) -> BranchResult:
        """Return what a branch handed back; it never changes again, so it is not a step."""
        return branch_result(self._host.store, branch)

    def cancel(self, key: str, branches: Sequence[str]) -> None:
        """Cancel branches; they can record nothing more."""
        DBOS.run_step({"name": key}, self._host.cancel, list(branches))

    def peek(self, branch: str) -> BranchResult:
        """Return what a cancelled branch had done."""
        return peek(self._host.store, self._run, branch)

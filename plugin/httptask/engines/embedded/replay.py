"""Effects on what is recorded: nothing is executed, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from httptask.engines.embedded.effects import BranchResult, Call, Unrecorded
from httptask.engines.embedded.flow import Emit
from httptask.engines.embedded.interpreter import (
    branch_flow,
    branch_so_far,
    interpret_branch,
    silent,
)
from httptask.engines.embedded.reader import BEGUN, Steps
from httptask.engines.embedded.run import Run, Wait

_MISSING: Final = object()


def reference(key: str) -> str:
    """Return the reference of the task that a step's key belongs to, iterations included."""
    return key.partition("/")[0].partition("#")[0]


class Recorded:
    """A run as it is recorded.

    Attributes:
        run: the run.
        steps: its steps.
        waits: what it was found to wait for.
    """

    def __init__(self, run: Run, steps: Steps, now: int = 0) -> None:
        self.run = run
        self.steps = steps
        self.waits: list[Wait] = []
        self.now = now
        self._payloads: dict[str, Mapping[str, Any]] = {}

    def know(self, branch: str, payload: Mapping[str, Any]) -> None:
        """Note what a branch starts from."""
        self._payloads[branch] = payload

    def ended(self, branch: str, emit: Emit = silent) -> BranchResult:
        """Replay a branch to its end.

        Raises:
            Unrecorded: it is not at its end.
        """
        payload = self._payloads[branch]
        flow = branch_flow(self.run, payload, branch, Replay(self, branch), emit)
        return interpret_branch(flow, payload)

    def so_far(self, branch: str) -> BranchResult:
        """Return what a branch has done so far, or all of it when it has ended."""
        payload = self._payloads[branch]
        flow = branch_flow(self.run, payload, branch, Replay(self, branch), silent)
        return branch_so_far(flow, payload)


class Replay:
    """What one flow of a run has recorded, as effects; ``Unrecorded`` is raised at its end."""

    def __init__(self, recorded: Recorded, id: str) -> None:  # noqa: A002
        self._recorded = recorded
        self._id = id

    def _value(self, key: str) -> Any:
        found = self._recorded.steps.get((self._id, key), _MISSING)
        if found is _MISSING or found is BEGUN:
            raise Unrecorded
        return found

    def call(self, call: Call) -> Mapping[str, Any]:
        """Return the record of a call."""
        found: Mapping[str, Any] = self._value(call.key)
        return found

    def once(
        self,
        key: str,
        work: Callable[[], Mapping[str, Any]],
        seconds: float | None = None,
        *,
        timed: bool = False,
    ) -> Mapping[str, Any]:
        """Return the record of something done."""
        del work, seconds, timed
        found: Mapping[str, Any] = self._value(key)
        return found

    def start_run(self, key: str, run_id: str, payload: Mapping[str, Any]) -> None:
        """Start nothing."""
        del run_id, payload
        self._value(key)

    def run_ended(self, key: str, run_id: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Return how a run ended."""
        del seconds
        return self._received(key, run_id, run_id)

    def terminate(self, key: str, runs: Sequence[str], reason: str) -> None:
        """Terminate nothing."""

    def pause(self, key: str, seconds: float, jitter_ms: int = 0) -> int:
        """Return the recorded end of a pause, if it is over."""
        del seconds, jitter_ms
        until = int(self._value(key))
        if until > self._recorded.now:
            self._recorded.waits.append(Wait(reference(key), "", until, self._recorded.now))
        return until

    def receive(self, key: str, topic: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Return the recorded completion."""
        del seconds
        return self._received(key, topic)

    def _received(self, key: str, topic: str, run_id: str = "") -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] | None = self._value(key)
        except Unrecorded:
            until = self._recorded.steps.get((self._id, f"{key}/until"))
            wait = Wait(reference(key), topic, until, self._recorded.now, run_id)
            self._recorded.waits.append(wait)
            raise
        return found

    def skipped(self, key: str) -> bool:
        """Tell whether it was skipped."""
        return (self._id, key) in self._recorded.steps

    def spawn(self, branch: str, payload: Mapping[str, Any]) -> None:
        """Start nothing."""
        self._recorded.know(branch, payload)

    def first_done(self, key: str, branches: Sequence[str]) -> int:
        """Return which branch ended first."""
        return branches.index(self._value(key))

    def result(self, branch: str) -> BranchResult:
        """Return what a branch handed back."""
        return self._recorded.ended(branch)

    def cancel(self, key: str, branches: Sequence[str]) -> None:
        """Cancel nothing."""

    def peek(self, branch: str) -> BranchResult:
        """Return what a branch has done so far."""
        return self._recorded.so_far(branch)

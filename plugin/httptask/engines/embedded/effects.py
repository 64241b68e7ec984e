"""What the interpreter needs of the world. It does no I/O itself, so a run can be replayed.

Keys name durable steps: they are the same whenever a run is interpreted again, and unique in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from httptask.core.execution import Execution, Kept
from httptask.definition.workflow import WorkflowTask
from httptask.expressions import Context


class Unrecorded(BaseException):
    """A replay came to something that has not happened yet."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an HTTP task.

    Attributes:
        key: name of the durable step.
        task: the task.
        context: what its expressions read.
        execution: which execution of the run it is.
        resume: what the part of the task before it kept, or None of the first.
    """

    key: str
    task: WorkflowTask
    context: Context
    execution: Execution
    resume: Kept | None = None


@dataclass(frozen=True, slots=True)
class BranchResult:
    """What a branch hands back.

    Attributes:
        entries: its tasks, in order.
        variables: the variables that it set.
        clock: when its last task ended, milliseconds since the epoch.
        end: how it ended the whole workflow (see ``Ending``), or None.
    """

    entries: Sequence[dict[str, Any]] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    clock: int = 0
    end: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the result as the journal keeps it."""
        return {
            "entries": list(self.entries),
            "variables": dict(self.variables),
            "clock": self.clock,
            "end": self.end,
        }


class Effects(Protocol):
    """The world, for the interpreter of one run or branch."""

    def call(self, call: Call) -> Mapping[str, Any]:
        """Execute an HTTP task once and for all; return its record.

        The record has ``status``, ``output``, ``reason``, ``error`` (JSON or None),
        ``retryAfter`` (seconds or None), ``startTime`` and ``endTime`` (milliseconds since the
        epoch). A call that takes longer than it may is given up; its status is ``TIMED_OUT``. One
        that goes on later has ``pause``: ``seconds``, and what is ``kept``.
        """

    def once(
        self,
        key: str,
        work: Callable[[], Mapping[str, Any]],
        seconds: float | None = None,
        *,
        timed: bool = False,
    ) -> Mapping[str, Any]:
        """Do something once and for all; return its record (JSON).

        Work that takes longer than it may is given up: the record then has ``status``
        ``TIMED_OUT``, ``startTime`` and ``endTime``. Work that a crash interrupts is done again.

        Args:
            key: names the step.
            work: what is done.
            seconds: how long it may take, or None.
            timed: the record is given ``startTime`` and ``endTime`` by the run's own clock.
        """

    def start_run(self, key: str, run_id: str, payload: Mapping[str, Any]) -> None:
        """Start another run under an id, exactly once; ``payload`` is what it starts with.

        A run whose payload names a parent is terminated with it.
        """

    def run_ended(self, key: str, run_id: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Wait until another run ends; return its document without tasks, None when time is over.

        What is recorded is ``status``, ``output``, ``reasonForIncompletion``, ``endTime``.
        """

    def terminate(self, key: str, runs: Sequence[str], reason: str) -> None:
        """Terminate other runs."""

    def pause(self, key: str, seconds: float, jitter_ms: int = 0) -> int:
        """Wait at least so long since the first time this was asked; return the time after."""

    def receive(self, key: str, topic: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Return the completion that somebody sent on a topic; None when the time is over."""

    def skipped(self, key: str) -> bool:
        """Tell whether somebody has asked that a task is not executed; the key names the step."""

    def spawn(self, branch: str, payload: Mapping[str, Any]) -> None:
        """Start a branch under an id; the payload is copied."""

    def first_done(self, key: str, branches: Sequence[str]) -> int:
        """Wait until one of the branches ends; return its index."""

    def result(self, branch: str) -> BranchResult:
        """Return what a branch that has ended hands back."""

    def cancel(self, key: str, branches: Sequence[str]) -> None:
        """Cancel branches and everything below them."""

    def peek(self, branch: str) -> BranchResult:
        """Return what a branch has done so far; it does not end anything."""

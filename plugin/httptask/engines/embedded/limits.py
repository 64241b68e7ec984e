"""The time limits of a task definition and of a workflow: when they end, and a server's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from httptask.engines.embedded.entries import Entry
from httptask.engines.embedded.program import Step
from httptask.engines.embedded.run import Run

Kind = Literal["timeout", "response", "total", "workflow"]


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit.

    Attributes:
        kind: of an attempt, of a worker's silence, of all attempts, or of the workflow.
        at: when it is over, milliseconds since the epoch.
        seconds: how long it is.
        policy: what the definition says of it.
        since: when it began.
    """

    kind: Kind
    at: int
    seconds: int
    policy: str
    since: int

    def text(self, step: Step, entry: Entry) -> str:
        """Return a server's words."""
        passed = max(self.seconds, (self.at - self.since) // 1000)
        if self.kind == "response":
            return (
                f"responseTimeout: {self.seconds} exceeded for the taskId: {entry['taskId']} "
                f"with Task Definition: {step.definition.name}"
            )
        if self.kind == "total":
            return (
                f"Task {step.definition.name}/{entry['taskId']} exceeded total timeout of "
                f"{self.seconds} seconds (elapsed {passed} seconds across all attempts including "
                f"retry delays). Timeout policy: {self.policy}"
            )
        what = "Workflow" if self.kind == "workflow" else "Task"
        return timeout_text(what, passed, self.seconds, self.policy)


def timeout_text(what: str, passed: int, limit: int, policy: str) -> str:
    """Return a server's words for a limit on an attempt or a workflow."""
    return (
        f"{what} timed out after {passed} seconds. Timeout configured as {limit} seconds. "
        f"Timeout policy configured to {policy}"
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that apply to the attempts of one task."""

    step: Step
    first: int
    created: int
    workflow_seconds: int
    workflow_policy: str

    @classmethod
    def of(cls, run: Run, step: Step, first: int) -> Limits:
        """Return the limits of a task whose first attempt begins now."""
        workflow = run.program.workflow
        ends = workflow.timeout_policy == "TIME_OUT_WF"
        seconds = workflow.timeout_seconds if ends else 0
        began = max(run.created, run.reopened)
        return cls(step, first, began, seconds, workflow.timeout_policy)

    def next(self, started: int) -> Limit | None:
        """Return the limit that is over first, for an attempt that started at a time."""
        definition = self.step.definition
        policy = definition.timeout_policy
        found: list[Limit] = []

        def add(kind: Kind, since: int, seconds: int, named: str = policy) -> None:
            if seconds:
                found.append(Limit(kind, since + seconds * 1000, seconds, named, since))

        if policy != "ALERT_ONLY":
            add("timeout", started, definition.timeout_seconds)
            add("total", self.first, definition.total_timeout_seconds)
        if self._is_bounded(policy):
            add("response", started, definition.response_timeout_seconds)
        add("workflow", self.created, self.workflow_seconds, self.workflow_policy)
        return min(found, key=lambda limit: limit.at, default=None)

    def _is_bounded(self, policy: str) -> bool:
        """Tell whether the limit on silence applies: to HTTP by policy, to a WAIT never."""
        given = "response_timeout_seconds" in self.step.definition.model_fields_set
        kind = self.step.task.type
        return given and kind != "WAIT" and (kind != "HTTP" or policy != "ALERT_ONLY")

    def whole_left(self, now: int) -> float | None:
        """Return the seconds that all attempts, or the workflow, have left; None: no limit."""
        definition = self.step.definition
        ends = [(self.created, self.workflow_seconds)]
        if definition.timeout_policy != "ALERT_ONLY":
            ends.append((self.first, definition.total_timeout_seconds))
        left = [(since + seconds * 1000 - now) / 1000 for since, seconds in ends if seconds]
        return max(0.0, min(left)) if left else None

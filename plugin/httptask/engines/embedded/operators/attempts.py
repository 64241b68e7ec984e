"""Attempts of one task: its delays, its retries, its time limits, and completions from outside."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from httptask.core.execution import Execution
from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.entries import SUCCESS, Entry
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.limits import Limit, Limits
from httptask.engines.embedded.program import Step
from httptask.engines.retries import retry_delay
from httptask.expressions import Context, readable

RETRIED: Final = frozenset({"FAILED", "TIMED_OUT"})
REPLACES: Final = frozenset({"COMPLETED", "FAILED", "FAILED_WITH_TERMINAL_ERROR", "CANCELED"})


@dataclass(slots=True)
class Attempt:
    """One attempt of a task.

    Attributes:
        flow: the flow it belongs to.
        step: the task.
        entry: its entry of ``tasks[]``.
        context: what its expressions read.
        limits: the time limits that apply.
        retry_after: seconds that the other side asks to wait before the next attempt.
        received: how often a completion was waited for.
    """

    flow: Flow
    step: Step
    entry: Entry
    context: Context
    limits: Limits
    retry_after: float = 0.0
    received: int = 0

    @property
    def key(self) -> str:
        """Return the name of the attempt's durable step."""
        return self.flow.key(self.step, self.entry["retryCount"])

    @property
    def execution(self) -> Execution:
        """Return which execution of the run a call belongs to, with the time it has left."""
        flow, entry = self.flow, self.entry
        outer = "__".join([self.step.ref, *map(str, flow.iterations[:-1])])
        return Execution(
            flow.run.id, outer, entry["iteration"], entry["retryCount"], entry["taskId"],
            self.seconds_left(),
        )  # fmt: skip

    @property
    def inputs(self) -> dict[str, Any]:
        """Return the resolved inputs."""
        found: dict[str, Any] = self.entry["inputData"]
        return found

    @property
    def is_asked_for(self) -> bool:
        """Tell whether somebody has asked for one more attempt after this one."""
        return _is_asked_for(self.flow, self.step, self.entry["retryCount"])

    def seconds_left(self) -> float | None:
        """Return how long the attempt may still take; None when nothing limits it."""
        limit = self.limits.next(self.entry["startTime"])
        return None if limit is None else max(0.0, (limit.at - self.flow.clock) / 1000)

    def apply(self, record: Mapping[str, Any]) -> None:
        """Take over what a durable step recorded."""
        entry = self.entry
        entry["startTime"], entry["pollCount"] = record["startTime"], 1
        entry.pop("reasonForIncompletion", None)
        self.flow.clock = max(self.flow.clock, record["endTime"])
        if record["status"] == "TIMED_OUT":
            self.time_out()
            return
        entry["status"], entry["outputData"] = record["status"], readable(record["output"])
        if record["reason"]:
            entry["reasonForIncompletion"] = record["reason"]
        for name in ("error", "warnings"):
            if record.get(name):
                entry[name] = record[name]
        self.retry_after = record.get("retryAfter") or 0.0

    def fail(self, reason: str, *, terminal: bool = False, output: Any = None) -> None:
        """Let the attempt fail without a durable step: the inputs alone decide."""
        self.entry["status"] = "FAILED_WITH_TERMINAL_ERROR" if terminal else "FAILED"
        self.entry["reasonForIncompletion"] = reason
        self.entry["outputData"] = output or {}

    def wait(self, seconds: float | None = None, *, merge: bool = False) -> bool:
        """Wait until somebody completes the task, or a time is over; tell whether it is ended.

        Args:
            seconds: how long to wait at most; the time limits of the task apply as well.
            merge: put the completing output over the task's own instead of replacing it.
        """
        flow, entry = self.flow, self.entry
        entry["status"] = "IN_PROGRESS"
        flow.show(self.step, entry)
        flow.emit("task_updated", entry)
        over = None if seconds is None else flow.clock + int(seconds * 1000)
        while True:
            self.received += 1
            limit = self.seconds_left()
            left = None if over is None else max(0.0, (over - flow.clock) / 1000)
            key = completion_key(self.key, self.received)
            if key in flow.run.cut:
                flow.clock = max(flow.clock, flow.run.cut[key])
                entry["status"] = "CANCELED"
                return True
            given = [one for one in (left, limit) if one is not None]
            message = flow.effects.receive(key, entry["taskId"], min(given) if given else None)
            if message is None:
                flow.clock = max(flow.clock, flow.clock + int(min(given) * 1000))
                if limit is not None and (left is None or limit < left):
                    self.time_out()
                    return True
                return False
            if self._updated(message, merge=merge):
                return True

    def _updated(self, message: Mapping[str, Any], *, merge: bool) -> bool:
        entry = self.entry
        self.flow.clock = max(self.flow.clock, int(message["time"]))
        kept = entry["outputData"] if merge else {}
        entry["status"] = message["status"]
        entry["outputData"] = readable({**kept, **message["output"]})
        entry.pop("reasonForIncompletion", None)
        if message["reason"] and message["status"] not in SUCCESS:
            entry["reasonForIncompletion"] = message["reason"]
        if message["status"] in REPLACES:
            return True
        self.flow.show(self.step, entry)
        self.flow.emit("task_updated", entry)
        return False

    def pause(self, key: str, seconds: float) -> bool:
        """Wait for a while; tell whether there is time left after it."""
        left = self.seconds_left()
        self.flow.clock = self.flow.effects.pause(
            key, seconds if left is None else min(seconds, left)
        )
        if self.seconds_left() == 0:
            self.time_out()
            return False
        return True

    def time_out(self) -> None:
        """End the attempt because of the limit that is over.

        Raises:
            Ending: the limit's policy ends the workflow.
        """
        limit = self.limits.next(self.entry["startTime"])
        if limit is None:
            return
        self.flow.clock = max(self.flow.clock, limit.at)
        text = limit.text(self.step, self.entry)
        if limit.kind == "workflow":
            raise Ending("TIMED_OUT", text)
        self.entry["status"], self.entry["reasonForIncompletion"] = "TIMED_OUT", text
        if _ends_workflow(limit, self.step) and not self.is_asked_for:
            self.entry["endTime"] = self.flow.clock
            self.flow.show(self.step, self.entry)
            self.flow.emit("task_updated", self.entry)
            raise Ending("TIMED_OUT", text)


def completion_key(task_key: str, number: int) -> str:
    """Return the name of the step that records what comes for a task from outside."""
    return f"{task_key}/completion" + (f"/{number}" if number > 1 else "")


def _ends_workflow(limit: Limit, step: Step) -> bool:
    by_policy = step.definition.timeout_policy == "TIME_OUT_WF" and limit.kind == "timeout"
    return by_policy or limit.kind == "total"


Execute = Callable[[Attempt], None]
Shown = Callable[[dict[str, Any]], dict[str, Any]]


def run_attempts(
    flow: Flow, step: Step, execute: Execute, *, shown: Shown = lambda inputs: inputs
) -> None:
    """Execute a task, and again while its task definition says so.

    Args:
        flow: the flow.
        step: the task.
        execute: makes one attempt and leaves its outcome in the entry.
        shown: returns the inputs as they are stored.
    """
    delay, first = step.task.start_delay, flow.clock
    limits = Limits.of(flow.run, step, first)
    previous: Entry | None = None
    retry = 0
    while True:
        attempt = _scheduled(flow, step, retry, limits, previous, shown)
        if _in_time(attempt, delay):
            execute(attempt)
        entry = attempt.entry
        if entry["status"] == "COMPLETED":
            entry.pop("reasonForIncompletion", None)
        if not _again(flow, step, entry, first):
            flow.end(step, entry, entry["status"], entry.get("reasonForIncompletion", ""))
            return
        entry["retried"] = True
        entry["endTime"] = flow.clock
        flow.show(step, entry)
        flow.emit("task_updated", entry)
        delay = max(retry_delay(step.definition, retry), math.ceil(attempt.retry_after))
        if attempt.is_asked_for:
            delay = 0
        previous, retry = entry, retry + 1


def _again(flow: Flow, step: Step, entry: Entry, first: int) -> bool:
    retry = entry["retryCount"]
    if _is_asked_for(flow, step, retry):
        return entry["status"] not in SUCCESS
    total = step.definition.total_timeout_seconds
    in_time = not total or flow.clock - first < total * 1000
    return entry["status"] in RETRIED and retry < step.definition.retry_count and in_time


def _is_asked_for(flow: Flow, step: Step, retry: int) -> bool:
    """Tell whether somebody has asked for one more attempt after this one."""
    return flow.key(step, retry) in flow.run.again


def _scheduled(
    flow: Flow, step: Step, retry: int, limits: Limits, previous: Entry | None, shown: Shown
) -> Attempt:
    context = flow.context(task_id=flow.run.task_id(flow.key(step, retry)))
    entry = flow.schedule(step, shown(flow.inputs(step, context)), retry=retry)
    if previous is not None:
        entry["retriedTaskId"] = previous["taskId"]
        if "reasonForIncompletion" in previous:
            entry["reasonForIncompletion"] = previous["reasonForIncompletion"]
    return Attempt(flow, step, entry, context, limits)


def _in_time(attempt: Attempt, delay: int) -> bool:
    """Wait before an attempt; tell whether there is time left for it.

    Raises:
        Ending: the workflow's time is over.
    """
    flow, entry = attempt.flow, attempt.entry
    jitter = attempt.step.definition.backoff_jitter_ms if entry["retryCount"] else 0
    if delay or jitter:
        entry["callbackAfterSeconds"] = delay
        left = attempt.limits.whole_left(flow.clock)
        seconds = delay if left is None else min(delay, left)
        flow.clock = flow.effects.pause(f"{attempt.key}/delay", seconds, jitter)
        entry["startTime"] = flow.clock
    if attempt.seconds_left() == 0:
        attempt.time_out()
        return False
    return True

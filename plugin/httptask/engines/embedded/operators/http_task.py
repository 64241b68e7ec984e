"""HTTP: the only task that does something outside; its retries, delays and completion."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from httptask.core.execution import Execution
from httptask.engines.embedded.effects import Call
from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.entries import SUCCESS, Entry
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.program import Step
from httptask.engines.retries import retry_delay
from httptask.expressions import Context

RETRIED: Final = frozenset({"FAILED", "TIMED_OUT"})


def run_http(flow: Flow, step: Step) -> None:
    """Execute the task, and again while its task definition says so."""
    delay, first = step.task.start_delay, flow.clock
    previous: Entry | None = None
    retry = 0
    while True:
        entry, after = _attempt(flow, step, retry, delay, previous)
        if not _again(flow, step, entry, first):
            reason = entry.get("reasonForIncompletion", "")
            flow.end(step, entry, entry["status"], reason)
            return
        entry["retried"] = True
        entry["endTime"] = flow.clock
        flow.show(step, entry)
        flow.emit("task_updated", entry)
        delay = max(retry_delay(step.definition, retry), math.ceil(after))
        if _is_asked_for(flow, step, retry):
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


def _attempt(
    flow: Flow, step: Step, retry: int, delay: int, previous: Entry | None
) -> tuple[Entry, float]:
    """Execute the task once; return its entry, and the seconds that the server asks to wait."""
    task_id = flow.run.task_id(flow.key(step, retry))
    context = flow.context(task_id=task_id)
    inputs = flow.inputs(step, context)
    inputs["asyncComplete"] = step.task.async_complete
    entry = flow.schedule(step, inputs, retry=retry)
    entry["callbackAfterSeconds"] = delay
    if previous is not None:
        entry["retriedTaskId"] = previous["taskId"]
    jitter = step.definition.backoff_jitter_ms if retry else 0
    if delay or jitter:
        flow.clock = flow.effects.pause(f"{flow.key(step, retry)}/delay", delay, jitter)
    record = flow.effects.call(_call(flow, step, entry, context))
    _apply(flow, entry, record)
    if entry["status"] == "IN_PROGRESS":
        _complete(flow, step, entry)
    return entry, record["retryAfter"] or 0.0


def _call(flow: Flow, step: Step, entry: Entry, context: Context) -> Call:
    outer = "__".join([step.ref, *map(str, flow.iterations[:-1])])
    retry = entry["retryCount"]
    execution = Execution(flow.run.id, outer, entry["iteration"], retry, entry["taskId"])
    return Call(flow.key(step, retry), step.task, context, execution)


def _apply(flow: Flow, entry: Entry, record: Mapping[str, Any]) -> None:
    entry["status"], entry["outputData"] = record["status"], record["output"]
    entry["startTime"], entry["pollCount"] = record["startTime"], 1
    flow.clock = max(flow.clock, record["endTime"])
    if record["reason"]:
        entry["reasonForIncompletion"] = record["reason"]
    if record["error"]:
        entry["error"] = record["error"]


def _complete(flow: Flow, step: Step, entry: Entry) -> None:
    """Wait until somebody else completes the task, or its time is over."""
    flow.show(step, entry)
    flow.emit("task_updated", entry)
    limit = step.definition.timeout_seconds
    waits = bool(limit) and step.definition.timeout_policy != "ALERT_ONLY"
    key, topic = f"{flow.key(step, entry['retryCount'])}/completion", entry["taskId"]
    passed = (flow.clock - entry["startTime"]) / 1000
    left = max(0.0, limit - passed) if waits else None
    message = flow.effects.receive(key, topic, left)
    if message is None:
        flow.clock = max(flow.clock, entry["startTime"] + limit * 1000)
        _time_out(flow, step, entry, limit)
        return
    flow.clock = max(flow.clock, int(message["time"]))
    entry["status"] = message["status"]
    entry["outputData"] = {**entry["outputData"], **message["output"]}
    if message["reason"] and message["status"] not in SUCCESS:
        entry["reasonForIncompletion"] = message["reason"]


def _time_out(flow: Flow, step: Step, entry: Entry, limit: int) -> None:
    policy = step.definition.timeout_policy
    text = (
        f"Task timed out after {limit} seconds. Timeout configured as {limit} seconds. "
        f"Timeout policy configured to {policy}"
    )
    entry["status"], entry["reasonForIncompletion"] = "TIMED_OUT", text
    asked_for = _is_asked_for(flow, step, entry["retryCount"])
    if policy == "TIME_OUT_WF" and not step.task.optional and not asked_for:
        entry["endTime"] = flow.clock
        flow.show(step, entry)
        flow.emit("task_updated", entry)
        raise Ending("TIMED_OUT", text)

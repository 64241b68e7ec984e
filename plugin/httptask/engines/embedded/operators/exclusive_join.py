"""EXCLUSIVE_JOIN."""

from __future__ import annotations

from collections.abc import Iterable

from httptask.engines.embedded.entries import SUCCESS, Entry
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.limits import Limits
from httptask.engines.embedded.operators.attempts import Attempt
from httptask.engines.embedded.operators.fork import found_of, holders, join
from httptask.engines.embedded.program import Step


def run_exclusive_join(flow: Flow, step: Step) -> None:
    """Take over the output of the first task named that was executed at all.

    When none was, and no default either, it waits until somebody completes it.
    """
    names, otherwise = step.task.join_on, step.task.default_exclusive_join_task
    inputs = {"joinOn": list(names), "defaultExclusiveJoinTask": list(otherwise)}
    entry = flow.schedule(step, inputs)
    entry["status"] = "IN_PROGRESS"
    join(flow, flow.name(step.ref), holders(flow, names))
    found = _first(flow, names) or _first(flow, otherwise)
    if found is None:
        attempt = Attempt(flow, step, entry, flow.context(), Limits.of(flow.run, step, flow.clock))
        attempt.wait()
        flow.end(step, entry, entry["status"], entry.get("reasonForIncompletion", ""))
    elif found["status"] in SUCCESS:
        entry["outputData"] = found["outputData"]
        flow.end(step, entry)
    else:
        flow.end(step, entry, "FAILED", found.get("reasonForIncompletion", ""))


def _first(flow: Flow, names: Iterable[str]) -> Entry | None:
    """Return the latest execution of the first task that was executed."""
    return next(iter(found_of(flow, [flow.name(name) for name in names]).values()), None)

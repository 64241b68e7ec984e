"""Entries of ``tasks[]``: what a server shows of a task execution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Entry = dict[str, Any]

SUCCESS: Final = frozenset({"COMPLETED", "COMPLETED_WITH_ERRORS", "SKIPPED"})
OPEN: Final = frozenset({"SCHEDULED", "IN_PROGRESS"})
FAILED: Final = frozenset({"FAILED", "FAILED_WITH_TERMINAL_ERROR"})

_VIEW: Final = (
    "taskType", "status", "referenceTaskName", "retryCount", "correlationId", "pollCount",
    "taskDefName", "scheduledTime", "startTime", "endTime", "workflowInstanceId", "taskId",
    "reasonForIncompletion", "callbackAfterSeconds", "workerId", "iteration",
)  # fmt: skip

OWN_NAMES: Final = {
    "FORK_JOIN": "FORK",
    "FORK_JOIN_DYNAMIC": "FORK",
    "SWITCH": "SWITCH",
    "DECISION": "DECISION",
    "JOIN": "JOIN",
    "EXCLUSIVE_JOIN": "EXCLUSIVE_JOIN",
}
"""Task types that a server shows under this name, also as ``taskDefName``."""


def view(entry: Entry) -> Mapping[str, Any]:
    """Return what ``${REF...}`` reads of a task."""
    seen = {name: entry.get(name) for name in _VIEW}
    seen["input"], seen["output"] = entry["inputData"], entry["outputData"]
    return seen


def first_batch(entries: Sequence[Entry]) -> int:
    """Return how many entries at the start of a branch were scheduled together with it."""
    if not entries:
        return 0
    kind = entries[0]["taskType"]
    if kind == "SWITCH" and entries[0]["inputData"].get("hasChildren"):
        return 1 + first_batch(entries[1:])
    if kind == "FORK":
        at = 1
        while at < len(entries) and entries[at]["taskType"] != "JOIN":
            at += first_batch(entries[at:])
        return min(at + 1, len(entries))
    return 1


def in_order(
    entries: Iterable[Entry], branches: Mapping[str, Mapping[int, Sequence[Entry]]]
) -> list[Entry]:
    """Return all entries in the order in which a server schedules them.

    After a FORK stand the first tasks of its branches, then the JOIN, then the rest by time.

    Args:
        entries: a flow's own tasks.
        branches: by the FORK's task id, the tasks of its branches by index.
    """
    ordered: list[Entry] = []
    late: list[Entry] = []
    after_fork = False
    for entry in entries:
        if not after_fork:
            late = _pass_on(late, ordered, until=entry["scheduledTime"])
        ordered.append(entry)
        found = branches.get(entry["taskId"], {})
        after_fork = entry["taskType"] == "FORK"
        for index in sorted(found):
            batch = first_batch(found[index])
            ordered += found[index][:batch]
            late += found[index][batch:]
        late.sort(key=lambda one: one["scheduledTime"])
    return [*ordered, *late]


def _pass_on(late: list[Entry], ordered: list[Entry], *, until: int) -> list[Entry]:
    ordered += [entry for entry in late if entry["scheduledTime"] <= until]
    return [entry for entry in late if entry["scheduledTime"] > until]

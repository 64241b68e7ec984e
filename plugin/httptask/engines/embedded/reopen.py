"""Taking a run back: to failed tasks, to interrupted calls, or to any task.

A run is gone on with by interpreting it again: a step that is forgotten is done anew, and so are
the steps that say which branch ended first and which were cancelled because of it.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from httptask.engines.embedded.attempt import OUTCOME_UNKNOWN
from httptask.engines.embedded.entries import FAILED, Entry
from httptask.engines.embedded.journal import Journal
from httptask.engines.embedded.payload import AGAIN, OF_THE_RUN, REOPENED
from httptask.engines.embedded.program import Program
from httptask.engines.embedded.reader import BEGUN, Row
from httptask.engines.embedded.running import CANCEL
from httptask.errors import InputError

_JOIN: Final = "/join/"

Step = tuple[int, str, str, Any]
"""Number, flow, key and value of a step."""

NewStep = tuple[str, str, Any, int]
"""Flow, key, value and time of one."""


def resend(journal: Journal, row: Row, document: Mapping[str, Any]) -> bool:
    """Let interrupted calls that ended a run be made again; tell whether there were any."""
    steps = journal.numbered(row.number)
    keys = {_key(entry) for entry in filter(is_unknown, document["tasks"])}
    unknown = [step for step in steps if step[2] in keys]
    if unknown:
        gone = {number for number, *_ in unknown} | _followers(steps, unknown)
        journal.reopen(row, without=gone, steps=[_reopened(row)])
    return bool(unknown)


def resend_begun(journal: Journal, row: Row) -> None:
    """Let the calls of an unfinished run that have begun, and have no outcome, be made again."""
    begun = [step[0] for step in journal.numbered(row.number) if step[3] is BEGUN]
    if begun:
        journal.reopen(row, without=begun, steps=())


def retry(journal: Journal, row: Row, document: Mapping[str, Any], *, resend: bool) -> None:
    """Let the tasks that failed be executed again, each as one more attempt of it.

    Raises:
        InputError: none can, or a call among them may have had its effect.
    """
    failed = [entry for entry in document["tasks"] if _has_failed(entry)]
    unknown = [entry["referenceTaskName"] for entry in failed if is_unknown(entry)]
    if unknown and not resend:
        raise InputError(
            f"whether the call of {unknown[0]} was made is not known",
            code=OUTCOME_UNKNOWN,
            hint="add --resend to make it again, if that does no harm",
        )
    steps = journal.numbered(row.number)
    ended_it = _failed_steps(steps, failed)
    if not ended_it and document["status"] not in ("TERMINATED", "TIMED_OUT"):
        raise InputError(
            f"run {row.id} has no failed task that can be executed again",
            code="nothing_to_retry",
            hint="--from REF executes a task, and all that follow it, again",
        )
    now = row.time().now()
    keys = [_task(flow, key) for _, flow, key, _ in ended_it]
    again = [(OF_THE_RUN, f"{AGAIN}{key}", now, now) for key in keys]
    gone = _followers(steps, ended_it)
    if document["status"] == "TIMED_OUT":
        cut = {_key(entry) for entry in document["tasks"] if entry["status"] == "CANCELED"}
        gone |= {number for number, flow, key, _ in steps if _task(flow, key) in cut}
    journal.reopen(row, without=gone, steps=[*again, _reopened(row)])


def _followers(steps: Sequence[Step], failed: Sequence[Step]) -> set[int]:
    """Return the steps that were decided because of the failed ones."""
    since = min((number for number, *_ in failed), default=0)
    return _decisions(steps, since=since, flows={flow for _, flow, _, _ in failed})


def rerun(
    journal: Journal, row: Row, document: Mapping[str, Any], reference: str, program: Program
) -> None:
    """Let a task, and all tasks scheduled after it, be executed again.

    Raises:
        InputError: the run has not executed it.
    """
    names = [entry["referenceTaskName"] for entry in document["tasks"]]
    named = [name for name in names if reference in (name, program.base(name))]
    if not named:
        raise InputError(f"run {row.id} has not executed {reference}", code="task_unknown")
    again = {_key(entry) for entry in document["tasks"][names.index(named[-1]) :]}
    steps = journal.numbered(row.number)
    gone = {number for number, flow, key, _ in steps if _task(flow, key) in again}
    gone |= _decisions(steps, since=min(gone, default=None))
    journal.reopen(row, without=gone, steps=[_reopened(row)])


def is_unknown(entry: Entry) -> bool:
    """Tell whether a task failed because a call of it was interrupted."""
    return _has_failed(entry) and (entry.get("error") or {}).get("code") == OUTCOME_UNKNOWN


def _has_failed(entry: Entry) -> bool:
    return entry["status"] in {*FAILED, "TIMED_OUT"} and not entry["retried"]


def _key(entry: Entry) -> str:
    """Return the key of a task execution's step."""
    retry = entry["retryCount"]
    name: str = entry["referenceTaskName"]
    return f"{name}#{retry}" if retry else name


def _task(flow: str, key: str) -> str:
    """Return the key of the task execution that a step belongs to."""
    return key.removeprefix(AGAIN) if flow == OF_THE_RUN else key.partition("/")[0]


def _failed_steps(steps: Sequence[Step], failed: Iterable[Entry]) -> list[Step]:
    """Return the first step of each of some task executions."""
    keys = {_key(entry) for entry in failed}
    found: dict[str, Step] = {}
    for step in steps:
        if step[1] != OF_THE_RUN and _task(step[1], step[2]) in keys:
            found.setdefault(_task(step[1], step[2]), step)
    return list(found.values())


def _decisions(
    steps: Sequence[Step], *, since: int | None, flows: Collection[str] | None = None
) -> set[int]:
    """Return the steps that say which branch ended first, and which were cancelled.

    Args:
        steps: all steps.
        since: only those after this number.
        flows: only those that say that one of these has ended.
    """
    if since is None:
        return set()
    return {
        number
        for number, _, key, value in steps
        if number > since and (key.endswith(CANCEL) or (_JOIN in key and _is_about(value, flows)))
    }


def _is_about(branch: str, flows: Collection[str] | None) -> bool:
    return flows is None or any(f"{flow}/".startswith(f"{branch}/") for flow in flows)


def _reopened(row: Row) -> NewStep:
    now = row.time().now()
    return (OF_THE_RUN, f"{REOPENED}{uuid.uuid4().hex}", now, now)

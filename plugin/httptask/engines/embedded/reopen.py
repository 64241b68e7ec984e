"""Reopening a run: at failed tasks, at interrupted calls, or at any task.

A run is continued by interpreting it again: a step that is forgotten is done anew, and so are
the steps that say which branch ended first and which were cancelled because of it.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from httptask.definition.messages import did_you_mean, known
from httptask.engines.embedded.attempt import OUTCOME_UNKNOWN
from httptask.engines.embedded.entries import FAILED, Entry
from httptask.engines.embedded.journal import Journal
from httptask.engines.embedded.operators.attempts import completion_key
from httptask.engines.embedded.payload import (
    AGAIN,
    CUT,
    HAD_FAILED,
    INPUT,
    OF_THE_RUN,
    REOPENED,
    filled,
)
from httptask.engines.embedded.program import Program
from httptask.engines.embedded.reader import BEGUN, Reopening, Row
from httptask.engines.embedded.running import CANCEL
from httptask.engines.embedded.runs import get_document
from httptask.errors import InputError

NOTHING: Final = "nothing_to_retry"

_JOIN: Final = "/join/"
_WAITS: Final = ("WAIT", "HUMAN")

Document = Mapping[str, Any]

Step = tuple[int, str, str, Any]
"""Number, flow, key and value of a step."""

NewStep = tuple[str, str, Any, int]
"""Flow, key, value and time of one."""


def resend(journal: Journal, row: Row, document: Document) -> bool:
    """Let interrupted calls that ended a run be made again; tell whether there were any."""
    runs = _resending(journal, row, document)
    journal.reopen(runs)
    return bool(runs)


def _resending(journal: Journal, row: Row, document: Document) -> list[Reopening]:
    steps = journal.numbered(row.number)
    keys = {_key(entry) for entry in filter(is_unknown, document["tasks"])}
    cut = [step for step in steps if _task(step[1], step[2]) in keys and _was_interrupted(step[3])]
    below: list[Reopening] = []
    for entry, child in _failed_runs(journal, document):
        runs = _resending(journal, child, get_document(journal, child))
        below += runs
        cut += _end_of(steps, entry) if runs else []
    if not cut:
        return []
    gone = {number for number, *_ in cut} | _followers(steps, cut)
    below += _ended_with_it(journal, document)
    return [*below, Reopening(row, gone, [_reopened(row)])]


def resend_begun(journal: Journal, row: Row) -> None:
    """Let the calls of an unfinished run that have begun, and have no outcome, be made again."""
    begun = [step[0] for step in journal.numbered(row.number) if step[3] is BEGUN]
    if begun:
        journal.reopen([Reopening(row, begun, ())])


def retry(journal: Journal, row: Row, document: Document, *, resend: bool) -> None:
    """Let the tasks that failed be executed again, each as one more attempt of it.

    So are a WAIT and a HUMAN that the end of the run cut off. A run that a failed task started is
    itself reopened.

    Raises:
        InputError: none can, or a call among them may have had its effect.
    """
    journal.reopen(_retrying(journal, row, document, resend=resend))


def _retrying(journal: Journal, row: Row, document: Document, *, resend: bool) -> list[Reopening]:
    failed = [entry for entry in document["tasks"] if _has_failed(entry)]
    unknown = [entry["referenceTaskName"] for entry in failed if is_unknown(entry)]
    if unknown and not resend:
        raise InputError(
            f"it is not known whether the call of {unknown[0]} was made",
            code=OUTCOME_UNKNOWN,
            hint="add --resend to make it again, if that does no harm",
        )
    steps = journal.numbered(row.number)
    below, ends = _runs_below(journal, document, steps, resend=resend)
    started = {step[2].partition("/")[0] for step in ends}
    again = [entry for entry in failed if _key(entry) not in started]
    ended_it = _failed_steps(steps, again)
    if not ended_it and not ends and document["status"] not in ("TERMINATED", "TIMED_OUT"):
        raise InputError(
            f"run {row.id} has no failed task that can be executed again",
            code=NOTHING,
            hint="--from REF executes a task, and all that follow it, again",
        )
    now = row.time().now()
    cut_off = [_key(entry) for entry in document["tasks"] if _was_waiting(entry)]
    keys = [*(_task(flow, key) for _, flow, key, _ in ended_it), *cut_off]
    added = [(OF_THE_RUN, f"{AGAIN}{key}", now, now) for key in keys]
    added += [(OF_THE_RUN, f"{CUT}{_next_wait(steps, key)}", now, now) for key in cut_off]
    gone = {number for number, *_ in ends} | _followers(steps, [*ended_it, *ends])
    if document["status"] == "TIMED_OUT":
        cut = {_key(entry) for entry in document["tasks"] if entry["status"] == "CANCELED"}
        cut -= set(cut_off)
        gone |= {number for number, flow, key, _ in steps if _task(flow, key) in cut}
    below += _ended_with_it(journal, document)
    return [*below, Reopening(row, gone, [*added, _reopened(row)])]


def _was_waiting(entry: Entry) -> bool:
    return entry["status"] == "CANCELED" and entry["taskType"] in _WAITS and not entry["retried"]


def _next_wait(steps: Sequence[Step], key: str) -> str:
    """Return the key of the step that a task waited for: the first that nothing came for."""
    came = {step[2] for step in steps if step[3] is not None}
    keys = (completion_key(key, number) for number in itertools.count(1))
    return next(one for one in keys if one not in came)


def _runs_below(
    journal: Journal, document: Document, steps: Sequence[Step], *, resend: bool
) -> tuple[list[Reopening], list[Step]]:
    """Return failed runs that can be retried, and the steps that say that they have ended."""
    below: list[Reopening] = []
    ends: list[Step] = []
    for entry, child in _failed_runs(journal, document):
        try:
            below += _retrying(journal, child, get_document(journal, child), resend=resend)
        except InputError as error:
            if error.code != NOTHING:
                raise
            continue  # the task gets another attempt, with a run of its own
        ends += _end_of(steps, entry)
    return below, ends


def _failed_runs(journal: Journal, document: Document) -> Iterator[tuple[Entry, Row]]:
    """Yield tasks that failed because a run that they started did, with that run."""
    for entry in filter(_has_failed, document["tasks"]):
        child = journal.row(entry.get("subWorkflowId", ""))
        if child is not None and child.status in ("FAILED", "TIMED_OUT"):
            yield entry, child


def _ended_with_it(journal: Journal, document: Document) -> list[Reopening]:
    """Return the runs that were terminated because the one that waited for them ended."""
    found: list[Reopening] = []
    for entry in document["tasks"]:
        child = journal.row(entry.get("subWorkflowId", ""))
        if entry["status"] == "CANCELED" and child is not None and child.status == "TERMINATED":
            found += _ended_with_it(journal, get_document(journal, child))
            found.append(Reopening(child, (), [_reopened(child)]))
    return found


def _end_of(steps: Sequence[Step], entry: Entry) -> list[Step]:
    """Return the steps that say that a run which a task started has ended."""
    return [step for step in steps if f"{step[2]}/".startswith(f"{_key(entry)}/ended/")]


def _followers(steps: Sequence[Step], failed: Sequence[Step]) -> set[int]:
    """Return the steps that were decided because of the failed ones."""
    since = min((number for number, *_ in failed), default=0)
    return _decisions(steps, since=since, flows={flow for _, flow, _, _ in failed})


def rerun(
    journal: Journal,
    row: Row,
    document: Document,
    reference: str,
    program: Program,
    given: Mapping[str, Any] | None,
) -> None:
    """Let a task, and all tasks scheduled after it, be executed again; with another input if given.

    Raises:
        InputError: the run has not executed it, or it cannot be given another input.
    """
    names = [entry["referenceTaskName"] for entry in document["tasks"]]
    named = [name for name in names if reference in (name, program.base(name))]
    if not named:
        executed = dict.fromkeys(map(program.base, names))
        raise InputError(
            f"the run {row.id} has not executed {reference!r}",
            code="task_unknown",
            hint=did_you_mean(reference, executed) or known(executed),
        )
    steps = journal.numbered(row.number)
    again = {_key(entry) for entry in document["tasks"][names.index(named[-1]) :]}
    skipped = [number for number, _, key, _ in steps if key == f"{named[-1]}/skipped"]
    if skipped:  # it stands before the tasks that were executed earlier
        again = {_task(flow, key) for number, flow, key, _ in steps if number >= skipped[0]}
    gone = {number for number, flow, key, _ in steps if _task(flow, key) in again}
    gone |= _decisions(steps, since=min(gone, default=None))
    added = [_had_failed(row, document), _reopened(row)]
    if given is not None and program.is_in_fork(program.base(reference)):
        raise InputError(
            f"{reference} is a task of a fork: other branches read the same input",
            code="input_in_fork",
            hint="execute the fork again: --from its own reference",
        )
    earlier = [value for number, _, key, value in steps if number in gone and key.startswith(INPUT)]
    if given is not None or earlier:
        template = program.workflow.input_template
        renewed = earlier[-1] if given is None else filled(template, given)
        added.append((OF_THE_RUN, f"{INPUT}{named[-1]}", renewed, row.time().now()))
    journal.reopen([Reopening(row, gone, added)])


def _was_interrupted(record: Any) -> bool:
    """Tell whether a step records a call that was interrupted."""
    error = record.get("error") if isinstance(record, dict) else None
    return isinstance(error, dict) and error.get("code") == OUTCOME_UNKNOWN


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
    if flow == OF_THE_RUN and not key.startswith(CUT):
        return key.removeprefix(AGAIN).removeprefix(INPUT)
    return key.removeprefix(CUT).partition("/")[0]


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


def _had_failed(row: Row, document: Document) -> NewStep:
    """Return the step that keeps the names of the tasks that have failed so far."""
    names = {
        "referenceTaskName": document["failedReferenceTaskNames"],
        "taskDefName": document["failedTaskNames"],
    }
    return (OF_THE_RUN, f"{HAD_FAILED}{uuid.uuid4().hex}", names, row.time().now())


def _reopened(row: Row) -> NewStep:
    now = row.time().now()
    return (OF_THE_RUN, f"{REOPENED}{uuid.uuid4().hex}", now, now)

"""FORK_JOIN and JOIN: every branch is a child workflow of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.entries import SUCCESS, Entry
from httptask.engines.embedded.flow import Flow, OpenFork
from httptask.engines.embedded.limits import Limits
from httptask.engines.embedded.operators.attempts import Attempt
from httptask.engines.embedded.program import Step


def run_fork(flow: Flow, step: Step) -> None:
    """Start all branches."""
    open_branches(flow, step, flow.inputs(step, flow.context()), step.branches)


def open_branches(
    flow: Flow,
    step: Step,
    inputs: dict[str, Any],
    branches: tuple[tuple[Step, ...], ...],
    written: Sequence[Mapping[str, Any]] | None = None,
) -> None:
    """Start branches.

    Args:
        flow: the flow.
        step: the fork.
        inputs: its inputs, as they are stored.
        branches: the tasks of each branch.
        written: of a dynamic fork, the definition of each branch's only task.
    """
    entry = flow.schedule(step, inputs)
    flow.end(step, entry)
    name = flow.name(step.ref)
    ids = {index: f"{flow.id}/{name}/{index}" for index in range(len(branches))}
    fork = OpenFork(entry, step, branches, ids)
    flow.forks.append(fork)
    flow.past_forks.append(fork)
    if written is not None:
        flow.join_on = list(inputs["forkedTasks"])
    for index, branch in ids.items():
        payload = _payload(flow, step, index, branches[index])
        if written is not None:
            payload["written"] = written[index]
        flow.effects.spawn(branch, payload)


def _payload(flow: Flow, step: Step, index: int, branch: tuple[Step, ...]) -> dict[str, Any]:
    """Return what a branch starts from: only the tasks it reads, everything copied."""
    return copy.deepcopy(
        {
            "run": flow.run.id,
            "fork": step.ref,
            "index": index,
            "since": flow.since,
            "iterations": list(flow.iterations),
            "variables": flow.variables,
            "tasks": _read_by(flow, branch),
            "clock": flow.clock,
        }
    )


def _read_by(flow: Flow, steps: Iterable[Step]) -> dict[str, Mapping[str, Any]]:
    wanted: set[str] = set()
    for step in steps:
        if step.reads is None:
            return dict(flow.tasks)
        wanted |= step.reads
    return {name: flow.tasks[name] for name in wanted if name in flow.tasks}


def run_join(flow: Flow, step: Step) -> None:
    """Wait for the branches that hold the tasks named by joinOn, then gather their outputs."""
    names = step.task.join_on if flow.join_on is None else flow.join_on
    flow.join_on = None
    entry = flow.schedule(step, {"joinOn": list(names)})
    entry["status"] = "IN_PROGRESS"
    flow.emit("task_updated", entry)
    wanted = [flow.name(name) for name in names]
    try:
        join(flow, flow.name(step.ref), holders(flow, names))
    except Ending as ending:
        if not flow.failed_at_once(ending):
            ended = found_of(flow, wanted)
            entry["outputData"] = _outputs({k: one for k, one in ended.items() if _succeeded(one)})
        raise
    ended = found_of(flow, wanted)
    if len(ended) < len(set(wanted)):
        _wait_for_missing(flow, step, entry, ended)
        return
    failed = [one for one in ended.values() if not _succeeded(one)]
    entry["outputData"] = _outputs(_until_failure(ended))
    if failed:
        reasons = (one.get("reasonForIncompletion") or "" for one in failed)
        flow.end(step, entry, "FAILED", " ".join(reasons))
        return
    flow.end(step, entry)


def _wait_for_missing(flow: Flow, step: Step, entry: Entry, ended: Mapping[str, Entry]) -> None:
    """Wait as a server does for a task that is never executed: until somebody completes the JOIN.

    The other branches go on meanwhile; one that fails ends the workflow.
    """
    entry["outputData"] = _outputs(ended)
    key = flow.key(step)
    join_all(flow, f"{key}/missing")
    attempt = Attempt(flow, step, entry, flow.context(), Limits.of(flow.run, step, flow.clock))
    attempt.wait(merge=True)
    flow.end(step, entry, entry["status"], entry.get("reasonForIncompletion", ""))


def holders(flow: Flow, names: Iterable[str]) -> set[str]:
    """Return the ids of the open branches in which the named tasks are."""
    wanted = set(names)
    return {
        branch
        for fork in flow.forks
        for index, branch in fork.branches.items()
        if any(inner.ref in wanted for step in fork.steps[index] for inner in step.nested())
    }


def found_of(flow: Flow, wanted: Iterable[str]) -> dict[str, Entry]:
    """Return the latest execution of each wanted task that was executed at all."""
    latest = {one["referenceTaskName"]: one for one in flow.ordered()}
    return {name: latest[name] for name in wanted if name in latest}


def _succeeded(entry: Entry) -> bool:
    return entry["status"] in SUCCESS


def _until_failure(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """Return entries up to the first that failed, that one included, as a server gathers them."""
    found: dict[str, Entry] = {}
    for name, one in entries.items():
        found[name] = one
        if not _succeeded(one):
            break
    return found


def _outputs(entries: Mapping[str, Entry]) -> dict[str, Any]:
    return {name: one["outputData"] for name, one in entries.items() if one["outputData"]}


def join_all(flow: Flow, key: str) -> None:
    """Wait for all open branches.

    Raises:
        Ending: a branch ends the workflow.
    """
    join(flow, key, {branch for fork in flow.forks for branch in fork.branches.values()})


def join(flow: Flow, key: str, wanted: set[str]) -> None:
    """Wait for branches; any open one that ends the workflow is noticed at once."""
    while wanted:
        opened = [
            (fork, index, branch) for fork in flow.forks for index, branch in fork.branches.items()
        ]
        number = len(opened)
        chosen = flow.effects.first_done(f"{key}/join/{number}", [branch for *_, branch in opened])
        fork, index, branch = opened[chosen]
        result = flow.effects.result(branch)
        flow.absorb(fork, index, result)
        wanted.discard(branch)
        flow.forks = [one for one in flow.forks if one.branches]
        if result.end is not None:
            abandon(flow, key)
            raise Ending.of(result.end)


def abandon(flow: Flow, key: str) -> None:
    """Cancel all open branches, and take over what they had done."""
    opened = [branch for fork in flow.forks for branch in fork.branches.values()]
    if opened:
        flow.effects.cancel(f"{key}/cancel", opened)
    collect_partial(flow)


def collect_partial(flow: Flow) -> None:
    """Take over what the open branches have done so far."""
    for fork in flow.forks:
        for index, branch in list(fork.branches.items()):
            flow.absorb(fork, index, flow.effects.peek(branch))
    flow.forks = []

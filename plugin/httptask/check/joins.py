"""JOIN tasks that do not wait for a branch whose outputs are read after them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import pairwise

from httptask.definition.findings import Finding, Fix
from httptask.definition.workflow import WorkflowDef, WorkflowTask


def check_joins(workflow: WorkflowDef, unjoined: Collection[str], source: str) -> Iterator[Finding]:
    """Yield a warning for each branch of a fork that its JOIN should wait for.

    Args:
        workflow: the definition.
        unjoined: references of the tasks that are read while they may still run.
        source: the definition's file.
    """
    lists = [("/tasks", workflow.tasks)]
    lists += [
        (at + below, tasks) for at, task in workflow.walk() for below, tasks in task.children()
    ]
    for pointer, tasks in lists if unjoined else ():
        for index, (fork, join) in enumerate(pairwise(tasks)):
            if fork.type == "FORK_JOIN" and join.type == "JOIN":
                yield from _joins(fork, join, f"{pointer}/{index + 1}/joinOn", unjoined, source)


def _joins(
    fork: WorkflowTask, join: WorkflowTask, pointer: str, unjoined: Collection[str], source: str
) -> Iterator[Finding]:
    for branch in fork.fork_tasks:
        refs = [inner.task_reference_name for task in branch for _, inner in task.walk()]
        read = next((ref for ref in refs if ref in unjoined), None)
        if read is not None:
            last = branch[-1].task_reference_name
            text = f"{read!r} is read later, and {join.task_reference_name!r} does not wait for it"
            fix = Fix("set", [*(each for each in join.join_on if each not in refs), last])
            yield Finding("join_incomplete", "warning", text, pointer, f"add {last!r}", source, fix)

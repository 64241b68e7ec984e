"""Which tasks a task may refer to: those that have ended by the time it is scheduled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from httptask.definition.reading import escape
from httptask.definition.workflow import WorkflowTask


@dataclass(frozen=True, slots=True)
class Placed:
    """A task in its place.

    Attributes:
        pointer: JSON Pointer of the task.
        task: the task.
        visible: references of the tasks that may have ended before it starts.
    """

    pointer: str
    task: WorkflowTask
    visible: frozenset[str]


def placed_tasks(
    tasks: Sequence[WorkflowTask], pointer: str, before: frozenset[str] = frozenset()
) -> Iterator[Placed]:
    """Yield every task of a list, nested ones included, with what it may refer to."""
    seen = before
    for index, task in enumerate(tasks):
        here = f"{pointer}/{index}"
        yield Placed(here, task, seen | _own_loop(task))
        yield from _nested(task, here, seen)
        seen |= {ref for _, inner in task.walk() for ref in (inner.task_reference_name,)}


def _own_loop(task: WorkflowTask) -> frozenset[str]:
    """A loop's condition and inputs see the loop's own body."""
    if task.type != "DO_WHILE":
        return frozenset()
    return frozenset(inner.task_reference_name for _, inner in task.walk())


def _nested(task: WorkflowTask, here: str, seen: frozenset[str]) -> Iterator[Placed]:
    inside = seen | {task.task_reference_name}
    for name, case in task.decision_cases.items():
        yield from placed_tasks(case, f"{here}/decisionCases/{escape(name)}", inside)
    yield from placed_tasks(task.default_case, f"{here}/defaultCase", inside)
    for index, branch in enumerate(task.fork_tasks):
        yield from placed_tasks(branch, f"{here}/forkTasks/{index}", inside)
    body = inside | _own_loop(task)
    yield from placed_tasks(task.loop_over, f"{here}/loopOver", body)

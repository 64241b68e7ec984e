"""Which tasks have run when a task of a workflow definition runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from httptask.editor.services import Draft

Task = Mapping[str, Any]


def tasks_before(draft: Draft) -> list[Task]:
    """Return the tasks whose outputs the draft's task may use, nearest first.

    A sibling branch of a fork does not count; the body of a loop counts for what follows it.
    """
    tasks = (draft.workflow or {}).get("tasks")
    found = _before(tasks if isinstance(tasks, list) else [], draft.ref)
    return list(reversed(found if found is not None else list(every_task(tasks or []))))


def every_task(tasks: Any) -> Iterator[Task]:
    """Yield all tasks in document order, those inside other tasks included."""
    for task in tasks if isinstance(tasks, list) else []:
        if isinstance(task, Mapping):
            yield task
            for branch in branches(task):
                yield from every_task(branch)


def branches(task: Task) -> list[list[Any]]:
    """Return the lists of tasks that a task holds."""
    cases = task.get("decisionCases")
    held: list[Any] = list(cases.values()) if isinstance(cases, Mapping) else []
    forks = task.get("forkTasks")
    held += forks if isinstance(forks, list) else []
    held += [task.get("defaultCase"), task.get("loopOver")]
    return [branch for branch in held if isinstance(branch, list)]


def find(tasks: Any, ref: str, pointer: str = "/tasks") -> tuple[str, Task] | None:
    """Return JSON Pointer and task of a task reference name."""
    for place, task in _placed(tasks, pointer):
        if task.get("taskReferenceName") == ref:
            return place, task
    return None


def _before(tasks: Sequence[Any], ref: str) -> list[Task] | None:
    seen: list[Task] = []
    for task in tasks:
        if not isinstance(task, Mapping):
            continue
        if task.get("taskReferenceName") == ref:
            return seen
        for branch in branches(task):
            inner = _before(branch, ref)
            if inner is not None:
                return [*seen, task, *inner]
        seen += [task, *(each for branch in branches(task) for each in every_task(branch))]
    return None


def _placed(tasks: Any, pointer: str) -> Iterator[tuple[str, Task]]:
    for index, task in enumerate(tasks if isinstance(tasks, list) else []):
        if not isinstance(task, Mapping):
            continue
        place = f"{pointer}/{index}"
        yield place, task
        cases = task.get("decisionCases")
        for name, branch in cases.items() if isinstance(cases, Mapping) else ():
            step = str(name).replace("~", "~0").replace("/", "~1")
            yield from _placed(branch, f"{place}/decisionCases/{step}")
        forks = task.get("forkTasks")
        for number, branch in enumerate(forks if isinstance(forks, list) else []):
            yield from _placed(branch, f"{place}/forkTasks/{number}")
        yield from _placed(task.get("defaultCase"), f"{place}/defaultCase")
        yield from _placed(task.get("loopOver"), f"{place}/loopOver")

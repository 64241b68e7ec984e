"""Which tasks have run when a task of a workflow definition runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from httptask.definition.structure import raw_tasks, task_lists
from httptask.editor.services import Draft

Task = Mapping[str, Any]


def tasks_before(draft: Draft) -> list[Task]:
    """Return the tasks whose outputs the draft's task may use, nearest first.

    A sibling branch of a fork does not count; the body of a loop counts for what follows it.
    """
    workflow = draft.workflow or {}
    tasks = workflow.get("tasks")
    found = _before(tasks if isinstance(tasks, list) else [], draft.ref)
    if found is None:
        found = [task for _, task in raw_tasks(workflow)]
    return found[::-1]


def pointer_of(workflow: Mapping[str, Any], ref: str) -> str | None:
    """Return the JSON Pointer of the task with a task reference name."""
    for pointer, task in raw_tasks(workflow):
        if task.get("taskReferenceName") == ref:
            return pointer
    return None


def _before(tasks: Sequence[Any], ref: str) -> list[Task] | None:
    seen: list[Task] = []
    for task in tasks:
        if not isinstance(task, dict):
            continue
        if task.get("taskReferenceName") == ref:
            return seen
        for _, branch in task_lists(task, ""):
            inner = _before(branch, ref)
            if inner is not None:
                return [*seen, task, *inner]
        seen += [task, *(inside for _, inside in raw_tasks(task))]
    return None

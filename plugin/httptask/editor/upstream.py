"""Which tasks have run when a task of a workflow definition runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httptask.definition.structure import raw_tasks, task_lists
from httptask.editor.services import Draft

Task = Mapping[str, Any]


def tasks_before(draft: Draft) -> list[Task]:
    """Return the tasks whose outputs the draft's task may use, nearest first.

    A sibling branch of a fork does not count; the body of a loop counts for what follows it.
    """
    workflow = draft.workflow or {}
    place = place_of(draft)
    found = None if place is None else _before(workflow, "", place)
    if found is None:
        found = [task for _, task in raw_tasks(workflow)]
    return found[::-1]


def line_before(draft: Draft) -> list[Task]:
    """Return the tasks that run one after the other before the draft's task, first ones first.

    Inside a branch or a loop these are the ones before it, then those of the branch.
    """
    place = place_of(draft)
    found = None if place is None else _line(draft.workflow or {}, "", place)
    return found or []


def _line(owner: Task, pointer: str, place: str) -> list[Task] | None:
    for where, tasks in task_lists(owner, pointer):
        for index, task in enumerate(tasks):
            here = f"{where}/{index}"
            before: list[Task] = [each for each in tasks[:index] if isinstance(each, dict)]
            if here == place:
                return before
            if place.startswith(f"{here}/"):
                return [*before, *(_line(task, here, place) or ())]
    return None


def place_of(draft: Draft) -> str | None:
    """Return the JSON Pointer of the draft's task in its workflow, or None outside of one."""
    tasks = raw_tasks(draft.workflow or {})
    if draft.place:
        return next((pointer for pointer, _ in tasks if pointer == draft.place), None)
    found = (pointer for pointer, task in tasks if task.get("taskReferenceName") == draft.ref)
    return next(found, None)


def _before(owner: Task, pointer: str, place: str) -> list[Task] | None:
    for where, tasks in task_lists(owner, pointer):
        seen: list[Task] = []
        for index, task in enumerate(tasks):
            here = f"{where}/{index}"
            if here == place:
                return seen
            if not isinstance(task, dict):
                continue
            if place.startswith(f"{here}/"):
                inner = _before(task, here, place)
                return None if inner is None else [*seen, task, *inner]
            seen += [task, *(inside for _, inside in raw_tasks(task))]
    return None

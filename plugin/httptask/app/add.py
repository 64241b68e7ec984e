"""An operation of the catalogue becomes a task of a workflow definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from httptask.app.files import write_json
from httptask.catalog import PreparedTask
from httptask.definition.reading import read_document
from httptask.errors import DefinitionError


def add_task(path: Path, prepared: PreparedTask, ref: str, after: str | None) -> dict[str, Any]:
    """Add a prepared task, and the inputs that it needs, to a workflow definition.

    Args:
        path: the definition's file, which is made if it is absent.
        prepared: the task.
        ref: its task reference name.
        after: the top-level task that it follows; None: at the end.

    Returns:
        The definition as it was written.

    Raises:
        DefinitionError: the file holds something else, the reference is taken, or there is no such
            task to follow.
    """
    task = {**prepared.task, "taskReferenceName": ref}
    return add_tasks(path, [task], [each.name for each in prepared.inputs], after)


def add_tasks(
    path: Path,
    tasks: Sequence[Mapping[str, Any]],
    inputs: list[str],
    after: str | None,
    document: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Add tasks, and the inputs that they need, to a workflow definition.

    Args:
        path: the definition's file, which is made if it is absent.
        tasks: the tasks, in their order.
        inputs: names of the inputs.
        after: the top-level task that they follow; None: at the end.
        document: the definition that is written instead of what the file holds.

    Returns:
        The definition as it was written.

    Raises:
        DefinitionError: as `add_task` does.
    """
    if document is None:
        document = _definition(path)
    taken = {each for each in _references(document["tasks"]) if isinstance(each, str)}
    for task in tasks:
        _insert(document, task, after, str(path), taken)
        taken.add(task["taskReferenceName"])
        after = after and task["taskReferenceName"]
    _declare(document, inputs)
    write_json(path, document)
    return document


def new_definition(path: Path) -> dict[str, Any]:
    """Return a workflow definition without tasks, named as its file."""
    return {"name": path.stem, "version": 1, "schemaVersion": 2, "tasks": []}


def _definition(path: Path) -> dict[str, Any]:
    if not path.exists():
        return new_definition(path)
    document = read_document(path).value
    if not isinstance(document, dict) or not isinstance(document.get("tasks"), list):
        raise DefinitionError(
            "this is not a workflow definition: it has no list of tasks",
            code="wrong_type",
            pointer="/tasks",
            source=str(path),
        )
    return document


def _insert(
    document: dict[str, Any], task: Any, after: str | None, source: str, taken: set[str]
) -> None:
    ref = task["taskReferenceName"]
    if ref in taken:
        raise DefinitionError(
            f"there is already a task with the reference {ref!r}",
            code="duplicate_reference",
            source=source,
            hint="choose another --ref",
        )
    tasks = document["tasks"]
    if after is None:
        tasks.append(task)
        return
    for index, each in enumerate(tasks):
        if isinstance(each, Mapping) and each.get("taskReferenceName") == after:
            tasks.insert(index + 1, task)
            return
    raise DefinitionError(
        f"there is no top-level task {after!r}", code="task_unknown", source=source
    )


def _references(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if "taskReferenceName" in value:
            yield value["taskReferenceName"]
        for key in ("decisionCases", "defaultCase", "forkTasks", "loopOver"):
            yield from _references(value.get(key))
        if "taskReferenceName" not in value:
            for item in value.values():
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _declare(document: dict[str, Any], names: list[str]) -> None:
    declared = document.setdefault("inputParameters", [])
    if isinstance(declared, list):
        declared.extend(name for name in names if name not in declared)

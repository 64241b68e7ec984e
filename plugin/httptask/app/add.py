"""Tasks are put into a workflow definition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from httptask.app.files import write_json
from httptask.app.load import Surroundings
from httptask.core.words import free_name
from httptask.definition.messages import did_you_mean
from httptask.definition.reading import read_document, steps
from httptask.definition.structure import raw_tasks, task_lists
from httptask.errors import DefinitionError
from httptask.expressions import compile_template
from httptask.hooks import PluginManager

T = TypeVar("T")

_INDEX: Final = re.compile("[0-9]{1,9}")
_JOINS: Final = ("JOIN", "EXCLUSIVE_JOIN")


def add_tasks(
    path: Path,
    tasks: Sequence[Mapping[str, Any]],
    after: str | None = None,
    *,
    at: str | None = None,
    document: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Add tasks, and the inputs that they need, to a workflow definition.

    Args:
        path: the definition's file, which is made if it is absent.
        tasks: the tasks, in their order.
        after: the task that they follow, in whatever branch; None: at the end. What follows a fork
            follows its join.
        at: JSON Pointer of the place instead, such as ``/tasks/0`` or ``/tasks/1/defaultCase/-``.
        document: the definition that is written instead of what the file holds.

    Returns:
        The definition as it was written.

    Raises:
        DefinitionError: the file holds something else, a reference is taken, or there is no such
            place.
    """
    if document is None:
        document = _definition(path)
    siblings, index = _place(document, after, at, str(path))
    for task in tasks:
        _require_free(document, task["taskReferenceName"], str(path))
        siblings.insert(index, dict(task))
        index += 1
    _declare(document, names_read(tasks, "workflow.input"))
    write_json(path, document)
    return document


def names_read(value: Any, root: str) -> list[str]:
    """Return the names that the expressions in a value read below a root, in their order.

    Args:
        value: a JSON value.
        root: ``workflow.input`` or ``workflow.secrets``.

    Raises:
        ExpressionError: an expression nests too deeply to be read.
    """
    found = [each for each in compile_template(value).references if each.root == root]
    return list(dict.fromkeys(str(each.prefix[0]) for each in found if each.prefix))


def read_task(path: Path, manager: PluginManager) -> dict[str, Any]:
    """Return the task in a file, as it is written.

    Raises:
        DefinitionError: the file holds something else, or the task is not valid.
    """
    loaded = Surroundings.of(manager).task(path)
    loaded.require()
    task: dict[str, Any] = loaded.raw
    return task


def references_of(path: Path) -> set[str]:
    """Return the references of the tasks of a workflow definition; none if the file is absent.

    Raises:
        DefinitionError: the file holds something else.
    """
    return set(_references(_definition(path)))


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


def _require_free(document: dict[str, Any], reference: str, source: str) -> None:
    taken = _references(document)
    if reference in taken:
        free = free_name(reference, taken.__contains__)
        raise DefinitionError(
            f"there is already a task with the reference {reference!r}",
            code="duplicate_reference",
            source=source,
            hint=f"choose another --ref, such as {free}",
        )


def _references(document: dict[str, Any]) -> list[str]:
    found = (task.get("taskReferenceName") for _, task in raw_tasks(document))
    return [name for name in found if isinstance(name, str)]


def _place(
    document: dict[str, Any], after: str | None, at: str | None, source: str
) -> tuple[list[Any], int]:
    """Return a list of tasks, and where in it something is put."""
    if at is not None:
        return _pointed(document, at, source)
    if after is None:
        return document["tasks"], len(document["tasks"])
    for siblings in dict(_lists(document, "")).values():
        for index, task in enumerate(siblings):
            if isinstance(task, dict) and task.get("taskReferenceName") == after:
                return siblings, index + 1 + _is_joined(siblings, index)
    raise DefinitionError(
        f"there is no task {after!r}",
        code="task_unknown",
        source=source,
        hint=did_you_mean(after, _references(document)),
    )


def _is_joined(siblings: list[Any], index: int) -> bool:
    """Tell whether a task is a fork, and its join comes next."""
    fork, *following = (
        task.get("type") if isinstance(task, dict) else None for task in siblings[index : index + 2]
    )
    is_fork = isinstance(fork, str) and fork.startswith("FORK_JOIN")
    return is_fork and bool(following) and following[0] in _JOINS


def _lists(owner: Any, pointer: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield every list of tasks below a workflow or task, with its pointer."""
    for where, tasks in task_lists(owner, pointer):
        yield where, tasks
        for index, task in enumerate(tasks):
            if isinstance(task, dict):
                yield from _lists(task, f"{where}/{index}")


def _pointed(document: dict[str, Any], at: str, source: str) -> tuple[list[Any], int]:
    where, _, last = at.rpartition("/")
    siblings = dict(_lists(document, "")).get(where)
    if siblings is None:
        siblings = _new_branch(document, where)
    if siblings is not None and last == "-":
        return siblings, len(siblings)
    if siblings is not None and _INDEX.fullmatch(last) and int(last) <= len(siblings):
        return siblings, int(last)
    raise DefinitionError(
        "there is no such place for a task",
        code="place_unknown",
        pointer=at,
        source=source,
        hint="a place is a number in a list of tasks, or - for its end: /tasks/1/defaultCase/-",
    )


def _new_branch(document: dict[str, Any], where: str) -> list[Any] | None:
    """Return the list of a branch that a task does not have yet; None where there can be none."""
    for pointer, task in raw_tasks(document):
        if not where.startswith(f"{pointer}/"):
            continue
        match steps(where.removeprefix(pointer)), task.get("type"):
            case ["decisionCases", case], "SWITCH" | "DECISION":
                cases: dict[str, Any] | None = _made(task, "decisionCases", {})
                return None if cases is None else _made(cases, case, [])
            case ["defaultCase" as name], "SWITCH" | "DECISION":
                return _made(task, name, [])
            case ["loopOver" as name], "DO_WHILE":
                return _made(task, name, [])
    return None


def _made(owner: dict[str, Any], key: str, empty: T) -> T | None:
    """Return what an object has at a key, made if it is absent; None if it is of another type."""
    if owner.get(key) is None:
        owner[key] = empty
    found = owner[key]
    return found if isinstance(found, type(empty)) else None


def _declare(document: dict[str, Any], names: Sequence[str]) -> None:
    declared = document.setdefault("inputParameters", [])
    if isinstance(declared, list):
        declared.extend(name for name in names if name not in declared)

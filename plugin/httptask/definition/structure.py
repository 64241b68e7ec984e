"""Rules between the tasks of a workflow, which no single model can see.

They work on the document as written, so that they also speak when something else is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.definition.findings import Finding, Fix
from httptask.definition.messages import did_you_mean, only_near
from httptask.definition.reading import escape

FIELDS_BY_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "SWITCH": ("evaluatorType", "expression"),
    "FORK_JOIN": ("forkTasks",),
    "DO_WHILE": ("loopOver",),
}
"""Fields that a task needs because of its type."""

_FORKS: Final = ("FORK_JOIN", "FORK_JOIN_DYNAMIC")


def raw_tasks(document: Any, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every task below a workflow or task as written, with its pointer, parents first."""
    for where, tasks in task_lists(document, pointer):
        for index, task in enumerate(tasks):
            if isinstance(task, dict):
                yield f"{where}/{index}", task
                yield from raw_tasks(task, f"{where}/{index}")


def task_lists(owner: Any, pointer: str) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists of tasks directly below a workflow or task, with their pointers."""
    lists = [(f"/{name}", owner.get(name)) for name in ("tasks", "defaultCase", "loopOver")]
    cases, forks = owner.get("decisionCases"), owner.get("forkTasks")
    if isinstance(cases, dict):
        lists += [(f"/decisionCases/{escape(name)}", tasks) for name, tasks in cases.items()]
    if isinstance(forks, list):
        lists += [(f"/forkTasks/{index}", tasks) for index, tasks in enumerate(forks)]
    for below, tasks in lists:
        if isinstance(tasks, list):
            yield pointer + below, tasks


def check_structure(document: Any, pointer: str = "", source: str = "") -> Iterator[Finding]:
    """Yield what is wrong between the tasks of a workflow."""
    found = list(raw_tasks(document, pointer))
    yield from _duplicates(found, source)
    references = [
        task["taskReferenceName"]
        for _, task in found
        if isinstance(task.get("taskReferenceName"), str)
    ]
    for where, task in found:
        yield from _needed(task, where, source)
        yield from _unknown_joins(task, references, where, source)
    yield from _missing_joins(document, pointer, source)
    for where, task in found:
        yield from _missing_joins(task, where, source)


def _needed(task: Mapping[str, Any], pointer: str, source: str) -> Iterator[Finding]:
    """Yield what a task lacks because of its type."""
    kind = task.get("type")
    for name in FIELDS_BY_TYPE.get(kind, ()) if isinstance(kind, str) else ():
        if task.get(name) is None:
            yield _lacking(str(kind), name, pointer, source)
    if kind == "DO_WHILE" and task.get("loopCondition") is None and not _has_items(task):
        yield _lacking(kind, "loopCondition", pointer, source)
    yield from _empty(task, pointer, source)


def _lacking(kind: str, name: str, pointer: str, source: str) -> Finding:
    text = f'a task of type {kind} needs "{name}"'
    return Finding("field_needed", "error", text, f"{pointer}/{name}", "", source)


def _has_items(task: Mapping[str, Any]) -> bool:
    """Tell whether a loop goes through the list in its input ``items``: Orkes' form."""
    inputs = task.get("inputParameters")
    return isinstance(inputs, dict) and inputs.get("items") is not None


def _empty(task: Mapping[str, Any], pointer: str, source: str) -> Iterator[Finding]:
    kind, forks = task.get("type"), task.get("forkTasks")
    empty = []
    if kind == "FORK_JOIN" and isinstance(forks, list):
        empty = [f"/forkTasks/{index}" for index, branch in enumerate(forks) if branch == []]
        empty += [] if forks else ["/forkTasks"]
    if kind == "DO_WHILE" and task.get("loopOver") == []:
        empty = ["/loopOver"]
    for below in empty:
        text = f"a task of type {kind} has no tasks here"
        yield Finding("empty_tasks", "error", text, pointer + below, "", source)


def _duplicates(found: list[tuple[str, dict[str, Any]]], source: str) -> Iterator[Finding]:
    first: dict[str, str] = {}
    for where, task in found:
        name = task.get("taskReferenceName")
        if not isinstance(name, str):
            continue
        if name in first:
            text = f'"{name}" is also the taskReferenceName of {first[name]}'
            here = f"{where}/taskReferenceName"
            yield Finding("duplicate_reference", "error", text, here, "", source)
        first.setdefault(name, where)


def _unknown_joins(
    task: Mapping[str, Any], references: list[str], pointer: str, source: str
) -> Iterator[Finding]:
    names = task.get("joinOn")
    if not isinstance(names, list) or task.get("type") not in ("JOIN", "EXCLUSIVE_JOIN"):
        return
    for index, name in enumerate(names):
        if isinstance(name, str) and name not in references:
            text = f'joinOn names "{name}", and no task has that taskReferenceName'
            hint = did_you_mean(name, references)
            near, at = only_near(name, references), f"{pointer}/joinOn/{index}"
            fix = Fix("set", near) if near else None
            yield Finding("join_unknown", "error", text, at, hint, source, fix)


def _missing_joins(owner: Any, pointer: str, source: str) -> Iterator[Finding]:
    for where, tasks in task_lists(owner, pointer):
        kinds = [task.get("type") if isinstance(task, dict) else None for task in tasks]
        for index, kind in enumerate(kinds):
            following = kinds[index + 1 : index + 2]
            if kind in _FORKS and following not in (["JOIN"], ["EXCLUSIVE_JOIN"]):
                text = f"a task of type {kind} must be followed by a JOIN"
                hint = "add a JOIN task after it"
                yield Finding("join_missing", "error", text, f"{where}/{index}", hint, source)

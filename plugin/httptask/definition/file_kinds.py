"""What kind a document is, so that an error can name the kind of a wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from httptask.definition.field_types import keys
from httptask.definition.findings import Finding
from httptask.definition.messages import did_you_mean
from httptask.definition.other_formats import other_format
from httptask.definition.reading import Document
from httptask.definition.workflow import TaskDef, WorkflowDef

Kind = Literal["workflow", "task", "task_defs"]

_WANTED: Final[Mapping[Kind, str]] = {
    "workflow": "a workflow definition",
    "task": "a task",
    "task_defs": "a task definition",
}
TESTS: Final = "a file of tests"
_HINTS: Final = {
    (TESTS, "workflow"): "httptask verify runs them",
    ("a file of fixtures", "workflow"): "give it with --mock to test and run",
    ("a task", "workflow"): "httptask test tests it; to run it, put it into the tasks of a "
    "workflow definition",
    ("a workflow definition", "task"): "name one of its tasks",
    ("a task definition", "workflow"): "give it with --task-defs, beside a workflow definition",
}
_SIGNS: Final = 'a workflow definition has "tasks", a task has "type" and "inputParameters"'
_ANYWHERE: Final = frozenset({"name", "version", "description", "metadata"})


def is_task(value: Any) -> bool:
    """Tell whether a document is meant as a task."""
    if not isinstance(value, Mapping) or "tasks" in value:
        return False
    kind = value.get("type")
    return (
        "taskReferenceName" in value
        or isinstance(value.get("inputParameters"), Mapping)
        or (isinstance(kind, str) and (kind.isupper() or kind.upper() == "HTTP"))
    )


def other_kind(document: Document, wanted: Kind) -> Finding | None:
    """Return what a document is, if it is not what is wanted, not even with a slip in it."""
    found = kind_of(document.value) or _fixtures(document.value)
    if found == _WANTED[wanted] or (not found and _may_be(document.value, wanted)):
        return None
    if found:
        other = other_format(document.value)
        message = f"this is {found}, not {_WANTED[wanted]}"
        hint = other.hint if other else _HINTS.get((found, wanted), "")
    else:
        message, hint = "this is neither a workflow definition nor a task", _SIGNS
    return Finding("no_definition", "error", message, "", hint, document.source)


def kind_of(value: Any) -> str:
    """Return what a document is in words, or "" if it has no sign of any kind."""
    if not isinstance(value, Mapping):
        return ""
    if other := other_format(value):
        return other.name
    if isinstance(value.get("tasks"), list):
        return _WANTED["workflow"]
    if is_task(value):
        return _WANTED["task"]
    if isinstance(value.get("tests"), list):
        return TESTS
    of_task_defs = keys(TaskDef).keys() - keys(WorkflowDef).keys()
    return _WANTED["task_defs"] if of_task_defs & value.keys() else ""


def _fixtures(value: Any) -> str:
    is_list = isinstance(value, Mapping) and isinstance(value.get("fixtures"), list)
    return "a file of fixtures" if is_list else ""


def _may_be(value: Any, wanted: Kind) -> bool:
    """Tell whether a document of no known kind is one of the wanted kind with a mistake in it."""
    if not isinstance(value, Mapping) or wanted == "task_defs":
        return True
    if wanted == "task":
        return False
    known = keys(WorkflowDef).keys()
    slip = any(did_you_mean(key, ["tasks"]) for key in value.keys() - known)
    return slip or value.keys() <= known or bool(value.keys() & (known - _ANYWHERE))

"""The workflows that SUB_WORKFLOW tasks start, where they are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from httptask.definition.loader import load_workflow
from httptask.definition.workflow import WorkflowDef, WorkflowTask

SUB_WORKFLOW: Final = "SUB_WORKFLOW"
ID: Final = "subWorkflowId"

Named = Callable[[str, Any], WorkflowDef | None]
"""Returns the definition of a name and a version, or the latest; None if it is not known."""


def none_known(_name: str, _version: Any) -> None:
    """Know no definition."""


def inline(task: WorkflowTask) -> tuple[str, Mapping[str, Any]] | None:
    """Return the definition that a task holds, with its pointer below the task."""
    given = task.sub_workflow_param
    if task.type != SUB_WORKFLOW or given is None:
        return None
    for key, held in (
        ("workflowDefinition", given.workflow_definition),
        ("workflowDef", given.workflow_def),
    ):
        if isinstance(held, Mapping) and held:
            return f"/subWorkflowParam/{key}", held
    return None


def started(task: WorkflowTask, named: Named) -> WorkflowDef | None:
    """Return the definition that a task starts, or None if it is not known.

    Args:
        task: the task.
        named: finds definitions that stand elsewhere.
    """
    if (held := inline(task)) is not None:
        return load_workflow(held[1]).value
    given = task.sub_workflow_param
    if task.type != SUB_WORKFLOW or given is None or not given.name or "${" in str(given):
        return None
    return named(given.name, given.version)


def output_names(workflow: WorkflowDef) -> list[str] | None:
    """Return the names in the output of a task that starts a workflow, or None."""
    ends = any(task.type == "TERMINATE" for _, task in workflow.walk())
    return None if ends or not workflow.output_parameters else [ID, *workflow.output_parameters]

"""Which values a task refers to that nobody has given yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from httptask.errors import InputError
from httptask.expressions import WORKFLOW_FIELDS, Context, Reference, Template
from httptask.hooks.task import CompiledTask


def missing_references(template: Template, context: Context) -> list[Reference]:
    """Return the references to workflow fields, inputs, variables and tasks that are not there."""
    found: dict[str, Reference] = {}
    for reference in template.references:
        if _is_missing(reference, context):
            found.setdefault(reference.text, reference)
    return list(found.values())


def require_inputs(task: CompiledTask, context: Context) -> None:
    """Check that every value a task refers to is there.

    Raises:
        InputError: some are missing; the message names them, the hint says how to give them.
    """
    missing = missing_references(task.template, context)
    if not missing:
        return
    names = ", ".join(reference.text for reference in missing)
    raise InputError(
        f"these values are missing: {names}",
        code="inputs_missing",
        pointer=task.pointer + missing[0].pointer,
        source=task.source,
        hint=_hint(missing),
    )


def _hint(missing: Sequence[Reference]) -> str:
    inputs = [ref.prefix[0] for ref in missing if ref.root == "workflow.input" and ref.prefix]
    tasks = sorted({ref.task_ref for ref in missing if ref.task_ref})
    ways = [f"--input {name}=..." for name in dict.fromkeys(inputs)]
    if tasks:
        ways.append(f"the outputs of {', '.join(tasks)} by --run ID or --context FILE")
    if len(ways) == 0:
        ways.append("--context FILE")
    return "give " + ", ".join(ways)


def _is_missing(reference: Reference, context: Context) -> bool:
    match reference.root:
        case "workflow.input":
            return _lacks(context.workflow.get("input"), reference.prefix)
        case "workflow.variables":
            return _lacks(context.workflow.get("variables"), reference.prefix)
        case "workflow":
            return bool(reference.prefix) and reference.prefix[0] not in WORKFLOW_FIELDS
        case "task":
            return reference.task_ref not in context.tasks
    return False


def _lacks(value: Any, path: Sequence[str | int]) -> bool:
    return bool(path) and (not isinstance(value, Mapping) or path[0] not in value)

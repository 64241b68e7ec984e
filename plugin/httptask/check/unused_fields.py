"""Fields that a Conductor server acts on and the embedded engine does not: told, never silent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import BaseModel

from httptask.definition.findings import Finding
from httptask.definition.task_defs import effective_task_def
from httptask.definition.task_types import SUPPORTED_TYPES
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask

_WORKFLOW: Final = (
    "workflow_status_listener_enabled",
    "workflow_status_listener_sink",
    "rate_limit_config",
    "cache_config",
    "masked_fields",
    "input_schema",
    "output_schema",
    "on_state_change",
)
_TASK: Final = ("rate_limited", "on_state_change", "cache_config", "join_mode", "join_status")
_ATTEMPTS: Final = ("start_delay", "retry_count")
_COMPLETED: Final = ("async_complete",)
_AT_ONCE: Final = frozenset(
    {"SWITCH", "DECISION", "FORK_JOIN", "FORK_JOIN_DYNAMIC", "JOIN", "EXCLUSIVE_JOIN", "DO_WHILE"}
    | {"SET_VARIABLE", "TERMINATE", "NOOP"}
)
"""Types of tasks that are executed once, at once."""

_COMPLETABLE: Final = frozenset({"HTTP", "EVENT"})
_TASK_DEF: Final = (
    "rate_limit_per_frequency",
    "concurrent_exec_limit",
    "poll_timeout_seconds",
    "isolation_group_id",
    "execution_name_space",
    "input_schema",
    "output_schema",
)

UNUSED_FIELDS: Final[Mapping[str, tuple[type[BaseModel], tuple[str, ...]]]] = {
    "workflow": (WorkflowDef, _WORKFLOW),
    "task": (WorkflowTask, _TASK),
    "task that is executed once, as SWITCH": (WorkflowTask, _ATTEMPTS),
    "task, unless it is HTTP or EVENT": (WorkflowTask, _COMPLETED),
    "task definition": (TaskDef, _TASK_DEF),
}
"""Names of the fields by where they stand."""

_HINTS: Final = {
    "input_schema": "commands read --input by it; the engine does not check the input against it"
}


def unused_fields(
    workflow: WorkflowDef, task_defs: Mapping[str, TaskDef] | None = None, source: str = ""
) -> list[Finding]:
    """Return a warning for each field that has no effect on the embedded engine.

    Args:
        workflow: the definition.
        task_defs: registered task definitions by name.
        source: the definition's file.
    """
    return list(_found(workflow, task_defs or {}, source))


def _found(
    workflow: WorkflowDef, task_defs: Mapping[str, TaskDef], source: str
) -> Iterator[Finding]:
    yield from _set(workflow, _WORKFLOW, "", "the embedded engine", source)
    for pointer, task in workflow.walk():
        yield from _set(task, _TASK, pointer, "the embedded engine", source)
        kind = f"a task of type {task.type}"
        if task.type in _AT_ONCE:
            yield from _set(task, _ATTEMPTS, pointer, kind, source)
        if task.type in SUPPORTED_TYPES and task.type not in _COMPLETABLE:
            yield from _set(task, _COMPLETED, pointer, kind, source)
        definition = effective_task_def(task, task_defs)
        if task.task_definition is not None:
            below = f"{pointer}/taskDefinition"
            yield from _set(definition, _TASK_DEF, below, "the embedded engine", source)
        elif task.name in task_defs:
            where = f"the embedded engine (task definition {task.name})"
            yield from _set(definition, _TASK_DEF, pointer, where, source, below=False)


def _set(
    model: BaseModel,
    names: tuple[str, ...],
    pointer: str,
    where: str,
    source: str,
    *,
    below: bool = True,
) -> Iterator[Finding]:
    fields = type(model).model_fields
    for name in names:
        field = fields[name]
        value = getattr(model, name)
        asks = value.model_fields_set if isinstance(value, BaseModel) else value
        if asks and name in model.model_fields_set and value != field.default:
            alias = field.alias or name
            text = f'"{alias}" has no effect on {where}'
            at = f"{pointer}/{alias}" if below else pointer
            yield Finding("field_ignored", "warning", text, at, _HINTS.get(name, ""), source)

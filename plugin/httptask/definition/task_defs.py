"""The task definition that applies to a task, and what its input template gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from httptask.definition.findings import Finding
from httptask.definition.workflow import TaskDef, WorkflowTask


def effective_task_def(task: WorkflowTask, defs: Mapping[str, TaskDef] | None = None) -> TaskDef:
    """Return the task definition that applies to a task, its own ``retryCount`` put in.

    The embedded one wins over the registered one of the task's name. Without either the task
    gets what a server makes up: no retries, but for SIMPLE three of them, a minute apart.
    """
    found: TaskDef | None = task.task_definition
    if found is None:
        found = (defs or {}).get(task.name)
    elif not found.name:
        found = found.model_copy(update={"name": task.name})
    if found is None:
        found = _made_up(task.name, is_simple=task.type == "SIMPLE")
    definition = found
    if task.retry_count is None:
        return definition
    return definition.model_copy(update={"retry_count": task.retry_count})


@lru_cache(maxsize=1_024)
def _made_up(name: str, *, is_simple: bool) -> TaskDef:
    more = {} if is_simple else {"retryCount": 0}
    return TaskDef.model_validate({"name": name, **more})


def check_limits(definition: TaskDef, pointer: str, source: str) -> Iterator[Finding]:
    """Yield the time limits of a registered task definition that exclude each other."""
    given = "response_timeout_seconds" in definition.model_fields_set
    silence = definition.response_timeout_seconds if given else 0
    attempt, total = definition.timeout_seconds, definition.total_timeout_seconds
    for name, seconds, around, limit in (
        ("responseTimeoutSeconds", silence, "timeoutSeconds", attempt),
        ("timeoutSeconds", attempt, "totalTimeoutSeconds", total),
    ):
        if 0 < limit < seconds:
            text = f"{name} is {seconds}, more than {around}: {limit}"
            hint = "a server does not register it"
            yield Finding("rule_conflict", "error", text, f"{pointer}/{name}", hint, source)


def with_template(inputs: Mapping[str, Any], template: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs as written, with the template's keys where they have none (top level only)."""
    return {**inputs, **{key: template[key] for key in template if key not in inputs}}

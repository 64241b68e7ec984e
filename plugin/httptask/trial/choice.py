"""The task that a test request is about: a task file's own, or one of a workflow definition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from httptask.definition.file_kinds import is_task
from httptask.definition.loader import Source, load_task, load_workflow
from httptask.definition.options import HttpTaskOptions
from httptask.definition.reading import Document, read_document
from httptask.definition.task_defs import effective_task_def
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.errors import DefinitionError
from httptask.hooks.prepare import prepare_task
from httptask.hooks.task import PreparedTask


@dataclass(frozen=True, slots=True)
class ChosenTask:
    """A task that can be tested.

    Attributes:
        task: its model.
        prepared: the same, compiled.
        task_def: retries and timeouts that apply to it.
        defaults: inputs that the workflow gives where none is given.
    """

    task: WorkflowTask
    prepared: PreparedTask
    task_def: TaskDef
    defaults: Mapping[str, Any]


def choose_task(
    source: Source,
    ref: str | None = None,
    *,
    task_defs: Mapping[str, TaskDef] | None = None,
    options_model: type[HttpTaskOptions] = HttpTaskOptions,
) -> ChosenTask:
    """Return the task to test.

    Args:
        source: a file's path, or the document: an HTTP task, or a workflow definition.
        ref: task reference name in a workflow; None takes its only HTTP task.
        task_defs: registered task definitions by name.
        options_model: model of ``httptask``, with the plugins' kinds of authentication.

    Raises:
        DefinitionError: the definition is not valid, or has no such HTTP task.
    """
    defs = task_defs or {}
    document = read_document(source)
    if not is_task(document.value):
        loaded = load_workflow(document, options_model=options_model, task_defs=defs)
        workflow = loaded.require()
        pointer, task = _named(workflow, ref, loaded.source)
        return _chosen(task, pointer, document, defs, workflow.input_template)
    task = load_task(document, options_model=options_model, task_defs=defs).require()
    return _chosen(task, "", document, defs, {})


def _named(workflow: WorkflowDef, ref: str | None, source: str) -> tuple[str, WorkflowTask]:
    found = [(where, task) for where, task in workflow.walk() if task.type == "HTTP"]
    if ref is None and len(found) == 1:
        return found[0]
    for pointer, task in found:
        if task.task_reference_name == ref:
            return pointer, task
    names = ", ".join(task.task_reference_name for _, task in found) or "there is none"
    raise DefinitionError(
        f"there is no HTTP task {ref!r}" if ref else "the workflow has several HTTP tasks",
        code="task_unknown",
        source=source,
        hint=f"name one of the HTTP tasks: {names}",
    )


def _chosen(
    task: WorkflowTask,
    pointer: str,
    document: Document,
    defs: Mapping[str, TaskDef],
    defaults: Mapping[str, Any],
) -> ChosenTask:
    task_def = effective_task_def(task, defs)
    prepared = prepare_task(
        task,
        task_def,
        pointer=pointer,
        source=document.source,
        base_dir=document.base_dir.resolve() if document.base_dir else None,
    )
    return ChosenTask(task, prepared, task_def, dict(defaults))

"""The test request: one task as production would run it, and what the engine would do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from httptask.app.load import Surroundings, folder_of
from httptask.core.result import TaskResult
from httptask.definition.file_kinds import is_task
from httptask.definition.loader import Source, first_of
from httptask.definition.reading import Document, read_document
from httptask.definition.task_defs import effective_task_def
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.engines.retries import next_step
from httptask.errors import DefinitionError
from httptask.expressions import Context
from httptask.hooks.compile import compile_task
from httptask.hooks.task import CompiledTask
from httptask.trial.request import Trial


@dataclass(frozen=True, slots=True)
class ChosenTask:
    """A task that can be tested.

    Attributes:
        task: its model.
        prepared: the same, compiled.
        task_def: retries and timeouts that apply to it.
        definition: what it stands in, as it is written: a workflow, or the task itself.
    """

    task: WorkflowTask
    prepared: CompiledTask
    task_def: TaskDef
    definition: Any

    def test(self, context: Context, trial: Trial) -> TaskResult:
        """Run the task once.

        Args:
            context: what its expressions are evaluated in.
            trial: how it is run.

        Raises:
            InputError: values that the task refers to are missing.
        """
        step = next_step(self.task_def, optional=self.task.optional)
        return replace(trial, next_step=step).run(self.prepared, context)


def choose_task(source: Source, ref: str | None, beside: Surroundings) -> ChosenTask:
    """Return the task to test.

    Args:
        source: a file's path, or the document: an HTTP task, or a workflow definition.
        ref: task reference name in a workflow; None takes its only HTTP task.
        beside: what it is read with.

    Raises:
        DefinitionError: the definition is not valid, or has no such HTTP task.
    """
    document = first_of(read_document(source))
    if is_task(document.value):
        alone = beside.task(document).require()
        if ref not in {None, alone.task_reference_name}:
            raise _unknown(f"there is no HTTP task {ref!r}", [alone], document.source)
        return _chosen(alone, "", document, beside)
    workflow = beside.workflow(document).require()
    pointer, task = _named(workflow, ref, document.source)
    return _chosen(task, pointer, document, beside)


def _named(workflow: WorkflowDef, ref: str | None, source: str) -> tuple[str, WorkflowTask]:
    found = [(where, task) for where, task in workflow.walk() if task.type == "HTTP"]
    if ref is None and len(found) == 1:
        return found[0]
    for pointer, task in found:
        if task.task_reference_name == ref:
            return pointer, task
    what = f"there is no HTTP task {ref!r}" if ref else "the workflow has several HTTP tasks"
    raise _unknown(what, [task for _, task in found], source)


def _unknown(message: str, tasks: Sequence[WorkflowTask], source: str) -> DefinitionError:
    names = ", ".join(task.task_reference_name for task in tasks) or "there is none"
    hint = f"name one of the HTTP tasks: {names}"
    return DefinitionError(message, code="task_unknown", source=source, hint=hint)


def _chosen(
    task: WorkflowTask, pointer: str, document: Document, beside: Surroundings
) -> ChosenTask:
    task_def = effective_task_def(task, beside.task_defs)
    prepared = compile_task(
        task,
        task_def,
        pointer=pointer,
        source=document.source,
        base_dir=folder_of(document),
    )
    return ChosenTask(task, prepared, task_def, document.value)

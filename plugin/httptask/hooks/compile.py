"""From a task of a workflow definition to the task that the pipeline runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from httptask.definition.task_defs import effective_task_def, with_template
from httptask.definition.workflow import TaskDef, WorkflowTask
from httptask.hooks.task import CompiledTask


def compile_task(
    task: WorkflowTask,
    definition: TaskDef | None = None,
    *,
    pointer: str = "",
    source: str = "",
    base_dir: Path | None = None,
) -> CompiledTask:
    """Compile an HTTP task, completed by the input template of its task definition.

    Args:
        task: the task.
        definition: the task definition that applies; None takes the embedded one.
        pointer: JSON Pointer of the task in the author's file.
        source: that file, for errors.
        base_dir: folder below which file bodies may be read, or None when none may.

    Raises:
        ExpressionError: an expression nests too deeply to be read.
    """
    template = (definition or effective_task_def(task)).input_template
    prepared = CompiledTask.of(
        with_template(task.input_parameters, template),
        name=task.name,
        ref=task.task_reference_name,
        pointer=f"{pointer}/inputParameters",
        source=source,
        base_dir=base_dir,
        async_complete=task.async_complete,
    )
    return replace(prepared, template=prepared.template.filled(template))

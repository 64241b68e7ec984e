"""How an engine executes one HTTP task: the pipeline behind a plain function."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from httptask.builtin.layers.repeat import may_repeat
from httptask.core.execution import Execution
from httptask.core.result import TaskResult
from httptask.definition.task_defs import effective_task_def
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.errors import HttpTaskError
from httptask.expressions import Context
from httptask.hooks.prepare import prepare_task
from httptask.hooks.task import PreparedTask
from httptask.pipeline import Pipeline, Recorder
from httptask.settings import Settings
from httptask.wire.recorder import Watcher


def prepare_tasks(
    workflow: WorkflowDef,
    *,
    task_defs: Mapping[str, TaskDef] | None = None,
    source: str = "",
    base_dir: Path | None = None,
) -> dict[str, PreparedTask]:
    """Compile every HTTP task of a workflow definition, by task reference name.

    Args:
        workflow: the definition.
        task_defs: registered task definitions, whose templates complete the inputs.
        source: the file it was read from, for errors.
        base_dir: folder below which file bodies may be read, or None when none may.
    """
    return {
        task.task_reference_name: prepare_task(
            task,
            effective_task_def(task, task_defs),
            pointer=pointer,
            source=source,
            base_dir=base_dir,
        )
        for pointer, task in workflow.walk()
        if task.type == "HTTP"
    }


@dataclass(slots=True)
class PipelineStep:
    """Executes HTTP tasks of one workflow definition.

    Attributes:
        pipeline: the stages.
        settings: the machine's side.
        tasks: the compiled tasks, by task reference name.
        watch: called with what happens inside a task, redacted.
        cancelled: set it to give up.
    """

    pipeline: Pipeline
    settings: Settings
    tasks: Mapping[str, PreparedTask] = field(default_factory=dict)
    watch: Watcher | None = None
    cancelled: threading.Event | None = None

    def __call__(self, task: WorkflowTask, context: Context, execution: Execution) -> TaskResult:
        """Execute one task."""
        call = self.settings.call(
            self._prepared(task), context, execution, keeps=True, cancelled=self.cancelled
        )
        return self.pipeline.run(call, Recorder(call.redactor, watch=self.watch))

    def may_repeat(self, task: WorkflowTask, context: Context) -> bool:
        """Tell whether a call that was interrupted may be made again."""
        execution = Execution(str(context.workflow.get("workflowId")), task.task_reference_name)
        call = self.settings.call(self._prepared(task), context, execution, keeps=True)
        try:
            resolved = self.pipeline.resolve(call)
        except HttpTaskError:
            return True
        return may_repeat(resolved.spec.method, resolved.options)

    def _prepared(self, task: WorkflowTask) -> PreparedTask:
        return self.tasks.get(task.task_reference_name) or prepare_task(task)

"""How an engine executes one HTTP task: the pipeline behind a plain function."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, TypeVar

from httptask.builtin.layers.repeat import may_repeat
from httptask.core.execution import Execution
from httptask.core.result import TaskResult
from httptask.definition.task_defs import effective_task_def
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.errors import HttpTaskError
from httptask.expressions import Context
from httptask.hooks.compile import compile_task
from httptask.hooks.task import CompiledTask
from httptask.pipeline import Pipeline, Recorder
from httptask.settings import Settings
from httptask.wire.recorder import Watcher

K = TypeVar("K")
V = TypeVar("V")

MAX_STEPS: Final = 1000
"""Runs whose compiled tasks are kept in memory."""


def compile_tasks(
    workflow: WorkflowDef,
    *,
    task_defs: Mapping[str, TaskDef] | None = None,
    source: str = "",
    base_dir: Path | None = None,
) -> dict[str, CompiledTask]:
    """Compile every HTTP task of a workflow definition, by task reference name.

    Args:
        workflow: the definition.
        task_defs: registered task definitions, whose templates complete the inputs.
        source: the file it was read from, for errors.
        base_dir: folder below which file bodies may be read, or None when none may.
    """
    return {
        task.task_reference_name: compile_task(
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
        tasks: the compiled tasks, by task reference name; one that is missing, or that another
            workflow has under this name, is compiled when it is met.
        watch: called with what happens inside a task, redacted.
        cancelled: set it to give up.
        source: the file that the definition was read from, for errors.
        base_dir: folder below which file bodies may be read, or None when none may.
        pointers: JSON Pointers of the tasks in that file, by task reference name.
    """

    pipeline: Pipeline
    settings: Settings
    tasks: dict[str, CompiledTask] = field(default_factory=dict)
    watch: Watcher | None = None
    cancelled: threading.Event | None = None
    source: str = ""
    base_dir: Path | None = None
    pointers: Mapping[str, str] = field(default_factory=dict)

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

    def _prepared(self, task: WorkflowTask) -> CompiledTask:
        ref = task.task_reference_name
        found = self.tasks.get(ref)
        if found is None or found.written != task.input_parameters:
            found = self.tasks[ref] = compile_task(
                task,
                pointer=self.pointers.get(ref, ""),
                source=self.source,
                base_dir=self.base_dir,
            )
        return found


class Kept(Generic[K, V]):
    """The last values that were made, by key; without a lock, which a fork could leave locked.

    Args:
        limit: how many are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: dict[K, V] = {}

    def get(self, key: K) -> V | None:
        """Return a value, or None when it is not kept."""
        return self._values.get(key)

    def put(self, key: K, value: V) -> V:
        """Keep a value and return it; the oldest goes."""
        self._values[key] = value
        with suppress(RuntimeError, StopIteration):  # another thread has put one meanwhile
            while len(self._values) > self._limit:
                self._values.pop(next(iter(self._values)), None)
        return value


class RunSteps:
    """Executes the HTTP tasks of all runs of an engine, each run's with a step of its own.

    Args:
        stored: returns the step of a run that only the journal knows.
    """

    def __init__(self, stored: Callable[[str], PipelineStep]) -> None:
        self._stored = stored
        self._steps: Kept[str, PipelineStep] = Kept(MAX_STEPS)

    def know(self, run_id: str, step: PipelineStep) -> None:
        """Keep the step of a run."""
        self._steps.put(run_id, step)

    def __call__(self, task: WorkflowTask, context: Context, execution: Execution) -> TaskResult:
        """Execute one task."""
        return self._of(execution.workflow_id)(task, context, execution)

    def may_repeat(self, task: WorkflowTask, context: Context) -> bool:
        """Tell whether a call that was interrupted may be made again."""
        return self._of(context.workflow["workflowId"]).may_repeat(task, context)

    def _of(self, run_id: str) -> PipelineStep:
        """Return the step of a run; one that another run started has a step of its own."""
        found = self._steps.get(run_id)
        if found is None:
            found = self._steps.put(run_id, self._stored(run_id))
        return found

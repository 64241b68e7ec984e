"""The embedded engine as the commands use it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy

from httptask.cli.definitions import checked_workflow, read_task_defs
from httptask.cli.interrupted import InterruptedRunError
from httptask.cli.run_view import Progress
from httptask.core.execution import Execution
from httptask.core.result import TaskResult
from httptask.definition.findings import Loaded
from httptask.definition.loader import load_workflow
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.engines.embedded import Engine, Origin
from httptask.engines.step import PipelineStep, prepare_tasks
from httptask.expressions import Context
from httptask.hooks.claims import options_model
from httptask.hooks.prepare import prepare_task
from httptask.hooks.task import PreparedTask
from httptask.pipeline import Pipeline
from httptask.settings import Settings, default_data
from httptask.wire.recorder import Watcher


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A workflow definition that is about to run.

    Attributes:
        definition: the checked definition as it was read; what the check found are warnings.
        task_defs: task definitions by name.
        step: executes its HTTP tasks.
        origin: where it was read from.
    """

    definition: Loaded[WorkflowDef]
    task_defs: Mapping[str, TaskDef]
    step: PipelineStep
    origin: Origin

    @property
    def workflow(self) -> WorkflowDef:
        """Return the definition's model."""
        return self.definition.require()

    def missing_inputs(self, given: Mapping[str, Any]) -> list[str]:
        """Return the names of inputs that HTTP tasks refer to and nobody gives."""
        known = given.keys() | self.workflow.input_template.keys()
        wanted = {
            str(reference.prefix[0])
            for task in self.step.tasks.values()
            for reference in task.template.references
            if reference.root == "workflow.input" and reference.prefix
        }
        return sorted(wanted - known)


def load_run(
    file: Path,
    task_defs: Path | None,
    settings: Settings,
    manager: pluggy.PluginManager,
    *,
    for_server: bool = False,
) -> LoadedRun:
    """Read and check a workflow definition; ``for_server`` says that a server is to run it.

    Raises:
        DefinitionError: it has an error.
    """
    defs = read_task_defs(task_defs)
    model = options_model(manager)
    loaded = checked_workflow(file, defs, model, for_server=for_server)
    origin = Origin(str(file), file.resolve().parent)
    tasks = prepare_tasks(
        loaded.require(), task_defs=defs, source=origin.source, base_dir=origin.base_dir
    )
    step = PipelineStep(Pipeline(manager), settings, tasks)
    return LoadedRun(loaded, defs, step, origin)


def execute(
    loaded: LoadedRun,
    given: Mapping[str, Any],
    settings: Settings,
    workflow_id: str | None = None,
    durability: str = "normal",
    *,
    quiet: bool = False,
) -> Mapping[str, Any]:
    """Run a workflow to its end, its progress on standard error; return its document.

    Args:
        loaded: the definition.
        given: the workflow's input.
        settings: the machine's side.
        workflow_id: id of the run; None: a new one.
        durability: "full" survives a power loss as well.
        quiet: show no progress.

    Raises:
        EngineError: the run cannot be executed.
        InterruptedRunError: Ctrl-C.
    """
    run_id = str(uuid.uuid4()) if workflow_id is None else workflow_id
    with (
        _interruptible(run_id, settings),
        _engine(settings, loaded.step, durability) as engine,
        Progress(quiet=quiet) as progress,
    ):
        return engine.run(
            loaded.workflow,
            given,
            workflow_id=run_id,
            task_defs=loaded.task_defs,
            origin=loaded.origin,
            on_event=progress.saw,
        )


def resume(
    run_id: str,
    settings: Settings,
    manager: pluggy.PluginManager,
    *,
    resend: bool = False,
    quiet: bool = False,
    watch: Watcher | None = None,
) -> Mapping[str, Any]:
    """Go on with a run; return its document.

    Raises:
        InputError: there is no such run.
        EngineError: another process executes it.
        InterruptedRunError: Ctrl-C.
    """
    step = _StoredStep(PipelineStep(Pipeline(manager), settings, {}, watch))
    with (
        _interruptible(run_id, settings),
        _engine(settings, step) as engine,
        Progress(quiet=quiet) as progress,
    ):
        step.know(engine, run_id, manager)
        return engine.resume(run_id, resend=resend, on_event=progress.saw)


class _StoredStep:
    """Executes the HTTP tasks of a stored run, each compiled when it is met."""

    def __init__(self, step: PipelineStep) -> None:
        self._step = step
        self._origin = Origin()
        self._pointers: dict[str, str] = {}
        self._tasks: dict[str, PreparedTask] = {}
        step.tasks = self._tasks

    def know(self, engine: Engine, run_id: str, manager: pluggy.PluginManager) -> None:
        """Look up where the run's definition came from."""
        model = options_model(manager)
        workflow = load_workflow(engine.definition(run_id), options_model=model).require()
        self._pointers = {task.task_reference_name: at for at, task in workflow.walk()}
        self._origin = engine.origin(run_id)

    def __call__(self, task: WorkflowTask, context: Context, execution: Execution) -> TaskResult:
        """Execute one task."""
        self._prepare(task)
        return self._step(task, context, execution)

    def may_repeat(self, task: WorkflowTask, context: Context) -> bool:
        """Tell whether a call that was interrupted may be made again."""
        self._prepare(task)
        return self._step.may_repeat(task, context)

    def _prepare(self, task: WorkflowTask) -> None:
        ref = task.task_reference_name
        if ref not in self._tasks:
            self._tasks[ref] = prepare_task(
                task,
                pointer=self._pointers.get(ref, ""),
                source=self._origin.source,
                base_dir=self._origin.base_dir,
            )


@contextlib.contextmanager
def _interruptible(run_id: str, settings: Settings) -> Iterator[None]:
    """Turn Ctrl-C into an error that says how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        data = "" if settings.data == default_data() else f" --data {settings.data}"
        raise InterruptedRunError(
            "interrupted", hint=f"httptask resume {run_id}{data} goes on with it"
        ) from None


@contextlib.contextmanager
def _engine(
    settings: Settings,
    step: PipelineStep | _StoredStep,
    durability: str = "normal",
) -> Iterator[Engine]:
    """Open the engine over the runs in the data folder."""
    with Engine.open(
        settings.data / "runs",
        step,
        files=settings.files,
        durability="full" if durability == "full" else "normal",
        may_repeat=step.may_repeat,
        env=dict(settings.env),
    ) as engine:
        yield engine


@contextlib.contextmanager
def open_store(data: Path | None) -> Iterator[Engine]:
    """Open the engine to read, cancel and prune; it executes nothing."""
    settings = Settings.from_environment(data=data.absolute() if data else None)

    def refuse(*_: Any) -> Any:
        raise AssertionError("a reading engine executes no task")

    with Engine.open(settings.data / "runs", refuse, files=settings.files) as engine:
        yield engine

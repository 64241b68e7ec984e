"""The embedded engine as the commands use it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy

from httptask.cli.definitions import checked_workflow, read_task_defs
from httptask.cli.interrupted import InterruptedRunError
from httptask.cli.run_view import Progress
from httptask.definition.findings import Loaded
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded import Origin, RunEvent
from httptask.engines.local import Durability, Engine
from httptask.engines.step import PipelineStep, prepare_tasks
from httptask.engines.surroundings import Surroundings
from httptask.hooks.claims import options_model
from httptask.pipeline import Pipeline
from httptask.settings import Settings, default_data
from httptask.wire.recorder import Watcher


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A workflow definition that is about to run.

    Attributes:
        definition: the checked definition as it was read; what the check found are warnings.
        task_defs: task definitions by name.
        workflows: definitions that it may start.
        step: executes its HTTP tasks.
        origin: where it was read from.
        surroundings: functions and other definitions.
    """

    definition: Loaded[WorkflowDef]
    task_defs: Mapping[str, TaskDef]
    workflows: Sequence[WorkflowDef]
    step: PipelineStep
    origin: Origin
    surroundings: Surroundings

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
    surroundings: Surroundings | None = None,
) -> LoadedRun:
    """Read and check a workflow definition; ``for_server`` says that a server is to run it.

    Raises:
        DefinitionError: it has an error.
    """
    defs = read_task_defs(task_defs)
    model = options_model(manager)
    beside = surroundings or Surroundings()
    loaded = checked_workflow(file, defs, model, for_server=for_server, surroundings=beside)
    origin = Origin(str(file), file.resolve().parent)
    tasks = prepare_tasks(
        loaded.require(), task_defs=defs, source=origin.source, base_dir=origin.base_dir
    )
    step = PipelineStep(Pipeline(manager), settings, tasks)
    workflows = beside.library(loaded, defs, model).workflows
    return LoadedRun(loaded, defs, workflows, step, origin, beside)


def execute(
    loaded: LoadedRun,
    given: Mapping[str, Any],
    settings: Settings,
    workflow_id: str | None = None,
    durability: str = "normal",
    *,
    quiet: bool = False,
    detached: bool = False,
) -> Mapping[str, Any]:
    """Run a workflow to its end, its progress on standard error; return its document.

    Args:
        loaded: the definition.
        given: the workflow's input.
        settings: the machine's side.
        workflow_id: id of the run; None: a new one.
        durability: "full" survives a power loss as well.
        quiet: show no progress.
        detached: return as soon as there is nothing to do but wait.

    Raises:
        EngineError: the run cannot be executed.
        InterruptedRunError: Ctrl-C.
    """
    run_id = str(uuid.uuid4()) if workflow_id is None else workflow_id
    manager = loaded.step.pipeline.manager
    kind: Durability = "full" if durability == "full" else "normal"
    with (
        _interruptible(run_id, settings),
        Engine.open(
            settings=settings,
            manager=manager,
            durability=kind,
            functions=loaded.surroundings.functions,
        ) as engine,
        Progress(quiet=quiet) as progress,
    ):
        return engine.run_loaded(
            loaded, given, workflow_id=run_id, watch=progress.saw, detached=detached
        )


def go_on(
    run_id: str,
    settings: Settings,
    manager: pluggy.PluginManager,
    work: Callable[[Engine, str, Callable[[RunEvent], None]], Mapping[str, Any]],
    *,
    quiet: bool = False,
    watch: Watcher | None = None,
    functions: str | None = None,
) -> Mapping[str, Any]:
    """Go on with a run; return its document.

    Args:
        run_id: its id, the beginning of it, or ``last``.
        settings: the machine's side.
        manager: the plugins.
        work: goes on, given the engine, the run's whole id and what shows its progress.
        quiet: show no progress.
        watch: called with what happens inside the tasks.
        functions: a module whose functions execute SIMPLE tasks.

    Raises:
        InputError: there is no such run.
        EngineError: another process executes it.
        InterruptedRunError: Ctrl-C.
    """
    with Engine.open(
        settings=settings, manager=manager, watch=watch, functions=functions
    ) as engine:
        whole = engine.find(run_id)
        with _interruptible(whole, settings), Progress(quiet=quiet) as progress:
            return work(engine, whole, progress.saw)


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

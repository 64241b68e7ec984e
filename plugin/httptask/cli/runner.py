"""The embedded engine as the commands use it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pluggy

from httptask.cli.definitions import checked_workflow, read_task_defs
from httptask.cli.run_view import show_task
from httptask.definition.findings import Finding
from httptask.definition.loader import load_workflow
from httptask.definition.options import build_options_model
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded import Engine, Origin, RunEvent
from httptask.engines.step import PipelineStep, prepare_tasks
from httptask.hooks.claims import auth_models
from httptask.pipeline import Pipeline
from httptask.settings import Settings


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A workflow definition that is about to run.

    Attributes:
        workflow: the checked definition.
        task_defs: task definitions by name.
        step: executes its HTTP tasks.
        warnings: what the check found that does not keep it from running.
        origin: where it was read from.
    """

    workflow: WorkflowDef
    task_defs: Mapping[str, TaskDef]
    step: PipelineStep
    warnings: list[Finding]
    origin: Origin


def load_run(
    file: Path,
    task_defs: Path | None,
    settings: Settings,
    manager: pluggy.PluginManager,
) -> LoadedRun:
    """Read and check a workflow definition.

    Raises:
        DefinitionError: it has an error.
    """
    defs = read_task_defs(task_defs)
    model = build_options_model(auth_models(manager))
    workflow, findings = checked_workflow(file, defs, model)
    origin = Origin(str(file), file.resolve().parent)
    tasks = prepare_tasks(workflow, task_defs=defs, source=origin.source, base_dir=origin.base_dir)
    step = PipelineStep(Pipeline(manager), settings, tasks)
    return LoadedRun(workflow, defs, step, findings, origin)


@contextlib.contextmanager
def open_engine(
    settings: Settings, step: PipelineStep, durability: str = "normal"
) -> Iterator[Engine]:
    """Open the engine over the runs in the data folder; closing it stops the calls under way."""
    with Engine.open(
        settings.data / "runs",
        step,
        files=settings.files,
        durability="full" if durability == "full" else "normal",
        may_repeat=step.may_repeat,
        env=dict(settings.env),
    ) as engine:
        step.cancelled = engine.stopping
        yield engine


@contextlib.contextmanager
def open_store(data: Path | None) -> Iterator[Engine]:
    """Open the engine to read, cancel and prune; it executes nothing."""
    settings = Settings.from_environment(data=data.absolute() if data else None)

    def refuse(*_: Any) -> Any:
        raise AssertionError("a reading engine executes no task")

    with Engine.open(settings.data / "runs", refuse, files=settings.files) as engine:
        yield engine


def execute(
    loaded: LoadedRun,
    given: Mapping[str, Any],
    settings: Settings,
    workflow_id: str | None = None,
    durability: str = "normal",
    *,
    quiet: bool = False,
) -> dict[str, Any]:
    """Run a workflow definition to its end, showing each task as it ends unless ``quiet``.

    Raises:
        DefinitionError: the id belongs to another definition or input.
        EngineError: another process executes that run.
    """
    with open_engine(settings, loaded.step, durability) as engine:
        return engine.run(
            loaded.workflow,
            given,
            workflow_id=workflow_id,
            task_defs=loaded.task_defs,
            origin=loaded.origin,
            on_event=None if quiet else show_event,
        )


def resume(
    run_id: str,
    settings: Settings,
    manager: pluggy.PluginManager,
    *,
    resend: bool = False,
    quiet: bool = False,
) -> dict[str, Any]:
    """Go on with a stored run.

    Raises:
        InputError: there is no such run.
        EngineError: another process executes it.
    """
    step = PipelineStep(Pipeline(manager), settings)
    with open_engine(settings, step) as engine:
        origin = engine.origin(run_id)
        model = build_options_model(auth_models(manager))
        workflow = load_workflow(engine.definition(run_id), options_model=model).require()
        step.tasks = prepare_tasks(workflow, source=origin.source, base_dir=origin.base_dir)
        return engine.resume(run_id, resend=resend, on_event=None if quiet else show_event)


def show_event(event: RunEvent) -> None:
    """Show a task that has ended or waits."""
    if event.kind == "task_updated":
        show_task(event.document)

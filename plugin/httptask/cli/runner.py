"""The embedded engine as the commands use it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

from httptask.cli.definitions import checked_workflow, read_task_defs
from httptask.definition.findings import Finding
from httptask.definition.options import build_options_model
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.step import PipelineStep, prepare_tasks
from httptask.errors import MissingExtraError
from httptask.hooks.claims import auth_models
from httptask.pipeline import Pipeline
from httptask.settings import Settings, default_data

if TYPE_CHECKING:
    from httptask.engines.embedded import Engine


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A workflow definition that is about to run.

    Attributes:
        workflow: the checked definition.
        task_defs: task definitions by name.
        step: executes its HTTP tasks.
        warnings: what the check found that does not keep it from running.
    """

    workflow: WorkflowDef
    task_defs: Mapping[str, TaskDef]
    step: PipelineStep
    warnings: list[Finding]


def load_run(
    file: Path,
    task_defs: Path | None,
    settings: Settings,
    manager: pluggy.PluginManager,
    cancelled: threading.Event | None = None,
) -> LoadedRun:
    """Read and check a workflow definition.

    Raises:
        DefinitionError: it has an error.
    """
    defs = read_task_defs(task_defs)
    model = build_options_model(auth_models(manager))
    workflow, findings = checked_workflow(file, defs, model)
    tasks = prepare_tasks(
        workflow, task_defs=defs, source=str(file), base_dir=file.resolve().parent
    )
    step = PipelineStep(Pipeline(manager), settings, tasks, cancelled=cancelled)
    return LoadedRun(workflow, defs, step, findings)


def engine_class() -> type[Engine]:
    """Return the embedded engine.

    Raises:
        MissingExtraError: the extra ``run`` is not installed.
    """
    try:
        from httptask.engines.embedded import Engine
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"this command needs {error.name}", hint="pip install 'httptask[run]'"
        ) from error
    return Engine


@contextlib.contextmanager
def open_engine(
    settings: Settings, step: PipelineStep, durability: str = "normal"
) -> Iterator[Engine]:
    """Open the engine over the runs in the data folder."""
    with engine_class().open(
        settings.data / "runs",
        step,
        may_repeat=step.may_repeat,
        files=settings.files,
        durability=durability,
    ) as engine:
        yield engine


@contextlib.contextmanager
def open_store(data: Path | None) -> Iterator[Engine]:
    """Open the engine to read, cancel and prune; it executes nothing."""
    settings = Settings.from_environment(data=data)

    def refuse(*_: Any) -> Any:
        raise AssertionError("a reading engine executes no task")

    with engine_class().open(
        (data or default_data()) / "runs", refuse, files=settings.files
    ) as engine:
        yield engine

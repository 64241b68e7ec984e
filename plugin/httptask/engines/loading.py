"""Definitions that are about to run on this machine: read, checked and prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pluggy

from httptask.check import check_workflow
from httptask.core.json_text import encode
from httptask.definition.findings import Loaded
from httptask.definition.loader import load_task_defs, load_workflow
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded import Origin
from httptask.engines.step import PipelineStep, prepare_tasks
from httptask.engines.surroundings import Surroundings
from httptask.hooks.claims import options_model
from httptask.pipeline import Pipeline
from httptask.settings import Settings
from httptask.wire.recorder import Watcher

Source = str | Path | Mapping[str, Any]


class Runnable(Protocol):
    """A definition that is about to run."""

    @property
    def workflow(self) -> WorkflowDef:
        """Return the definition."""

    @property
    def task_defs(self) -> Mapping[str, TaskDef]:
        """Return task definitions by name."""

    @property
    def workflows(self) -> Sequence[WorkflowDef]:
        """Return definitions that it may start."""

    @property
    def step(self) -> PipelineStep:
        """Return what executes its HTTP tasks."""

    @property
    def origin(self) -> Origin:
        """Return where it was read from."""


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A definition that was read, checked and prepared; see ``Runnable``."""

    workflow: WorkflowDef
    task_defs: Mapping[str, TaskDef]
    workflows: Sequence[WorkflowDef]
    step: PipelineStep
    origin: Origin


def load_run(
    path: Source,
    task_defs: Source | None,
    settings: Settings,
    manager: pluggy.PluginManager,
    watch: Watcher | None = None,
    surroundings: Surroundings | None = None,
) -> LoadedRun:
    """Read, check and prepare a definition.

    Raises:
        DefinitionError: it is not valid.
    """
    defs = load_task_defs(task_defs).require() if task_defs is not None else {}
    model = options_model(manager)
    loaded = load_workflow(path, options_model=model, task_defs=defs)
    findings = tuple(check_workflow(loaded, defs))
    workflow = Loaded(loaded.value, loaded.raw, loaded.source, findings).require()
    folder = None if isinstance(path, Mapping) else Path(path).resolve().parent
    origin = Origin(loaded.source, folder)
    tasks = prepare_tasks(workflow, task_defs=defs, source=origin.source, base_dir=folder)
    step = PipelineStep(Pipeline(manager), settings, tasks, watch)
    library = (surroundings or Surroundings()).library(loaded, defs, model)
    return LoadedRun(workflow, defs, library.workflows, step, origin)


def content(source: Source) -> bytes:
    """Return what tells a definition from others: its text, and where it stands."""
    if isinstance(source, Mapping):
        return b"{" + encode(source)
    path = Path(source)
    try:
        return str(path.resolve()).encode() + b"\0" + path.read_bytes()
    except OSError:
        return str(path).encode()  # whoever reads it says why it cannot be read

"""A definition that is about to run: read, checked and prepared."""

from __future__ import annotations

from dataclasses import dataclass

import pluggy

from httptask.app.check import Target, check_runnable
from httptask.app.load import Surroundings, folder_of
from httptask.definition.findings import Loaded
from httptask.definition.loader import Source
from httptask.definition.reading import read_document
from httptask.definition.workflow import WorkflowDef
from httptask.engines.embedded import Origin
from httptask.engines.embedded.library import Library
from httptask.engines.step import PipelineStep, compile_tasks
from httptask.pipeline import Pipeline
from httptask.settings import Settings
from httptask.wire.recorder import Watcher


@dataclass(frozen=True, slots=True)
class LoadedRun:
    """A workflow definition that may run.

    Attributes:
        definition: the definition as it was read; what the check found are warnings.
        library: functions, task definitions, and definitions that it may start.
        step: executes its HTTP tasks.
        origin: where it was read from.
    """

    definition: Loaded[WorkflowDef]
    library: Library
    step: PipelineStep
    origin: Origin

    @property
    def workflow(self) -> WorkflowDef:
        """Return the definition's model."""
        return self.definition.require()


def load_run(
    source: Source,
    beside: Surroundings,
    settings: Settings,
    manager: pluggy.PluginManager,
    *,
    target: Target = "httptask",
    watch: Watcher | None = None,
) -> LoadedRun:
    """Read, check and prepare a definition.

    Args:
        source: a file's path, or the document. File bodies are read only below a file's own folder.
        beside: what it is read with.
        settings: the machine's side.
        manager: the plugins.
        target: what is to run it.
        watch: called with what happens inside its tasks, redacted.

    Raises:
        DefinitionError: it has an error; the hint says how many more.
    """
    document = read_document(source)
    loaded = check_runnable(document, beside, target)
    workflow = loaded.require()
    origin = Origin(loaded.source, folder_of(document))
    tasks = compile_tasks(
        workflow,
        task_defs=beside.task_defs,
        source=origin.source,
        base_dir=origin.base_dir,
    )
    step = PipelineStep(Pipeline(manager), settings, tasks, watch)
    return LoadedRun(loaded, beside.library(loaded), step, origin)

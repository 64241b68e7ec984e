"""Workflows run on this machine: the embedded engine over settings and plugins.

What Python callers use as ``httptask.Engine``, and the commands too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Literal, Self, TypedDict, Unpack

import pluggy

from httptask.app.load import Surroundings, read_task_defs
from httptask.app.run import LoadedRun, load_run
from httptask.core.json_text import encode
from httptask.definition.loader import Source
from httptask.definition.reading import Document as Written
from httptask.definition.workflow import WorkflowDef
from httptask.engines.embedded import Handle, Runs
from httptask.engines.embedded.attempt import Attempt
from httptask.engines.embedded.engine import StartOptions, check_options
from httptask.engines.embedded.functions import Functions
from httptask.engines.embedded.host import Machine
from httptask.engines.embedded.payload import run_id as new_id
from httptask.engines.embedded.run import Watcher
from httptask.engines.embedded.serve import Service
from httptask.engines.step import Kept, PipelineStep, RunSteps
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager, close_plugins, installed_names
from httptask.settings import Settings
from httptask.wire.recorder import Watcher as TaskWatcher

Document = Mapping[str, Any]
Durability = Literal["normal", "full"]


MAX_KEPT: Final = 32
"""Definitions that an engine keeps compiled."""


class RunOptions(TypedDict, total=False):
    """What a run may be started with.

    Attributes:
        input: the workflow's input.
        workflow_id: id of the run; the same id goes on with the same run. None: a new run.
        task_defs: task definitions: retries, timeouts, input templates.
        watch: called with each task that is scheduled or changes.
    """

    input: Document | None
    workflow_id: str | None
    task_defs: Source | None
    watch: Watcher | None


class Engine(Runs):
    """Runs workflow definitions durably; open it with ``Engine.open``.

    Any number of runs go on at once. All methods may be called from any thread, from
    ``asyncio.to_thread``, and after a fork. What the machine does to a run (a crash, a full disk, a
    lock) leaves it unfinished; ``resume`` goes on with it.
    """

    def __init__(
        self,
        settings: Settings,
        manager: pluggy.PluginManager,
        durability: Durability,
        watch: TaskWatcher | None,
        surroundings: Surroundings,
    ) -> None:
        self._surroundings = surroundings
        self._owns_plugins = False
        self.settings, self.manager = settings, manager
        self._watch = watch
        self._kept: Kept[tuple[bytes, bytes | None], LoadedRun] = Kept(MAX_KEPT)
        self._steps = RunSteps(self._stored)
        super().__init__(
            settings.data / "runs",
            settings.files,
            durability,
            Machine(
                Attempt(self._steps, self._steps.may_repeat),
                surroundings.functions,
                installed_names(manager),
            ),
            settings.env,
        )

    @classmethod
    def open(
        cls,
        data: str | Path | None = None,
        *,
        settings: Settings | None = None,
        manager: pluggy.PluginManager | None = None,
        durability: Durability = "normal",
        watch: TaskWatcher | None = None,
        functions: Functions | None = None,
        workflow_defs: str | Path | None = None,
    ) -> Self:
        """Open an engine; use it in a ``with`` block, or close it.

        Args:
            data: folder of runs and stored files; by default that of the settings.
            settings: egress policy and folders; by default those of the environment.
            manager: the plugins; by default all that are installed.
            durability: "full" survives a power loss as well.
            watch: called with what happens inside the tasks, redacted.
            functions: a module whose functions execute SIMPLE tasks (its name, or a file), or the
                functions by the names of the tasks.
            workflow_defs: folder of definitions that others may start; files beside a definition
                are found without it.

        Raises:
            DefinitionError: the module cannot be imported, or has no such function.
            EngineError: the folder cannot be used.
        """
        if settings is None:
            settings = Settings.from_environment(data=None if data is None else Path(data))
        elif data is not None:
            raise TypeError("give a data folder or settings, not both")
        plugins = manager or build_manager()
        beside = Surroundings.of(plugins, functions=functions, workflow_defs=workflow_defs)
        engine = cls(settings, plugins, durability, watch, beside)
        engine._owns_plugins = manager is None
        return engine

    def close(self) -> None:
        """Leave what runs here, to be resumed, and let go of the folder and of connections."""
        super().close()
        if self._owns_plugins:
            close_plugins(self.manager)

    # executing

    def run(
        self,
        path: Source | LoadedRun,
        *,
        detached: bool = False,
        **options: Unpack[RunOptions],
    ) -> Document:
        """Run a workflow to its end; return its execution document.

        Args:
            path: the definition: a file, or the JSON document itself; or what ``load`` returned.
                File bodies are read only below a file's own folder.
            detached: return as soon as there is nothing to do but wait.
            options: ``input``, ``workflow_id``, ``task_defs``, ``watch``: see ``RunOptions``.

        Returns:
            The execution in Conductor's shape: ``workflowId``, ``status``, ``output``, ``tasks[]``.
            A workflow that fails is returned too.

        Raises:
            DefinitionError: the definition is not valid.
            InputError: the id belongs to a run of another definition or input.
            EngineError: another process executes that run, or it is left unfinished.
        """
        return self.execute(*self._ready(path, options), detached=detached)

    def start(self, path: Source | LoadedRun, **options: Unpack[RunOptions]) -> Handle:
        """Start a workflow in a thread of its own; the handle's ``result()`` waits for its end.

        Arguments and errors are those of ``run``.
        """
        return self.begin(*self._ready(path, options))

    def _ready(
        self, path: Source | LoadedRun, options: RunOptions
    ) -> tuple[WorkflowDef, Document | None, StartOptions]:
        """Return what the run engine is given; the run's HTTP tasks are known from now on."""
        check_options(options, RunOptions)
        loaded = self.load(path, options.get("task_defs"))
        run_id = new_id(options.get("workflow_id"))
        self._steps.know(run_id, loaded.step)
        start: StartOptions = {
            "workflow_id": run_id,
            "task_defs": loaded.library.task_defs,
            "workflows": loaded.library.workflows,
            "origin": loaded.origin,
            "watch": options.get("watch"),
        }
        return loaded.workflow, options.get("input"), start

    def load(self, path: Source | LoadedRun, task_defs: Source | None = None) -> LoadedRun:
        """Read, check and prepare a definition; the last ones are kept as long as they are equal.

        Raises:
            DefinitionError: it is not valid.
        """
        if isinstance(path, LoadedRun):
            return path
        key = (_content(path), None if task_defs is None else _content(task_defs))
        found = self._kept.get(key)
        if found is None:
            beside = replace(self._surroundings, task_defs=read_task_defs(task_defs))
            found = load_run(path, beside, self.settings, self.manager, watch=self._watch)
            self._kept.put(key, found)
        return found

    def _stored(self, run_id: str) -> PipelineStep:
        """Return the step of a run that another process has started."""
        workflow = self._surroundings.workflow(self.definition(run_id)).require()
        origin = self.origin(run_id)
        return PipelineStep(
            Pipeline(self.manager),
            self.settings,
            watch=self._watch,
            source=origin.source,
            base_dir=origin.base_dir,
            pointers={task.task_reference_name: at for at, task in workflow.walk()},
        )

    def serve(self, stop: threading.Event, told: Callable[[Document], None]) -> None:
        """Take up whatever is unfinished, and serve timers and completions, until it is stopped.

        Args:
            stop: set it to stop; calls that are under way are waited for.
            told: called with the document of each run that ends, or is left.
        """
        Service(self, told).run(stop)


def _content(source: Source) -> bytes:
    """Return what tells a definition from others: its text, and where it stands."""
    if isinstance(source, Written):
        return source.source.encode() + b"\0" + encode(source.value)
    if isinstance(source, Mapping):
        return b"{" + encode(source)
    path = Path(source)
    try:
        return str(path.resolve()).encode() + b"\0" + path.read_bytes()
    except OSError:
        return str(path).encode()  # whoever reads it says why it cannot be read

"""Workflows run on this machine: the embedded engine over settings and plugins.

What Python callers use as ``httptask.Engine``, and the commands too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self

import pluggy

from httptask.core.closeable import Closeable
from httptask.definition.loader import load_workflow
from httptask.engines.embedded import Engine as RunEngine
from httptask.engines.embedded import Handle, RunInfo
from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.payload import run_id as new_id
from httptask.engines.embedded.prune import Pruned
from httptask.engines.embedded.run import Watcher
from httptask.engines.embedded.serve import Service
from httptask.engines.embedded.stored import TERMINATED
from httptask.engines.loading import LoadedRun, Runnable, Source, content, load_run
from httptask.engines.step import Kept, PipelineStep, RunSteps
from httptask.engines.surroundings import Surroundings
from httptask.hooks.claims import options_model
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager, close_plugins, installed_names
from httptask.settings import Settings
from httptask.wire.recorder import Watcher as TaskWatcher

Document = Mapping[str, Any]
Durability = Literal["normal", "full"]


MAX_KEPT: Final = 32
"""Definitions that an engine keeps compiled."""


class Engine(Closeable):
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
        self._runs = RunEngine.open(
            settings.data / "runs",
            self._steps,
            files=settings.files,
            durability=durability,
            may_repeat=self._steps.may_repeat,
            env=settings.env,
            functions=surroundings.functions,
            plugins=installed_names(manager),
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
        functions: str | Mapping[str, Function] | None = None,
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
        folder = None if workflow_defs is None else Path(workflow_defs)
        if functions is None or isinstance(functions, str):
            surroundings = Surroundings.of(functions, folder)
        else:
            surroundings = Surroundings(functions, folder)
        engine = cls(settings, manager or build_manager(), durability, watch, surroundings)
        engine._owns_plugins = manager is None
        return engine

    def close(self) -> None:
        """Leave what runs here, to be resumed, and let go of the folder and of connections."""
        self._runs.close()
        if self._owns_plugins:
            close_plugins(self.manager)

    # executing

    def run(
        self,
        path: Source,
        *,
        input: Document | None = None,  # noqa: A002 - the workflow's own word
        workflow_id: str | None = None,
        task_defs: Source | None = None,
        watch: Watcher | None = None,
    ) -> Document:
        """Run a workflow to its end; return its execution document.

        Args:
            path: the definition: a file, or the JSON document itself. File bodies are read only
                below a file's own folder.
            input: the workflow's input.
            workflow_id: id of the run; the same id goes on with the same run. None: a new run.
            task_defs: task definitions: retries, timeouts, input templates.
            watch: called with each task that is scheduled or changes.

        Returns:
            The execution in Conductor's shape: ``workflowId``, ``status``, ``output``, ``tasks[]``.
            A workflow that fails is returned too.

        Raises:
            DefinitionError: the definition is not valid.
            InputError: the id belongs to a run of another definition or input.
            EngineError: another process executes that run, or it is left unfinished.
        """
        loaded = self._loaded(path, task_defs)
        return self.run_loaded(loaded, input, workflow_id=workflow_id, watch=watch)

    def start(
        self,
        path: Source,
        *,
        input: Document | None = None,  # noqa: A002 - the workflow's own word
        workflow_id: str | None = None,
        task_defs: Source | None = None,
        watch: Watcher | None = None,
    ) -> Handle:
        """Start a workflow in a thread of its own; the handle's ``result()`` waits for its end.

        Args:
            path: see ``run``, as the other arguments.
            input: the workflow's input.
            workflow_id: id of the run.
            task_defs: task definitions.
            watch: called with each task that is scheduled or changes.
        """
        loaded = self._loaded(path, task_defs)
        return self._runs.start(
            loaded.workflow, input, workflow_id=self._known(loaded, workflow_id),
            task_defs=loaded.task_defs, workflows=loaded.workflows, origin=loaded.origin,
            on_event=watch,
        )  # fmt: skip

    def run_loaded(
        self,
        loaded: Runnable,
        given: Document | None,
        *,
        workflow_id: str | None = None,
        watch: Watcher | None = None,
        detached: bool = False,
    ) -> Document:
        """Run a definition that has been read, checked and prepared; see ``run``.

        Args:
            loaded: the definition.
            given: the workflow's input.
            workflow_id: id of the run.
            watch: called with each task that is scheduled or changes.
            detached: return as soon as there is nothing to do but wait.
        """
        return self._runs.run(
            loaded.workflow, given, workflow_id=self._known(loaded, workflow_id),
            task_defs=loaded.task_defs, workflows=loaded.workflows, origin=loaded.origin,
            on_event=watch, detached=detached,
        )  # fmt: skip

    def _known(self, loaded: Runnable, workflow_id: str | None) -> str:
        """Return the id of a run that is about to start; its step is known from now on."""
        run_id = new_id(workflow_id)
        self._steps.know(run_id, loaded.step)
        return run_id

    def _loaded(self, path: Source, task_defs: Source | None) -> LoadedRun:
        """Read, check and prepare a definition; the last ones are kept as long as they are equal.

        Raises:
            DefinitionError: it is not valid.
        """
        key = (content(path), None if task_defs is None else content(task_defs))
        found = self._kept.get(key)
        if found is None:
            found = load_run(
                path, task_defs, self.settings, self.manager, self._watch, self._surroundings
            )
            self._kept.put(key, found)
        return found

    def _stored(self, run_id: str) -> PipelineStep:
        """Return the step of a run that another process has started."""
        model = options_model(self.manager)
        workflow = load_workflow(self._runs.definition(run_id), options_model=model).require()
        origin = self._runs.origin(run_id)
        return PipelineStep(
            Pipeline(self.manager),
            self.settings,
            watch=self._watch,
            source=origin.source,
            base_dir=origin.base_dir,
            pointers={task.task_reference_name: at for at, task in workflow.walk()},
        )

    def resume(
        self,
        run_id: str,
        *,
        resend: bool = False,
        watch: Watcher | None = None,
    ) -> Document:
        """Go on with an unfinished run; return its document. A finished one is returned.

        Args:
            run_id: its id, the beginning of it, or ``last``.
            resend: make calls again that were interrupted and may have had their effect.
            watch: called with what happens; recorded tasks are told again.

        Raises:
            InputError: there is no such run.
            EngineError: another process executes it, it is paused, or is left unfinished.
        """
        return self._runs.resume(self.find(run_id), resend=resend, on_event=watch)

    def retry(self, run_id: str, *, resend: bool = False, watch: Watcher | None = None) -> Document:
        """Go on with a run that failed, from its failed tasks; what is done stays.

        Args:
            run_id: its id, the beginning of it, or ``last``.
            resend: also make calls again that were interrupted and may have had their effect.
            watch: called with what happens; recorded tasks are told again.

        Raises:
            InputError: there is no such run, or nothing of it can be retried.
        """
        return self._runs.retry(self.find(run_id), resend=resend, on_event=watch)

    def rerun(self, run_id: str, reference: str, *, watch: Watcher | None = None) -> Document:
        """Execute a task of a run that has ended, and all that follow it, again.

        Args:
            run_id: its id, the beginning of it, or ``last``.
            reference: the task's reference name.
            watch: called with what happens; recorded tasks are told again.

        Raises:
            InputError: there is no such run or task, or the run has not ended.
        """
        return self._runs.rerun(self.find(run_id), reference, on_event=watch)

    def serve(self, stop: threading.Event, told: Callable[[Document], None]) -> None:
        """Take up whatever is unfinished, and serve timers and completions, until it is stopped.

        Args:
            stop: set it to stop; calls that are under way are waited for.
            told: called with the document of each run that ends, or is left.
        """
        Service(self._runs, told).run(stop)

    @property
    def is_idle(self) -> bool:
        """Tell whether no run is executed here."""
        return self._runs.is_idle

    @property
    def is_lost(self) -> bool:
        """Tell whether the folder was removed, or replaced, under this engine."""
        return self._runs.is_lost

    # reading and steering, whoever executes the run

    def find(self, text: str) -> str:
        """Return the id of a run by its beginning, or of the newest one by ``last``.

        Raises:
            InputError: there is no such run, or there are several.
        """
        return self._runs.find(text)

    def get(self, run_id: str) -> Document:
        """Return a run's document; of an unfinished one what it has done, and what it waits for."""
        return self._runs.get(self.find(run_id))

    def list(
        self, *, status: str | None = None, limit: int = 100, offset: int = 0
    ) -> Sequence[RunInfo]:
        """Return the runs, newest first; all, or those of a status."""
        return self._runs.list(status=status, limit=limit, offset=offset)

    def complete(
        self,
        run_id: str,
        reference: str,
        *,
        status: str = "COMPLETED",
        output: Document | None = None,
        reason: str = "",
    ) -> None:
        """Complete a task that waits for it.

        Args:
            run_id: the run: its id, the beginning of it, or ``last``.
            reference: the task's reference name.
            status: how the task ends.
            output: its output.
            reason: why it failed.

        Raises:
            InputError: there is no such run, or no such task waits.
        """
        self._runs.complete_task(
            self.find(run_id), reference, status=status, output=output, reason=reason
        )

    def pause(self, run_id: str) -> Document:
        """Let a run start no more tasks; return its document."""
        return self._runs.pause(self.find(run_id))

    def unpause(self, run_id: str) -> Document:
        """Let a paused run continue; return its document."""
        return self._runs.unpause(self.find(run_id))

    def terminate(self, run_id: str, reason: str = TERMINATED) -> Document:
        """End a run; return its document. One that has ended stays as it is."""
        return self._runs.terminate(self.find(run_id), reason)

    def prune(
        self, older_than: timedelta, *, interrupted: bool = False, dry_run: bool = False
    ) -> Pruned:
        """Remove runs that ended before a while, and stored files that no run refers to.

        Args:
            older_than: how long ago they must have ended.
            interrupted: also remove unfinished runs that nobody executes, started that long ago.
            dry_run: only tell which runs would be removed.
        """
        return self._runs.prune(older_than, interrupted=interrupted, dry_run=dry_run)

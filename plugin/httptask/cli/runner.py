"""The embedded engine as the commands use it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pluggy

from httptask.app.engine import Durability, Engine
from httptask.app.run import LoadedRun
from httptask.cli.interrupted import InterruptedRunError
from httptask.cli.run_view import Progress
from httptask.engines.embedded import RunEvent
from httptask.settings import Settings, default_data
from httptask.wire.recorder import Watcher


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
            functions=loaded.library.functions,
        ) as engine,
        Progress(quiet=quiet) as progress,
    ):
        return engine.run(
            loaded, input=given, workflow_id=run_id, watch=progress.saw, detached=detached
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

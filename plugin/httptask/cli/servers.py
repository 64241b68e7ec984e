"""A real Conductor server as the commands use it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import pluggy

from httptask.cli.definitions import checked_workflow, read_task_defs
from httptask.cli.run_view import show_task
from httptask.definition.findings import Loaded
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.conductor.client import ConductorClient, ServerSettings
from httptask.engines.conductor.start import run_on_server
from httptask.hooks.claims import options_model
from httptask.pipeline import Pipeline
from httptask.settings import Settings

if TYPE_CHECKING:
    from httptask.cli.runner import LoadedRun

F = TypeVar("F", bound=Callable[..., Any])


@contextlib.contextmanager
def open_client(server: str | None) -> Iterator[ConductorClient]:
    """Open the server's API."""
    client = ConductorClient(ServerSettings.from_environment(server))
    try:
        yield client
    finally:
        client.close()


def load_for_server(
    file: Path, task_defs: Path | None, manager: pluggy.PluginManager
) -> tuple[Loaded[WorkflowDef], dict[str, TaskDef]]:
    """Read and check a definition; the embedded engine's limits do not apply to it.

    Raises:
        DefinitionError: a file cannot be read, or the definition has an error.
    """
    defs = read_task_defs(task_defs)
    model = options_model(manager)
    return checked_workflow(file, defs, model, for_server=True), defs


def run_file(
    run: LoadedRun,
    given: Mapping[str, Any],
    server: str,
    settings: Settings,
    manager: pluggy.PluginManager,
    *,
    quiet: bool = False,
) -> dict[str, Any]:
    """Run a definition on a server, its HTTP tasks in this process.

    Raises:
        DefinitionError: it has an error, or the server cannot run it.
        EngineError: the server does not respond.
    """
    cancelled = threading.Event()
    with interrupting(cancelled):
        found = run_on_server(
            ServerSettings.from_environment(server),
            run.definition,
            given,
            settings=settings,
            pipeline=Pipeline(manager),
            prepared=run.step.tasks,
            task_defs=run.task_defs,
            base_dir=run.origin.base_dir,
            watch=None if quiet else show_task,
            cancelled=cancelled,
        )
    if cancelled.is_set():
        raise click.Abort
    return found


@contextlib.contextmanager
def interrupting(event: threading.Event) -> Iterator[None]:
    """Set an event on the first Ctrl-C; the second one interrupts as usual."""
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: Any) -> None:
        del number, frame
        event.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def server_option(function: F) -> F:
    """Add ``--server``."""
    return click.option(
        "--server",
        metavar="URL",
        help="Conductor server (CONDUCTOR_SERVER_URL); Orkes also needs CONDUCTOR_AUTH_KEY and "
        "CONDUCTOR_AUTH_SECRET.",
    )(function)

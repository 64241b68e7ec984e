"""A real Conductor server as the commands use it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from httptask.cli.run_view import show_task
from httptask.engines.conductor.client import ConductorClient, ServerSettings

if TYPE_CHECKING:
    from httptask.app.run import LoadedRun

F = TypeVar("F", bound=Callable[..., Any])


@contextlib.contextmanager
def open_client(server: str | None) -> Iterator[ConductorClient]:
    """Open the server's API."""
    client = ConductorClient(ServerSettings.from_environment(server))
    try:
        yield client
    finally:
        client.close()


def run_file(
    loaded: LoadedRun, given: Mapping[str, Any], server: str, *, quiet: bool = False
) -> dict[str, Any]:
    """Run a definition on a server, its progress on standard error; Ctrl-C terminates it.

    Raises:
        EngineError: the server does not respond, or refuses the definition.
    """
    from httptask.app.server import run

    cancelled, shown = threading.Event(), None if quiet else show_task
    with interrupting(cancelled):
        settings = ServerSettings.from_environment(server)
        found = run(loaded, given, settings, watch=shown, cancelled=cancelled)
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

"""Editors for tests, in this process or in that of another Python.

Run as a program it starts and stops editors of the httptask that its Python has installed: one
order a line on standard input, one response a line on standard output.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import uvicorn
from loopback import loopback_only
from token_auth import Stamps, TokenAuth

import httptask
from httptask.catalog import Catalog
from httptask.editor.app import create_app
from httptask.editor.serve import listening_socket
from httptask.editor.services import Services
from httptask.editor.settings import EditorSettings
from httptask.editor.wiring import Backend
from httptask.editor.workflow_file import WorkflowFile
from httptask.plugins import build_manager
from httptask.settings import Settings

VARIABLES = ("HTTPTASK_", "CONDUCTOR_")


class StandInCatalog(Catalog):
    """A catalogue whose bundled image operation points at a stand-in."""

    stand_in: str

    def prepare(self, operation_id: str, **choices: str | int | None) -> dict[str, Any]:
        """Prepare a task; the image operation's goes to the stand-in."""
        if operation_id.startswith("digitalocean"):
            choices.setdefault("server", self.stand_in)
        return super().prepare(operation_id, **choices)


@dataclass(frozen=True)
class Order:
    """What an editor is started with.

    Attributes:
        catalogue: folder of the catalogue.
        stand_in: URL of the stand-in of the image API.
        folder: where its workflow file and its data are.
        allow: exceptions of the egress policy.
        limits: settings of the server, by name.
        environment: the variables that httptask reads.
    """

    catalogue: str
    stand_in: str
    folder: str
    allow: tuple[str, ...]
    limits: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket on a free loopback port."""
    with listening_socket() as found:
        found.bind(("127.0.0.1", 0))
        yield found


@contextmanager
def running(app: Any, on: socket.socket) -> Iterator[None]:
    """Serve an application from a thread."""
    config = uvicorn.Config(app, log_level="error", access_log=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [on]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join(60)


@contextmanager
def editor(order: Order, backend: Services | None = None) -> Iterator[dict[str, str]]:
    """Run an editor; ``backend`` replaces the production one. Yields its URL and token."""
    with listening() as found:
        port = found.getsockname()[1]
        settings = replace(EditorSettings.loopback(port), **order.limits)
        file = WorkflowFile(Path(order.folder) / "flow.json")
        app = create_app(backend or production(order), settings, file)
        with running(app, found):
            yield {"url": f"http://127.0.0.1:{port}", "token": settings.token}


def production(order: Order) -> Backend:
    """The production back end, with plugins; its image operation points at the stand-in."""
    catalog = StandInCatalog.open(Path(order.catalogue))
    catalog.stand_in = order.stand_in
    machine = Settings.from_environment(allow_hosts=order.allow, data=Path(order.folder) / "data")
    manager = build_manager({"token": TokenAuth(), "stamps": Stamps()}, installed=False)
    return Backend(catalog, machine, manager, order.allow, Path(order.folder) / "flow.json")


def main() -> None:
    """Start and stop editors as ordered, until standard input ends."""
    tell({"httptask": httptask.__file__})
    open_ones: dict[str, ExitStack] = {}
    with loopback_only():
        for line in sys.stdin:
            given = json.loads(line)
            if "stop" in given:
                ending = open_ones.pop(given["stop"]).close
                threading.Thread(target=ending).start()  # nobody waits for it
                started = {}
            else:
                stack = ExitStack()
                started = stack.enter_context(editor(read_order(given)))
                open_ones[started["url"]] = stack
            tell(started)


def tell(reply: Mapping[str, str]) -> None:
    """Write a line of JSON to standard output."""
    sys.stdout.write(json.dumps(reply) + "\n")
    sys.stdout.flush()


def read_order(given: Mapping[str, Any]) -> Order:
    """Read an order, and take its environment for this process."""
    for name in [name for name in os.environ if name.startswith(VARIABLES)]:
        del os.environ[name]
    os.environ.update(given["environment"])
    limits = {
        name: frozenset(value) if isinstance(value, list) else value
        for name, value in given["limits"].items()
    }
    return Order(**{**given, "limits": limits})


if __name__ == "__main__":
    main()

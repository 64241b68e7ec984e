"""Run the editor's server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from httptask.app.catalog import Catalog
from httptask.editor.app import create_app
from httptask.editor.opening import opened
from httptask.editor.settings import EditorSettings
from httptask.editor.wiring import Backend
from httptask.editor.workflow_file import WorkflowFile
from httptask.errors import EngineError
from httptask.plugins import build_service_manager
from httptask.settings import Settings

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What ``httptask serve`` was asked for.

    Attributes:
        workflow: the workflow definition file to open or create, or None.
        port: TCP port; 0 for a free one.
        open_browser: open the link.
        allow_hosts: exceptions of the egress policy, HOST[:PORT].
        embed_origins: origins whose pages may frame the editor or call its API.
        catalogue: folder of the catalogue, or None for the default one.
    """

    workflow: Path | None = None
    port: int = 0
    open_browser: bool = False
    allow_hosts: Sequence[str] = ()
    embed_origins: Sequence[str] = ()
    catalogue: Path | None = None


def listening_socket() -> socket.socket:
    """Return a socket whose connections send at once.

    asyncio turns off the delay of small packets (Nagle) only on sockets that say they are TCP; with
    it, a browser waits 40 ms for the body behind the head of each response.
    """
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)


def build_app(options: ServeOptions, port: int) -> tuple[Starlette, str]:
    """Return the application and the link that opens it, token included."""
    settings = EditorSettings.loopback(port, embed_origins=frozenset(options.embed_origins))
    machine = Settings.from_environment(allow_hosts=options.allow_hosts)
    manager = build_service_manager()
    path = options.workflow
    catalogue = Catalog.open(options.catalogue, manager=manager)
    backend = Backend(catalogue, machine, manager, options.allow_hosts, path)
    file = WorkflowFile(path) if path else None
    if file is not None:
        file.require_workflow()
    app = create_app(backend, settings, file)
    return app, f"http://{HOST}:{port}/#token={settings.token}"


def serve(options: ServeOptions, announce: Callable[[str], None]) -> None:
    """Serve until interrupted; ``announce`` is given the link once the server responds.

    Raises:
        EngineError: the port is in use.
        DefinitionError: the file is not a workflow definition.
    """
    with listening_socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, options.port))
        except OSError as error:
            raise EngineError(
                f"port {options.port} cannot be used: {error.strerror}",
                code="port_unavailable",
                hint="choose another with --port",
            ) from error
        listening.listen()  # whoever follows the link at once waits until the server responds
        app, link = build_app(options, listening.getsockname()[1])
        config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
        config.load()
        with suppress(KeyboardInterrupt), ExitStack() as stack:

            def serving() -> None:
                announce(link)
                if options.open_browser:
                    stack.enter_context(opened(link))

            _Server(config, serving).run(sockets=[listening])


class _Server(uvicorn.Server):
    """A server that tells when it serves: an interrupt before that moment would cut its start."""

    def __init__(self, config: uvicorn.Config, serving: Callable[[], None]) -> None:
        super().__init__(config)
        self._serving = serving

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._serving()

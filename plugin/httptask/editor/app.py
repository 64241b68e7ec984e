"""The editor as a web application."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from httptask.editor.api import Api, broken, failed
from httptask.editor.guard import Guard
from httptask.editor.running import RunningTests
from httptask.editor.services import Services
from httptask.editor.settings import EditorSettings
from httptask.editor.workflow_file import WorkflowFile
from httptask.errors import HttpTaskError

ASSETS = Path(str(files("httptask.editor") / "assets"))
_ORIGINS_MARK = "{{embed-origins}}"
_MODULES_MARK = "{{modules}}"
_LATER = {"json-setup.js"}


def create_app(
    services: Services, settings: EditorSettings, workflow: WorkflowFile | None = None
) -> Starlette:
    """Return the application: pages, assets and REST API behind one guard."""
    running = RunningTests(
        services, settings.parallel_tests, settings.waiting_tests, settings.max_shown_bytes
    )
    api = Api(services, running, settings.max_upload_bytes, workflow)
    pages = _Pages(settings)
    return Starlette(
        routes=[
            Route("/", pages.index),
            Route("/embed", pages.embed),
            *api.routes(),
            Mount("/assets", StaticFiles(directory=ASSETS)),
        ],
        middleware=[Middleware(Guard, settings=settings)],
        exception_handlers={HttpTaskError: failed, Exception: broken},
    )


class _Pages:
    def __init__(self, settings: EditorSettings) -> None:
        origins = " ".join(sorted(settings.embed_origins))
        self._index = _page("index.html")
        self._embed = _page("embed.html").replace(_ORIGINS_MARK, origins)

    async def index(self, request: Request) -> Response:
        """Respond with the page that ``httptask serve`` links to."""
        del request
        return HTMLResponse(self._index)

    async def embed(self, request: Request) -> Response:
        """Respond with the page that other editors frame."""
        del request
        return HTMLResponse(self._embed)


def _page(name: str) -> str:
    """Return a page that asks for the modules it needs at once, not one level after another."""
    modules = [*sorted(ASSETS.glob("src/**/*.js")), ASSETS / "vendor/lit.js"]
    paths = [path.relative_to(ASSETS).as_posix() for path in modules if path.name not in _LATER]
    links = "\n    ".join(f'<link rel="modulepreload" href="/assets/{path}" />' for path in paths)
    return (ASSETS / name).read_text().replace(_MODULES_MARK, links)

"""The editor as a web application."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware

from httptask.editor.api import Api, broken, failed
from httptask.editor.guard import Guard
from httptask.editor.pages import Pages
from httptask.editor.running import RunningTests
from httptask.editor.services import Services
from httptask.editor.settings import EditorSettings
from httptask.editor.signing_in import SignIns
from httptask.editor.workflow_file import WorkflowFile
from httptask.errors import HttpTaskError


def create_app(
    services: Services, settings: EditorSettings, workflow: WorkflowFile | None = None
) -> Starlette:
    """Return the application: pages, assets and REST API behind one guard."""
    running = RunningTests(
        settings.parallel_tests, settings.waiting_tests, settings.max_shown_bytes
    )
    sign_ins = SignIns()
    api = Api(services, running, sign_ins, settings.max_upload_bytes, workflow)
    return Starlette(
        routes=[*Pages(settings).routes(), *api.routes(), *sign_ins.routes()],
        middleware=[Middleware(Guard, settings=settings)],
        exception_handlers={HttpTaskError: failed, Exception: broken},
    )

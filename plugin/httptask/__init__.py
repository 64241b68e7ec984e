"""The HTTP step for workflow engines."""

from __future__ import annotations

TYPE_CHECKING = False  # typing itself takes longer to import than this module
if TYPE_CHECKING:
    from httptask.api import check_task, check_workflow, run_workflow, test_request
    from httptask.app.catalog import Catalog
    from httptask.app.engine import Engine
    from httptask.definition.loader import load_task, load_workflow
    from httptask.engines.embedded.functions import simple_task
    from httptask.plugins import build_manager
    from httptask.settings import Settings

__version__ = "0.1.0"

__all__ = [
    "Catalog",
    "Engine",
    "Settings",
    "__version__",
    "build_manager",
    "check_task",
    "check_workflow",
    "load_task",
    "load_workflow",
    "run_workflow",
    "simple_task",
    "test_request",
]

_HOMES = {
    "Catalog": "httptask.app.catalog",
    "Engine": "httptask.app.engine",
    "Settings": "httptask.settings",
    "build_manager": "httptask.plugins",
    "check_task": "httptask.api",
    "check_workflow": "httptask.api",
    "load_task": "httptask.definition.loader",
    "load_workflow": "httptask.definition.loader",
    "run_workflow": "httptask.api",
    "simple_task": "httptask.engines.embedded.functions",
    "test_request": "httptask.api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Importing the package stays cheap: a room is loaded when its name is first used.
    from importlib import import_module  # noqa: PLC0415

    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

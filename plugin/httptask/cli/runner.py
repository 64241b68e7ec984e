"""The embedded engine as the commands use it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from httptask.app.engine import Engine
from httptask.cli.interrupted import InterruptedRunError
from httptask.cli.run_view import Progress
from httptask.engines.embedded import RunEvent
from httptask.settings import Settings, default_data


def attended(
    engine: Engine,
    run_id: str,
    work: Callable[[Callable[[RunEvent], None]], Mapping[str, Any]],
    *,
    quiet: bool = False,
) -> Mapping[str, Any]:
    """Execute a run with its progress on standard error; return its document.

    Args:
        engine: the engine.
        run_id: the run's id.
        work: executes it, given what shows its progress.
        quiet: show no progress.

    Raises:
        EngineError: the run cannot be executed.
        InterruptedRunError: Ctrl-C.
    """
    with _interruptible(run_id, engine.settings), Progress(quiet=quiet) as progress:
        return work(progress.saw)


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

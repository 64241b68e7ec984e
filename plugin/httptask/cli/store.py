"""The stored runs, to read and to steer; what executes them is not loaded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from httptask.engines.embedded import Engine
from httptask.settings import Settings


@contextlib.contextmanager
def open_store(data: Path | None) -> Iterator[Engine]:
    """Open the engine over the runs in the data folder; it executes nothing."""
    settings = Settings.from_environment(data=data.absolute() if data else None)

    def refuse(*_: Any) -> Any:
        raise AssertionError("a reading engine executes no task")

    with Engine.open(settings.data / "runs", refuse, files=settings.files) as engine:
        yield engine

"""The stored runs, to read and to change; what executes them is not loaded."""

from __future__ import annotations

from pathlib import Path

from httptask.engines.embedded.stored import Stored
from httptask.settings import Settings


def open_store(data: Path | None) -> Stored:
    """Open the runs in the data folder."""
    settings = Settings.from_environment(data=data.absolute() if data else None)
    return Stored(settings.data / "runs", settings.files)

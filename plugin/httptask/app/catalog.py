"""The catalogue, with the formats that plugins add."""

from __future__ import annotations

from pathlib import Path

from httptask.catalog import Catalog


def open_catalog(path: str | Path | None = None, *, read_only: bool) -> Catalog:
    """Open the catalogue; to write, with the importers that plugins contribute.

    Args:
        path: its folder; None takes the configured one.
        read_only: never write.
    """
    if read_only:
        return Catalog.open(path or None, read_only=True)
    from httptask.plugins import build_manager  # noqa: PLC0415 - start-up: a search needs none

    found = build_manager().hook.httptask_importers()
    return Catalog.open(path or None, importers=[each for own in found for each in own])

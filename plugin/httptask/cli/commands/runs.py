"""``httptask runs``: look after stored runs."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("runs")
def command() -> None:
    """List, show, cancel and prune stored runs."""


def _data(function):  # type: ignore[no-untyped-def]
    return click.option(
        "--data", type=click.Path(path_type=Path), help="Folder of runs (HTTPTASK_DATA)."
    )(function)


@command.command("list")
@click.option("--status", help="Only runs with this status, such as FAILED.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@_data
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_runs(status: str | None, limit: int, data: Path | None, as_json: bool) -> None:
    """List runs, the newest first."""

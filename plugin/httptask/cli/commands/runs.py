"""``httptask runs``: look after stored runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from httptask.cli.options import data_option, documented, documented_group, json_or_text
from httptask.cli.output import bold, count, dim, note, plain, print_json, say, size_text
from httptask.cli.run_view import coloured, show_run, show_task

if TYPE_CHECKING:
    from httptask.engines.embedded import Engine, RunInfo

_PAGE = 200
_STATUSES = ("RUNNING", "COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED")


@documented_group(
    "runs",
    """
    httptask runs list --status FAILED
    httptask runs show 3f0c2a --json
    httptask runs cancel 3f0c2a
    httptask runs prune --older-than 30
    """,
)
def command() -> None:
    """List, show, cancel, complete and prune stored runs."""


@documented("list", "httptask runs list\nhttptask runs list --status FAILED --limit 5 --json")
@click.option(
    "--status",
    type=click.Choice(_STATUSES, case_sensitive=False),
    metavar="STATUS",
    help=f"Only runs with this status: {', '.join(_STATUSES)}.",
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@data_option
def list_runs(status: str | None, limit: int, data: Path | None, as_json: bool) -> None:
    """List runs, the newest first."""
    from httptask.cli.runner import open_store

    with open_store(data) as engine:
        found = _listed(engine, status, limit)
    if as_json:
        print_json([info.to_json() for info in found])
        return
    if not found:
        note("no runs" if status is None else f"no runs with status {status}")
    for info in found:
        started = datetime.fromtimestamp(info.created / 1000, UTC).astimezone()
        state = coloured(info.status)
        if info.status == "RUNNING" and not info.active:
            state += dim(" interrupted")
        name = f"{plain(info.name)} v{info.version}"
        say(f"{bold(info.workflow_id)}  {dim(f'{started:%Y-%m-%d %H:%M:%S}')}  {state}  {name}")


def _listed(engine: Engine, status: str | None, limit: int) -> list[RunInfo]:
    if status is None:
        return engine.list(limit=limit)
    found: list[RunInfo] = []
    offset = 0
    while len(found) < limit and (page := engine.list(limit=_PAGE, offset=offset)):
        found += [info for info in page if info.status == status]
        offset += len(page)
    return found[:limit]


@documented("show", "httptask runs show 3f0c2a\nhttptask runs show 3f0c2a --json")
@click.argument("run_id", metavar="ID")
@data_option
def show(run_id: str, data: Path | None, as_json: bool) -> None:
    """Show the run ID: each task, the output, the files."""
    from httptask.cli.runner import open_store

    with open_store(data) as engine:
        run = engine.get(run_id)
    if as_json:
        print_json(run)
        return
    for task in run["tasks"]:
        show_task(task, error=False)
    show_run(run)


@documented("cancel", "httptask runs cancel 3f0c2a")
@click.argument("run_id", metavar="ID")
@data_option
def cancel(run_id: str, data: Path | None, as_json: bool) -> None:
    """Cancel the run ID, whichever process executes it; a finished run stays as it is."""
    from httptask.cli.runner import open_store

    with open_store(data) as engine:
        run = engine.terminate(run_id)
    if as_json:
        print_json(run)
    else:
        show_run(run)


@documented(
    "complete",
    """
    httptask runs complete 3f0c2a approve --output '{"approved": true}'
    httptask runs complete 3f0c2a approve --status FAILED --reason "nobody answered"
    """,
)
@click.argument("run_id", metavar="ID")
@click.argument("ref", metavar="REF")
@click.option(
    "--status",
    type=click.Choice(["COMPLETED", "FAILED", "FAILED_WITH_TERMINAL_ERROR"]),
    default="COMPLETED",
    show_default=True,
    help="How the task ends.",
)
@click.option("--output", metavar="JSON", help="JSON object, put over the task's output.")
@click.option("--reason", default="", help="Why it failed.")
@data_option
def complete(
    run_id: str,
    ref: str,
    status: str,
    output: str | None,
    reason: str,
    data: Path | None,
    as_json: bool,
) -> None:
    """Complete the task REF of the run ID, which waits for it (asyncComplete)."""
    from httptask.cli.runner import open_store

    given = json_or_text(output) if output is not None else {}
    if not isinstance(given, dict):
        raise click.UsageError("--output takes a JSON object.")
    with open_store(data) as engine:
        engine.complete_task(run_id, ref, status=status, output=given, reason=reason)
    if as_json:
        print_json({"workflowId": run_id, "referenceTaskName": ref, "status": status})
    else:
        note(f"completed {plain(ref)} of {plain(run_id)}: {status}")


@documented(
    "prune",
    """
    httptask runs prune --older-than 30
    httptask runs prune --older-than 0.5 --interrupted --dry-run
    """,
)
@click.option(
    "--older-than",
    "days",
    type=click.FloatRange(0, 36500),
    required=True,
    metavar="DAYS",
    help="Remove runs that ended longer ago.",
)
@click.option(
    "--interrupted", is_flag=True, help="Also runs that started longer ago and were never resumed."
)
@click.option("--dry-run", is_flag=True, help="Only say which runs would be removed.")
@data_option
def prune(days: float, interrupted: bool, dry_run: bool, data: Path | None, as_json: bool) -> None:
    """Remove old runs, and the stored files that no run refers to; without asking.

    Files younger than an hour stay: a run may be about to refer to them.
    """
    from httptask.cli.runner import open_store

    age = timedelta(days=days)
    with open_store(data) as engine:
        if dry_run:
            runs, files, size = _would_prune(engine, age, interrupted), 0, 0
        else:
            pruned = engine.prune(age, interrupted=interrupted)
            runs, files, size = list(pruned.runs), pruned.files, pruned.bytes
    if as_json:
        print_json({"runs": runs, "files": files, "bytes": size, "dryRun": dry_run})
        return
    for run_id in runs:
        say(plain(run_id))
    done = "would remove" if dry_run else "removed"
    freed = "" if dry_run else f", {count(files, 'file')} ({size_text(size)})"
    note(f"{done} {count(len(runs), 'run')}{freed}")


def _would_prune(engine: Engine, age: timedelta, interrupted: bool) -> list[str]:
    before = (datetime.now(UTC) - age).timestamp() * 1000
    found: list[str] = []
    offset = 0
    while page := engine.list(limit=_PAGE, offset=offset):
        offset += len(page)
        for info in page:
            left = interrupted and not info.active and info.ended is None
            if (info.ended or (info.created if left else before)) < before:
                found.append(info.workflow_id)
    return found


for each in (list_runs, show, cancel, complete, prune):
    command.add_command(each)

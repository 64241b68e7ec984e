"""``httptask runs``: look after stored runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from httptask.cli import completing
from httptask.cli.options import (
    data_option,
    documented,
    documented_group,
    functions_option,
    json_or_text,
    machine,
    machine_options,
)
from httptask.cli.output import bold, count, dim, note, plain, print_json, say, size_text

if TYPE_CHECKING:
    from httptask.engines.embedded.stored import Stored

_STATUSES = ("RUNNING", "COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED")


@documented_group(
    "runs",
    """
    httptask runs list --status FAILED
    httptask runs show 3f0c2a --json
    httptask runs terminate 3f0c2a
    httptask runs serve
    httptask runs prune --older-than 30
    """,
)
def command() -> None:
    """List, show, pause, end, complete, skip tasks of, serve and prune stored runs.

    ID is a run's id, the beginning of one, or "last".
    """


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
    from httptask.cli.run_view import coloured
    from httptask.cli.store import open_store

    with open_store(data) as engine:
        found = engine.list(status=status.upper() if status else None, limit=limit)
    if as_json:
        print_json([info.to_json() for info in found])
        return
    if not found:
        note("no runs" if status is None else f"no runs with status {status}")
    for info in found:
        started = datetime.fromtimestamp(info.created / 1000, UTC).astimezone()
        state = coloured(info.status)
        if info.status == "RUNNING" and not info.active:
            state += dim(" waiting" if info.waiting else " interrupted")
        name = f"{plain(info.name)} v{info.version}"
        say(f"{bold(info.workflow_id)}  {dim(f'{started:%Y-%m-%d %H:%M:%S}')}  {state}  {name}")


@documented("show", "httptask runs show 3f0c2a\nhttptask runs show 3f0c2a --json")
@click.argument("run_id", metavar="ID", shell_complete=completing.runs)
@data_option
def show(run_id: str, data: Path | None, as_json: bool) -> None:
    """Show the run ID: each task, the output, the files."""
    from httptask.cli.run_view import show_run, show_task
    from httptask.cli.store import open_store

    with open_store(data) as engine:
        run = engine.get(run_id)
    if as_json:
        print_json(run)
        return
    for task in run["tasks"]:
        show_task(task, error=False)
    show_run(run, told=True)


@documented(
    "terminate",
    """
    httptask runs terminate 3f0c2a
    httptask runs terminate last --reason "wrong input"
    """,
)
@click.argument("run_id", metavar="ID", shell_complete=completing.runs)
@click.option("--reason", help="Why; it becomes the reasonForIncompletion.")
@data_option
def terminate(run_id: str, reason: str | None, data: Path | None, as_json: bool) -> None:
    """End the run ID, whichever process executes it; a finished run stays as it is."""
    _steer(
        run_id,
        data,
        as_json,
        lambda engine, run: engine.terminate(run, *([reason] if reason else [])),
    )


@documented("pause", "httptask runs pause 3f0c2a")
@click.argument("run_id", metavar="ID", shell_complete=completing.runs)
@data_option
def pause(run_id: str, data: Path | None, as_json: bool) -> None:
    """Pause the run ID: it starts no more tasks; calls under way are recorded."""
    _steer(run_id, data, as_json, lambda engine, run: engine.pause(run))


@documented("unpause", "httptask runs unpause 3f0c2a")
@click.argument("run_id", metavar="ID", shell_complete=completing.runs)
@data_option
def unpause(run_id: str, data: Path | None, as_json: bool) -> None:
    """Let the paused run ID continue, by runs serve or by resume."""
    _steer(run_id, data, as_json, lambda engine, run: engine.unpause(run))


@documented("skip", "httptask runs skip 3f0c2a notify")
@click.argument("run_id", metavar="ID", shell_complete=completing.runs)
@click.argument("ref", metavar="REF", shell_complete=completing.references)
@data_option
def skip(run_id: str, ref: str, data: Path | None, as_json: bool) -> None:
    """Skip the task REF, which the run ID has not begun yet; it gets no output.

    Another process that executes the run looks for this whenever the run waits.
    """
    _steer(run_id, data, as_json, lambda engine, run: engine.skip(run, ref))


def _steer(
    run_id: str,
    data: Path | None,
    as_json: bool,
    work: Callable[[Stored, str], Mapping[str, Any]],
) -> None:
    from httptask.cli.run_view import show_run
    from httptask.cli.store import open_store

    with open_store(data) as engine:
        run = work(engine, run_id)
    if as_json:
        print_json(run)
    else:
        show_run(run)


@documented(
    "complete",
    """
    httptask runs complete 3f0c2a approve --output '{"approved": true}'
    httptask runs complete 3f0c2a approve --status FAILED --reason "no reply in time"
    """,
)
@click.argument("run_id", metavar="ID", shell_complete=completing.runs)
@click.argument("ref", metavar="REF", shell_complete=completing.references)
@click.option(
    "--status",
    type=click.Choice(["COMPLETED", "FAILED", "FAILED_WITH_TERMINAL_ERROR"]),
    default="COMPLETED",
    show_default=True,
    help="How the task ends.",
)
@click.option("--output", metavar="JSON", help="JSON object, merged over the task's output.")
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
    """Complete the task REF of the run ID, which waits for it."""
    from httptask.cli.store import open_store

    given = json_or_text(output) if output is not None else {}
    if not isinstance(given, dict):
        raise click.UsageError("--output takes a JSON object.")
    with open_store(data) as engine:
        run_id = engine.find(run_id)
        engine.complete(run_id, ref, status=status, output=given, reason=reason)
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
    from httptask.cli.store import open_store

    age = timedelta(days=days)
    with open_store(data) as engine:
        pruned = engine.prune(age, interrupted=interrupted, dry_run=dry_run)
    runs, files, size = list(pruned.runs), pruned.files, pruned.bytes
    if as_json:
        print_json({"runs": runs, "files": files, "bytes": size, "dryRun": dry_run})
        return
    for run_id in runs:
        say(plain(run_id))
    done = "would remove" if dry_run else "removed"
    freed = "" if dry_run else f", {count(files, 'file')} ({size_text(size)})"
    note(f"{done} {count(len(runs), 'run')}{freed}")


@documented("serve", "httptask runs serve\nhttptask runs serve --functions my_tasks")
@functions_option
@machine_options
def serve(
    functions: str | None,
    allow_hosts: tuple[str, ...],
    no_plugins: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Go on with whatever is unfinished, serve timers and completions, until Ctrl-C or SIGTERM."""
    import signal
    import threading

    from httptask.app.engine import Engine
    from httptask.cli.run_view import coloured

    settings, manager = machine(allow_hosts, no_plugins, data)
    stop, ended = threading.Event(), [0]

    def told(run: Mapping[str, Any]) -> None:
        ended[0] += run["status"] not in ("RUNNING", "PAUSED")
        reason = run.get("reasonForIncompletion") or run.get("error", {}).get("message", "")
        note(f"{bold(run['workflowId'])}  {coloured(run['status'])}  {plain(reason)}".rstrip())

    def stopped(*_: object) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stopped)
    with Engine.open(settings=settings, manager=manager, functions=functions) as engine:
        note(dim(f"serving the runs in {settings.data}"))
        engine.serve(stop, told)
    if as_json:
        print_json({"ended": ended[0]})


for each in (list_runs, show, pause, unpause, terminate, complete, skip, prune, serve):
    command.add_command(each)

"""``httptask resume``: go on with an interrupted run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from httptask.cli import completing
from httptask.cli.options import (
    documented,
    fixtures_options,
    functions_option,
    input_options,
    machine,
    machine_options,
    through_fixtures,
    verbose_option,
)
from httptask.cli.output import note, plain

if TYPE_CHECKING:
    from httptask.engines.embedded.run import Watcher


@documented(
    "resume",
    """
    httptask resume 3f0c2a
    httptask resume last --resend
    httptask resume 3f0c2a --retry
    httptask resume 3f0c2a --from convert
    httptask resume last --mock fixtures.json
    httptask resume 3f0c2a --from convert --input width=800
    """,
)
@click.argument("run_id", metavar="ID", shell_complete=completing.runs)
@click.option(
    "--resend",
    is_flag=True,
    help="Repeat an interrupted call, although it may have had its effect.",
)
@click.option(
    "--retry",
    is_flag=True,
    help="Of a run that has ended, execute the failed tasks again; what is done stays.",
)
@click.option(
    "--from",
    "reference",
    metavar="REF",
    shell_complete=completing.references,
    help="Of a run that has ended, execute the task REF and all that follow it again.",
)
@fixtures_options
@input_options
@functions_option
@machine_options
@verbose_option
def command(
    run_id: str,
    resend: bool,
    retry: bool,
    reference: str | None,
    mock: Path | None,
    record: Path | None,
    har: Path | None,
    inputs: tuple[str, ...],
    input_file: Path | None,
    functions: str | None,
    allow_hosts: tuple[str, ...],
    no_plugins: bool,
    data: Path | None,
    verbose: bool,
    as_json: bool,
) -> int:
    """Go on with the run ID; what is recorded is not done again.

    ID is the beginning of a run's id, or "last". A call that was interrupted and that may not be
    repeated ends the run with the error outcome_unknown; --resend makes it again. Inputs given
    with --from replace those of the run.
    """
    from httptask.app.engine import Engine
    from httptask.cli.inputs import inputs_for
    from httptask.cli.run_view import finish
    from httptask.cli.runner import attended
    from httptask.cli.trace_view import LiveTrace, saw_note

    if reference is not None and (retry or resend):
        raise click.UsageError("--from cannot be combined with --retry or --resend.")
    if reference is None and (inputs or input_file):
        raise click.UsageError("--input and --input-file need --from REF.")
    settings, manager = machine(allow_hosts, no_plugins, data)
    manager = through_fixtures(manager, mock, record, har)
    trace = LiveTrace().saw if verbose else saw_note
    with Engine.open(
        settings=settings, manager=manager, watch=trace, functions=functions
    ) as engine:
        whole, given = engine.find(run_id), None
        before = engine.get(whole)
        if inputs or input_file:
            new = inputs_for(engine.definition(whole), inputs, input_file, settings.files)
            given = {**before["input"], **new}

        def work(watch: Watcher) -> Mapping[str, Any]:
            if reference is not None:
                return engine.rerun(whole, reference, input=given, watch=watch)
            return (engine.retry if retry else engine.resume)(whole, resend=resend, watch=watch)

        run = attended(engine, whole, work, quiet=as_json)
        if run == before and run["status"] not in ("RUNNING", "PAUSED"):
            note(f"the run {plain(whole)} had ended before: nothing was executed")
        return finish(run, as_json, told=run != before)

"""``httptask resume``: go on with an interrupted run."""

from __future__ import annotations

from pathlib import Path

import click

from httptask.cli.options import documented, machine, machine_options, verbose_option


@documented(
    "resume",
    """
    httptask resume 3f0c2a
    httptask resume 3f0c2a --resend
    """,
)
@click.argument("run_id", metavar="ID")
@click.option(
    "--resend",
    is_flag=True,
    help="Make an interrupted call again although it may have had its effect.",
)
@machine_options
@verbose_option
def command(
    run_id: str,
    resend: bool,
    allow_hosts: tuple[str, ...],
    no_plugins: bool,
    data: Path | None,
    verbose: bool,
    as_json: bool,
) -> int:
    """Go on with the run ID; what is recorded is not done again.

    A call that a crash interrupted and that may not be repeated ends the run outcome_unknown;
    --resend makes it again.
    """
    from httptask.cli.run_view import finish
    from httptask.cli.runner import resume
    from httptask.cli.trace_view import LiveTrace

    settings, manager = machine(allow_hosts, no_plugins, data)
    watch = LiveTrace().saw if verbose else None
    run = resume(run_id, settings, manager, resend=resend, quiet=as_json, watch=watch)
    return finish(run, as_json)

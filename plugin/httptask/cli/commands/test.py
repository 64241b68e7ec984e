"""``httptask test``: test one request."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from httptask.cli import completing
from httptask.cli.contexts import context_options, read_expression_context
from httptask.cli.options import (
    documented,
    fixtures_options,
    machine,
    machine_options,
    request_options,
    task_defs_option,
    through_fixtures,
)
from httptask.cli.output import print_json


@documented(
    "test",
    """
    httptask test task.json --input prompt="a red kite" --input n:=2
    httptask test task.json --input prompt=@prompt.txt --input options:=@options.json
    httptask test flow.json --task upload --run 3f0c2a
    httptask test flow.json --task image --dry-run --level trace
    httptask test task.json --mock response.json --json
    httptask test task.json --record fixtures.json
    httptask test https://api.example.com/orders -H "X-Trace: 1" -d '{"count": 2}'
    """,
)
@click.argument("file", metavar="FILE|URL", type=click.Path(dir_okay=False))
@request_options
@click.option(
    "--task",
    "ref",
    metavar="REF",
    shell_complete=completing.references,
    help="Task reference name in a workflow.",
)
@task_defs_option
@context_options
@click.option(
    "--level",
    type=click.Choice(["info", "debug", "trace"]),
    default="debug",
    show_default=True,
    help="How much is recorded: info no stages and bodies, trace bodies up to 1 MiB.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Stop before sending; show the exact bytes, what is read, and who reads what is given.",
)
@fixtures_options
@machine_options
@click.option(
    "-v", "--verbose", is_flag=True, help="Show stages, layers, requests, a curl command."
)
def command(
    file: str,
    method: str,
    headers: tuple[str, ...],
    body: str | None,
    user: str,
    ref: str | None,
    task_defs: Path | None,
    level: str,
    dry_run: bool,
    mock: Path | None,
    record: Path | None,
    har: Path | None,
    allow_hosts: tuple[str, ...],
    no_plugins: bool,
    data: Path | None,
    verbose: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Run the request of one task as production would.

    FILE is a task, or a workflow definition together with --task; a URL needs no file, and -X, -H,
    -d and -u say what is sent. The response's body is on standard output, all else on standard
    error; -v shows every stage. Secrets are never shown.
    """
    from httptask.app.direct import direct_task, is_url, refuse_address_without_scheme
    from httptask.app.load import Surroundings
    from httptask.app.needs import require_secrets
    from httptask.app.test import choose_task
    from httptask.app.wiring import wiring
    from httptask.cli.trace_view import LiveTrace, show_trace
    from httptask.core.tracing import Level
    from httptask.definition.reading import Document
    from httptask.plugins import with_plugins
    from httptask.trial.missing import require_inputs
    from httptask.trial.request import Trial

    settings, manager = machine(allow_hosts, no_plugins, data)
    manager = through_fixtures(manager, None if dry_run else mock, record, har)
    source: Document | str = file
    direct = None
    refuse_address_without_scheme(file)
    if is_url(file):
        if ref is not None:
            raise click.UsageError("--task is for a FILE.")
        direct = direct_task(
            file, method=method, headers=headers, data=body, user=user, folder=Path.cwd()
        )
        manager = with_plugins(manager, direct.plugins)
        source = Document(direct.task, base_dir=Path.cwd())
    elif method or headers or body is not None or user:
        raise click.UsageError("-X, -H, -d and -u are for a URL.")
    chosen = choose_task(source, ref, Surroundings.of(manager, task_defs=task_defs))
    context = read_expression_context(
        **given, data=data, definition=chosen.definition, files=settings.files
    )
    require_inputs(chosen.prepared, context)
    require_secrets(chosen.prepared, settings, manager)
    live = None if as_json else LiveTrace(stages=verbose)
    needed = "debug" if dry_run and level == "info" else level
    trial = Trial(settings, manager, Level(needed), dry_run, live.saw if live else None)
    result = chosen.test(context, trial)
    trace = result.trace
    assert trace is not None  # noqa: S101 - a trial always records
    shown = trace.to_json()
    if dry_run:
        shown["wiring"] = wiring(chosen, trace).to_json()
    if as_json:
        print_json(shown)
    else:
        show_trace(shown, verbose=verbose, in_workflow=direct is None)
    if result.error is not None:
        return result.error.exit_code
    return 0

"""``httptask run``: run a workflow definition."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from httptask.cli.options import (
    documented,
    fixtures_options,
    input_options,
    machine,
    machine_options,
    surroundings_options,
    task_defs_option,
    through_fixtures,
    verbose_option,
)
from httptask.cli.output import note, place, plain, warn

if TYPE_CHECKING:
    from httptask.app.engine import Durability


@documented(
    "run",
    """
    httptask run flow.json --input prompt="a red kite" --input n:=2
    httptask run flow.json --input prompt=@prompt.txt --input options:=@options.json
    httptask run flow.json --id order-17 --input-file order.json
    httptask run flow.json --durability full --json
    httptask run flow.json --detach
    httptask run flow.json --record fixtures.json
    httptask run flow.json --mock fixtures.json
    httptask run flow.json --functions my_tasks --workflow-defs flows/
    httptask run flow.json --server http://127.0.0.1:8080
    """,
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@input_options
@click.option("--id", "workflow_id", help="Id of the run; the same id goes on with the same run.")
@task_defs_option
@click.option(
    "--durability",
    type=click.Choice(["normal", "full"]),
    default="normal",
    show_default=True,
    help="full survives a power loss as well.",
)
@click.option(
    "--detach",
    is_flag=True,
    help="Return as soon as the run waits; httptask runs serve goes on with it.",
)
@click.option("--server", metavar="URL", help="Run on this Conductor server instead.")
@fixtures_options
@surroundings_options
@machine_options
@verbose_option
def command(
    file: Path,
    inputs: tuple[str, ...],
    input_file: Path | None,
    workflow_id: str | None,
    task_defs: Path | None,
    durability: Durability,
    detach: bool,
    server: str | None,
    functions: str | None,
    workflow_defs: Path | None,
    mock: Path | None,
    record: Path | None,
    har: Path | None,
    allow_hosts: tuple[str, ...],
    no_plugins: bool,
    data: Path | None,
    verbose: bool,
    as_json: bool,
) -> int:
    """Run a workflow definition, step by step recorded: a killed run goes on where it was.

    With --id an unfinished run of the same definition and input is resumed, a finished one is
    printed. Without it each call is a new run.
    """
    from httptask.app.engine import Engine
    from httptask.app.load import Surroundings
    from httptask.app.needs import require_all
    from httptask.app.run import load_run
    from httptask.cli.inputs import inputs_for
    from httptask.cli.run_view import finish
    from httptask.cli.runner import attended
    from httptask.cli.trace_view import LiveTrace, saw_note
    from httptask.engines.embedded.payload import run_id as new_id

    settings, manager = machine(allow_hosts, no_plugins, data)
    manager = through_fixtures(manager, mock, record, har)
    if server is not None and workflow_id is not None:
        raise click.UsageError("--id is for the embedded engine, not for --server.")
    if server is not None and detach:
        raise click.UsageError("--detach is for the embedded engine, not for --server.")
    if server is not None and any(each is not None for each in (mock, record, har)):
        raise click.UsageError(
            "--mock, --record and --har are for the embedded engine, not for --server."
        )
    beside = Surroundings.of(
        manager, task_defs=task_defs, functions=functions, workflow_defs=workflow_defs
    )
    loaded = load_run(
        file,
        beside,
        settings,
        manager,
        target="httptask" if server is None else "server",
        watch=LiveTrace().saw if verbose else saw_note,
    )
    files = settings.files if server is None else None
    given = inputs_for(loaded.definition.raw, inputs, input_file, files)
    for finding in loaded.definition.findings:
        if finding.code != "origin_not_public":  # a call that is refused says so itself
            warn(finding.message, place(finding.source, finding.pointer))
    if server is not None:
        from httptask.cli.servers import run_file

        for text in require_all(loaded, given, with_secrets=False):
            warn(text)
        return finish(run_file(loaded, given, server, quiet=as_json), as_json, told=not as_json)
    run_id = new_id(workflow_id)
    with Engine.open(
        settings=settings,
        manager=manager,
        durability=durability,
        functions=beside.functions,
    ) as engine:
        before = engine.status(run_id)
        for text in require_all(loaded, given) if before is None else ():
            warn(text)
        run = attended(
            engine,
            run_id,
            lambda watch: engine.run(
                loaded, input=given, workflow_id=run_id, watch=watch, detached=detach
            ),
            quiet=as_json,
        )
    has_ended = before not in (None, "RUNNING")
    if has_ended:
        note(f"the run {plain(run_id)} had ended before: nothing was executed")
    return finish(run, as_json, told=not has_ended)

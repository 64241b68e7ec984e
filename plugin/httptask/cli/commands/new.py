"""``httptask new``: an HTTP task for an operation."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from httptask.cli import completing
from httptask.cli.catalogs import catalog_option, choice_options, open_catalog
from httptask.cli.options import documented
from httptask.cli.output import count, dim, note, plain, print_json

if TYPE_CHECKING:
    from httptask.catalog import Catalog, PreparedTask


@documented(
    "new",
    """
    httptask new digitalocean-inference/post-v1-images-generations -o image.json
    httptask new createIssue --server https://git.example.com/api/v3
    httptask new --api stripe --all -o tasks/
    """,
)
@click.argument("operation", required=False, shell_complete=completing.operations)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="File, or folder with --all.")
@click.option("--ref", help="Name and task reference name.")
@click.option(
    "--api",
    shell_complete=completing.apis,
    help="With --all: the API, or the beginning of its name.",
)
@click.option("--all", "everything", is_flag=True, help="Prepare every operation of --api.")
@choice_options
@catalog_option
def command(
    operation: str | None,
    output: Path | None,
    ref: str | None,
    api: str | None,
    everything: bool,
    catalog: str | None,
    as_json: bool,
    **choices: Any,
) -> None:
    """Write the HTTP task of OPERATION: request, auth, schemas and outputs filled in.

    Inputs it needs are ${workflow.input.NAME}, secrets are ${workflow.secrets.NAME}; optional
    fields are named, not sent.
    """
    from httptask.app.new import new_task

    with open_catalog(catalog) as opened:
        if everything:
            server = choices.pop("server")
            if operation or ref or any(each not in (None, ()) for each in choices.values()):
                raise click.UsageError(
                    "With --all only --server can be chosen, for all operations."
                )
            _all(opened, api, output, server, as_json)
            return
        if operation is None:
            raise click.UsageError("Name an OPERATION, or give --api NAME --all -o DIR.")
        prepared = new_task(opened, operation, output, name=ref, **choices)
    if output is not None:
        note(f"wrote {output}")
    if as_json or output is None:
        print_json(prepared.task)
    if not as_json:
        explain(prepared)


def explain(prepared: PreparedTask) -> None:
    """Say on standard error what the task needs, and what it could send as well."""
    explain_needs([each.name for each in prepared.inputs], prepared.secrets)
    if prepared.optional:
        fields = ", ".join(each.label for each in prepared.optional)
        note(f"{dim('optional')}  {plain(fields)}")
    for reason in prepared.reasons:
        note(f"{dim('lost')}      {plain(reason.message)} {dim(reason.pointer)}")
    for text in prepared.notes:
        note(f"{dim('note')}      {plain(text)}")


def explain_needs(inputs: Iterable[str], secrets: Iterable[str]) -> None:
    """Say on standard error which inputs and secrets a task needs."""
    if names := ", ".join(inputs):
        note(f"{dim('inputs')}    {plain(names)}")
    if names := ", ".join(f"HTTPTASK_SECRET_{name}" for name in secrets):
        note(f"{dim('secrets')}   {plain(names)}")


def _all(
    catalog: Catalog, api: str | None, folder: Path | None, server: str | None, as_json: bool
) -> None:
    if api is None or folder is None:
        raise click.UsageError("--all needs --api NAME and -o DIR.")
    from httptask.app.new import new_tasks

    bar: Any = click.progressbar(length=1, label=f"preparing {api}", file=sys.stderr)

    def move(done: int, total: int) -> None:
        bar.length = total
        bar.update(done - bar.pos)

    with bar:
        written = new_tasks(catalog, api, folder, server=server, progress=move)
    if as_json:
        print_json([str(path) for path in written])
    else:
        note(f"wrote {count(len(written), 'task')} to {folder}")
        _explain_all(list(written.values()))


def _explain_all(tasks: list[PreparedTask]) -> None:
    """Say what all the tasks need, and what is lost in how many of them."""
    explain_needs((), dict.fromkeys(name for each in tasks for name in each.secrets))
    lost = Counter(kind for each in tasks for kind in {reason.kind for reason in each.reasons})
    for kind, number in sorted(lost.items()):
        note(f"{dim('lost')}      {plain(kind)} in {count(number, 'task')}")

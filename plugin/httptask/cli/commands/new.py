"""``httptask new``: an HTTP task for an operation."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from httptask.app.files import write_json
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
@click.argument("operation", required=False)
@click.option("--output", "-o", type=click.Path(path_type=Path), help="File, or folder with --all.")
@click.option("--ref", help="Name and task reference name.")
@click.option("--api", help="With --all: the API, or the beginning of its name.")
@click.option("--all", "everything", is_flag=True, help="Prepare every operation of --api.")
@choice_options
@catalog_option
def command(
    operation: str | None,
    output: Path | None,
    ref: str | None,
    api: str | None,
    everything: bool,
    server: str | None,
    media_type: str | None,
    auth: str | None,
    branch: str | None,
    catalog: str | None,
    as_json: bool,
) -> None:
    """Write the HTTP task of OPERATION: request, auth, schemas and outputs filled in.

    Inputs it needs are ${workflow.input.NAME}, secrets are ${workflow.secrets.NAME}; optional
    fields are named, not sent.
    """
    with open_catalog(catalog) as opened:
        if everything:
            if operation or ref or media_type or auth or branch:
                raise click.UsageError(
                    "With --all only --server can be chosen, for all operations."
                )
            _all(opened, api, output, server, as_json)
            return
        if operation is None:
            raise click.UsageError("Name an OPERATION, or give --api NAME --all -o DIR.")
        prepared = opened.prepare_task(
            operation, server=server, media_type=media_type, auth=auth, branch=branch, name=ref
        )
    if output is not None:
        write_json(output, prepared.task)
        note(f"wrote {output}")
    if as_json or output is None:
        print_json(prepared.task)
    if not as_json:
        explain(prepared)


def explain(prepared: PreparedTask) -> None:
    """Say on standard error what the task needs, and what it could send as well."""
    if prepared.inputs:
        note(f"{dim('inputs')}    {', '.join(plain(each.name) for each in prepared.inputs)}")
    if prepared.secrets:
        names = ", ".join(f"HTTPTASK_SECRET_{name}" for name in prepared.secrets)
        note(f"{dim('secrets')}   {plain(names)}")
    if prepared.optional:
        fields = ", ".join(f"{each.location} {each.name}" for each in prepared.optional)
        note(f"{dim('optional')}  {plain(fields)}")
    for reason in prepared.reasons:
        note(f"{dim('lost')}      {plain(reason.message)} {dim(reason.pointer)}")


def _all(
    catalog: Catalog, api: str | None, folder: Path | None, server: str | None, as_json: bool
) -> None:
    if api is None or folder is None:
        raise click.UsageError("--all needs --api NAME and -o DIR.")
    ids = catalog.operations(api)
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    with click.progressbar(ids, label=f"preparing {api}", file=sys.stderr) as bar:
        for operation in bar:
            path = folder / f"{operation.partition('/')[2]}.json"
            prepared = catalog.prepare_task(operation, server=server)
            write_json(path, prepared.task)
            written[str(path)] = prepared
    if as_json:
        print_json(list(written))
    else:
        note(f"wrote {count(len(written), 'task')} to {folder}")
        _explain_all(list(written.values()))


def _explain_all(tasks: list[PreparedTask]) -> None:
    """Say what all the tasks need, and what is lost in how many of them."""
    if secrets := dict.fromkeys(name for each in tasks for name in each.secrets):
        names = ", ".join(f"HTTPTASK_SECRET_{name}" for name in secrets)
        note(f"{dim('secrets')}   {plain(names)}")
    lost = Counter(kind for each in tasks for kind in {reason.kind for reason in each.reasons})
    for kind, number in sorted(lost.items()):
        note(f"{dim('lost')}      {plain(kind)} in {count(number, 'task')}")

"""``httptask new``: an HTTP task for an operation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from httptask.cli.catalogs import catalog_option, choice_options, open_catalog
from httptask.cli.files import write_json
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
@click.option("--api", help="With --all: the API.")
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
            _all(opened, api, output, as_json)
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


def _all(catalog: Catalog, api: str | None, folder: Path | None, as_json: bool) -> None:
    if api is None or folder is None:
        raise click.UsageError("--all needs --api NAME and -o DIR.")
    folder.mkdir(parents=True, exist_ok=True)
    ids = catalog.operations(api)
    written = []
    with click.progressbar(ids, label=f"preparing {api}", file=sys.stderr) as bar:
        for operation in bar:
            path = folder / f"{operation.partition('/')[2]}.json"
            write_json(path, catalog.prepare(operation))
            written.append(str(path))
    if as_json:
        print_json(written)
    else:
        note(f"wrote {count(len(written), 'task')} to {folder}")

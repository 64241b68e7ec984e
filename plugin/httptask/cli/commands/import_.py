"""``httptask import``: HTTP tasks of requests that people already have."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from httptask.cli.catalogs import catalog_option, open_catalog
from httptask.cli.commands.new import explain_needs
from httptask.cli.options import documented
from httptask.cli.output import count, dim, note, plain, print_json

if TYPE_CHECKING:
    from httptask.importers.reading import Import


@documented(
    "import",
    """
    httptask import request.txt -o task.json
    httptask import collection.json --environment stage -o tasks/
    httptask import bruno-collection/ --environment stage -o tasks/
    httptask import recorded.har --into flow.json --after login
    """,
)
@click.argument("file", default="-", type=click.Path(path_type=Path))
@click.option("--format", "format_", metavar="F", help="Format of FILE; found by looking at it.")
@click.option("--environment", metavar="NAME", help="Environment whose variables count.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="NAME.json: the task, or a workflow of several. Else a folder: a file for each request.",
)
@click.option(
    "--into", type=click.Path(path_type=Path, dir_okay=False), help="Workflow to add the tasks to."
)
@click.option("--after", metavar="REF", help="With --into: put them after this task.")
@click.option(
    "--only", "only_", metavar="NAME", help="Only this request, and those whose response it uses."
)
@catalog_option
@click.option("--no-plugins", is_flag=True, help="Load only the built-in plugins.")
def command(
    file: Path,
    format_: str | None,
    environment: str | None,
    output: Path | None,
    into: Path | None,
    after: str | None,
    only_: str | None,
    catalog: str | None,
    no_plugins: bool,
    as_json: bool,
) -> None:
    """Make HTTP tasks of the requests in FILE; "-" is standard input, a folder a Bruno collection.

    Nothing is run, and nothing is fetched. Secrets become ${workflow.secrets.NAME}, variables
    ${workflow.input.NAME}; the command names what a task cannot have.
    """
    from httptask.app.import_ import (
        only,
        read_content,
        read_folder,
        read_requests,
        with_operations,
    )
    from httptask.catalog.documents.parsing import MAX_BYTES
    from httptask.plugins import build_manager

    if (output and into) or (after and not into):
        raise click.UsageError("Give either -o, or --into with or without --after.")
    piped = str(file) == "-"
    if file.is_dir():
        found = read_folder(file, environment or "")
    else:
        found = read_requests(
            sys.stdin.buffer.read(MAX_BYTES + 1) if piped else read_content(file),
            build_manager(installed=not no_plugins),
            form=format_ or "",
            environment=environment or "",
            folder=Path.cwd() if piped else file.parent,
            name=str(file),
        )
    found = only(found, only_) if only_ else found
    with open_catalog(catalog) as known:
        found = with_operations(found, known.match)
    if found.tasks:
        _write(found, output, into, after)
    if as_json:
        print_json(found.to_json(str(file)))
    else:
        if found.tasks and not (output or into):
            tasks = [each.task for each in found.tasks]
            print_json(tasks[0] if len(tasks) == 1 else tasks)
        _explain(found)
    if not found.tasks:
        raise SystemExit(2)


def _write(found: Import, output: Path | None, into: Path | None, after: str | None) -> None:
    from httptask.app.files import write_json
    from httptask.app.import_ import write_folder, write_into, write_workflow

    if into:
        references = write_into(into, found, after)
        note(f"added {count(len(found.tasks), 'task')} to {into}: {', '.join(references)}")
    elif output and output.suffix == ".json":
        if len(found.tasks) == 1 and not found.defaults:
            write_json(output, found.tasks[0].task)
        else:
            write_workflow(output, found)
        note(f"wrote {output}")
    elif output:
        files = write_folder(output, found)
        note(f"wrote {count(len(files), 'file')} to {output}")


def _explain(found: Import) -> None:
    """Say on standard error what the tasks need, and what is lost."""
    imported = len(found.tasks) - found.degraded
    note(
        f"{plain(found.format)}: {imported} imported, {found.degraded} degraded, "
        f"{len(found.rejected)} rejected"
    )
    explain_needs(
        dict.fromkeys(name for each in found.tasks for name in each.inputs),
        dict.fromkeys(name for each in found.tasks for name in each.secrets),
    )
    for each in found.tasks:
        if each.operation:
            note(f"{plain(each.reference)} calls {plain(each.operation)}: it has its schemas")
    for reason in found.reasons:
        told = plain(f"{reason.pointer}: {reason.message}")
        note(f"{dim('lost')}      {told} {dim(reason.kind)}")

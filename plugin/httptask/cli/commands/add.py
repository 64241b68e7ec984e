"""``httptask add``: add an operation to a workflow definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from httptask.cli.catalogs import catalog_option, choice_options, open_catalog
from httptask.cli.options import documented
from httptask.cli.output import note, plain, print_json


@documented(
    "add",
    """
    httptask add flow.json digitalocean-inference/post-v1-images-generations --ref image
    httptask add flow.json uploadFile --ref upload --after image
    """,
)
@click.argument("workflow", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("operation")
@click.option("--ref", required=True, metavar="NAME", help="Task reference name; unique.")
@click.option("--after", metavar="REF", help="Put it after this task; by default at the end.")
@choice_options
@catalog_option
def command(
    workflow: Path,
    operation: str,
    ref: str,
    after: str | None,
    catalog: str | None,
    as_json: bool,
    **choices: Any,
) -> None:
    """Add OPERATION as an HTTP task to the definition in WORKFLOW, which is made if it is absent.

    The inputs that the task needs are added to the workflow's inputParameters.
    """
    from httptask.app.add import add_task
    from httptask.app.new import new_task
    from httptask.cli.commands.new import explain

    with open_catalog(catalog) as opened:
        prepared = new_task(opened, operation, name=ref, **choices)
    document = add_task(workflow, prepared, ref, after)
    if as_json:
        print_json(document)
        return
    note(f"added {plain(ref)} to {workflow}")
    explain(prepared)

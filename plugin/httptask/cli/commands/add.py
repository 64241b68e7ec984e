"""``httptask add``: add a task to a workflow definition."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import click

from httptask.cli import completing
from httptask.cli.catalogs import catalog_option, choice_options, open_catalog
from httptask.cli.options import documented, request_options
from httptask.cli.output import note, plain, print_json


@documented(
    "add",
    """
    httptask add flow.json digitalocean-inference/post-v1-images-generations --ref image
    httptask add flow.json uploadFile --ref upload --after image
    httptask add flow.json --url https://api.example.com/orders/{id} -X PATCH -d '{"state": "paid"}'
    httptask add flow.json --file task.json --at /tasks/1/decisionCases/paid/-
    """,
)
@click.argument("workflow", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("operation", required=False, shell_complete=completing.operations)
@click.option("--url", help="Instead of OPERATION: an address; {NAME} in it is an input.")
@click.option(
    "--file",
    "task_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Instead of OPERATION: a file with a task.",
)
@click.option("--ref", metavar="NAME", help="Task reference name; unique.")
@click.option(
    "--after",
    metavar="REF",
    shell_complete=completing.references,
    help="Put it after this task; by default at the end.",
)
@click.option("--at", metavar="POINTER", help="Put it there: /tasks/0, /tasks/1/defaultCase/-.")
@request_options
@choice_options
@catalog_option
def command(
    workflow: Path,
    operation: str | None,
    url: str | None,
    task_file: Path | None,
    ref: str | None,
    after: str | None,
    at: str | None,
    method: str,
    headers: tuple[str, ...],
    body: str | None,
    user: str,
    catalog: str | None,
    as_json: bool,
    **choices: Any,
) -> None:
    """Add OPERATION as an HTTP task to the definition in WORKFLOW, which is made if it is absent.

    The inputs that the task needs are added to the workflow's inputParameters. Credentials that
    you write become ${workflow.secrets.NAME}; their values are in no file.
    """
    from httptask.app.add import add_tasks, names_read, read_task
    from httptask.app.direct import direct_task
    from httptask.app.new import new_task
    from httptask.cli.commands.new import explain, explain_needs
    from httptask.plugins import build_manager

    if sum(each is not None for each in (operation, url, task_file)) != 1:
        raise click.UsageError("Give an OPERATION, --url or --file.")
    if after is not None and at is not None:
        raise click.UsageError("Give --after or --at, not both.")
    if url is None and (method or headers or body is not None or user):
        raise click.UsageError("-X, -H, -d and -u are for --url.")
    if operation is None and any(each not in (None, ()) for each in choices.values()):
        raise click.UsageError("--server, --media-type, --auth and --branch are for an OPERATION.")
    prepared = None
    if operation is not None:
        with open_catalog(catalog) as opened:
            prepared = new_task(opened, operation, name=ref, **choices)
        task = prepared.task
    elif url is not None:
        task = direct_task(
            url, method=method, headers=headers, data=body, user=user, folder=workflow.parent
        ).task
    else:
        task = read_task(cast("Path", task_file), build_manager())
    task = {**task, "taskReferenceName": ref or task["taskReferenceName"]}
    document = add_tasks(workflow, [task], after, at=at)
    if as_json:
        print_json(document)
        return
    note(f"added {plain(task['taskReferenceName'])} to {workflow}")
    if prepared is not None:
        explain(prepared)
    else:
        explain_needs(names_read(task, "workflow.input"), names_read(task, "workflow.secrets"))

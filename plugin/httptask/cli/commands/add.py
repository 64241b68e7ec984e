"""``httptask add``: add an operation to a workflow definition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from httptask.cli.catalogs import catalog_option, choice_options, open_catalog
from httptask.cli.files import write_json
from httptask.cli.options import documented
from httptask.cli.output import note, plain, print_json
from httptask.errors import DefinitionError


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
    server: str | None,
    media_type: str | None,
    auth: str | None,
    branch: str | None,
    catalog: str | None,
    as_json: bool,
) -> None:
    """Add OPERATION as an HTTP task to the definition in WORKFLOW, which is made if it is absent.

    The inputs that the task needs are added to the workflow's inputParameters.
    """
    from httptask.cli.commands.new import explain

    with open_catalog(catalog) as opened:
        prepared = opened.prepare_task(
            operation, server=server, media_type=media_type, auth=auth, branch=branch, name=ref
        )
    document = _read(workflow)
    task = {**prepared.task, "taskReferenceName": ref}
    _insert(document, task, after, str(workflow))
    _declare(document, [each.name for each in prepared.inputs])
    write_json(workflow, document)
    if as_json:
        print_json(document)
        return
    note(f"added {plain(ref)} to {workflow}")
    explain(prepared)


def _read(path: Path) -> dict[str, Any]:
    from httptask.definition.reading import read_document

    if not path.exists():
        return {"name": path.stem, "version": 1, "schemaVersion": 2, "tasks": []}
    document = read_document(path).value
    if not isinstance(document, dict) or not isinstance(document.get("tasks"), list):
        raise DefinitionError(
            "this is not a workflow definition: it has no list of tasks",
            code="wrong_type",
            pointer="/tasks",
            source=str(path),
        )
    return document


def _insert(document: dict[str, Any], task: Any, after: str | None, source: str) -> None:
    ref = task["taskReferenceName"]
    if ref in _references(document["tasks"]):
        raise DefinitionError(
            f"there is already a task with the reference {ref!r}",
            code="duplicate_reference",
            source=source,
            hint="choose another --ref",
        )
    tasks = document["tasks"]
    if after is None:
        tasks.append(task)
        return
    for index, each in enumerate(tasks):
        if isinstance(each, Mapping) and each.get("taskReferenceName") == after:
            tasks.insert(index + 1, task)
            return
    raise DefinitionError(
        f"there is no top-level task {after!r}", code="task_unknown", source=source
    )


def _references(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        if "taskReferenceName" in value:
            yield value["taskReferenceName"]
        for key in ("decisionCases", "defaultCase", "forkTasks", "loopOver"):
            yield from _references(value.get(key))
        if "taskReferenceName" not in value:
            for item in value.values():
                yield from _references(item)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _declare(document: dict[str, Any], names: list[str]) -> None:
    declared = document.setdefault("inputParameters", [])
    if isinstance(declared, list):
        declared.extend(name for name in names if name not in declared)

"""``httptask deploy``: register a workflow on a Conductor server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from httptask.cli.options import documented, task_defs_option
from httptask.cli.output import bold, dim, plain, print_json, say, style
from httptask.cli.servers import server_option


@documented(
    "deploy",
    """
    httptask deploy flow.json --server http://127.0.0.1:8080 --dry-run
    httptask deploy flow.json --server http://127.0.0.1:8080 --namespace py
    """,
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@server_option
@click.option("--namespace", help="Name of the worker's queue; by default httptask.")
@click.option("--plain-queue", is_flag=True, help="For a server without the built-in HTTP task.")
@task_defs_option
@click.option("--owner-email", help="Owner where the definition names none.")
@click.option("--dry-run", is_flag=True, help="Show what would be registered, and change nothing.")
@click.option("--no-plugins", is_flag=True, help="Load only the built-in plugins.")
def command(
    file: Path,
    server: str | None,
    namespace: str | None,
    plain_queue: bool,
    task_defs: Path | None,
    owner_email: str | None,
    dry_run: bool,
    no_plugins: bool,
    as_json: bool,
) -> None:
    """Register FILE so that the server hands its HTTP tasks to ``httptask worker``.

    The definition keeps its tasks of type HTTP. Deploying again changes nothing; a task definition
    that deploy did not make is never changed.
    """
    from httptask.app.load import Surroundings
    from httptask.app.server import deploy
    from httptask.engines.conductor.client import ServerSettings
    from httptask.plugins import build_manager

    choices: dict[str, Any] = {"namespace": namespace} if namespace else {}
    if plain_queue:
        choices["namespace"] = None
    if owner_email:
        choices["owner_email"] = owner_email
    beside = Surroundings.of(build_manager(installed=not no_plugins), task_defs=task_defs)
    settings = ServerSettings.from_environment(server)
    deployment = deploy(file, beside, settings, dry_run=dry_run, **choices)
    if as_json:
        print_json(deployment.to_json())
        return
    for change in deployment.changes:
        action = {"create": "created", "update": "updated", "none": "unchanged"}[change.action]
        if dry_run and change.action != "none":
            action = f"would be {action}"
        colour = None if change.action == "none" else "green"
        say(f"{dim(f'{change.kind:<9}')} {bold(plain(change.name))} {style(action, fg=colour)}")
    queue = "HTTP" if deployment.namespace is None else f"HTTP@{deployment.namespace}"
    say(f"{dim('queue')}     {plain(queue)}")

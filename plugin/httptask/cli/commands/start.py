"""``httptask start``: start a registered workflow."""

from __future__ import annotations

from pathlib import Path

import click

from httptask.cli.options import documented, input_options
from httptask.cli.output import print_json, say, warn
from httptask.cli.servers import server_option


@documented(
    "start",
    """
    httptask start image_and_upload --server http://127.0.0.1:8080 --input prompt=kite
    httptask start image_and_upload --wait --json
    """,
)
@click.argument("name")
@server_option
@input_options
@click.option("--version", type=int, help="Version of the workflow; by default the highest.")
@click.option("--correlation-id", default="", help="Correlation id of the execution.")
@click.option("--wait", "waits", is_flag=True, help="Wait until it has ended.")
@click.option("--timeout", type=float, help="Seconds to wait at most; exit code 1 after that.")
def command(
    name: str,
    server: str | None,
    inputs: tuple[str, ...],
    input_file: Path | None,
    version: int | None,
    correlation_id: str,
    waits: bool,
    timeout: float | None,
    as_json: bool,
) -> int:
    """Start the workflow NAME on a Conductor server; with --wait show the tasks as they end."""
    from httptask.cli.inputs import inputs_for
    from httptask.cli.run_view import finish, show_task
    from httptask.cli.servers import open_client
    from httptask.engines.conductor.start import FINISHED, definition, read, start, wait

    with open_client(server) as client:
        written = definition(client, name, version) if inputs or input_file else None
        given = inputs_for(written, inputs, input_file)
        workflow_id = start(client, name, given, version=version, correlation_id=correlation_id)
        if waits:
            found = wait(client, workflow_id, timeout=timeout, watch=None if as_json else show_task)
            code = finish(found, as_json)
            if found["status"] in FINISHED:
                return code
            warn(f"it has not ended after {timeout:g} s")
            return 1
        if as_json:
            print_json(read(client, workflow_id))
        else:
            say(workflow_id)
    return 0

"""``httptask worker``: execute HTTP tasks for a Conductor server."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Literal

import click

from httptask.cli.options import allow_host_option, documented
from httptask.cli.output import note, print_json
from httptask.cli.servers import server_option


@documented(
    "worker",
    """
    httptask worker --server http://127.0.0.1:8080
    httptask worker --server http://127.0.0.1:8080 --threads 64 --processes 2 --metrics-port 9090
    """,
)
@server_option
@click.option("--namespace", help="Name of the queue that deploy used; by default httptask.")
@click.option(
    "--take-over", is_flag=True, help="Poll the plain HTTP queue of a server without the built-in."
)
@click.option(
    "--threads",
    type=click.IntRange(1, 2000),
    default=500,
    show_default=True,
    help="Tasks at a time, per process; a thread is made when it is needed.",
)
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--grace",
    type=float,
    default=30.0,
    show_default=True,
    help="Seconds that running tasks have.",
)
@click.option(
    "--task-logs",
    type=click.Choice(["auto", "all", "failures"]),
    default="auto",
    show_default=True,
    help="Traces that go to the tasks' logs on the server; auto: all, but only those of failures "
    "while tasks queue up.",
)
@click.option(
    "--metrics-port", type=click.IntRange(0, 65535), help="Port for metrics and readiness."
)
@allow_host_option
@click.option(
    "--data", type=click.Path(path_type=Path), help="Folder of journal and files (HTTPTASK_DATA)."
)
@click.option("-q", "--quiet", is_flag=True, help="Log only what goes wrong, not each task.")
def command(
    server: str | None,
    namespace: str | None,
    take_over: bool,
    threads: int,
    processes: int,
    grace: float,
    task_logs: Literal["auto", "all", "failures"],
    metrics_port: int | None,
    allow_hosts: tuple[str, ...],
    data: Path | None,
    quiet: bool,
    as_json: bool,
) -> None:
    """Poll a Conductor server for HTTP tasks and execute them; stop gracefully with Ctrl-C.

    Only plugins named in HTTPTASK_LOAD_PLUGINS are loaded, and only public addresses and what
    --allow-host names are called.
    """
    from httptask.app.worker import work
    from httptask.engines.conductor.client import ServerSettings
    from httptask.engines.conductor.naming import DEFAULT_NAMESPACE
    from httptask.engines.conductor.service import WorkerOptions, log_to_stderr

    level = logging.WARNING if quiet else logging.INFO
    log_to_stderr(level)
    options = WorkerOptions(
        ServerSettings.from_environment(server),
        namespace=None if take_over else namespace or DEFAULT_NAMESPACE,
        threads=threads,
        processes=processes,
        data=data.absolute() if data else None,
        allow_hosts=allow_hosts,
        grace=grace,
        metrics_port=metrics_port,
        log_level=level,
        task_logs=task_logs,
    )

    def ready(port: int | None) -> None:
        if as_json:
            print_json({"server": options.server.url, "queue": options.queue, "metricsPort": port})
        else:
            note(f"working for {options.server.url}, queue {options.queue}")
            if port is not None:
                note(f"metrics at http://127.0.0.1:{port}/metrics, readiness at /ready")

    work(options, ready)

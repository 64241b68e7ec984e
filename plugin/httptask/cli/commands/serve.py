"""``httptask serve``: the editor panel."""

from __future__ import annotations

import signal
from pathlib import Path

import click

from httptask.cli.catalogs import catalog_option
from httptask.cli.options import documented
from httptask.cli.output import print_json, say
from httptask.errors import MissingExtraError


@documented(
    "serve",
    """
    httptask serve flow.json --open
    httptask serve --port 8765 --allow-host localhost:8000
    """,
)
@click.argument("workflow", required=False, type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port; by default a free one."
)
@click.option("--open", "open_browser", is_flag=True, help="Open the link in the browser.")
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="HOST[:PORT]",
    help="Let test requests reach an address that is not public; may be repeated.",
)
@click.option(
    "--embed-origin",
    "embed_origins",
    multiple=True,
    metavar="ORIGIN",
    help="Let pages of this origin embed the panel; may be repeated.",
)
@catalog_option
def command(
    workflow: Path | None,
    port: int,
    open_browser: bool,
    allow_hosts: tuple[str, ...],
    embed_origins: tuple[str, ...],
    catalog: str | None,
    as_json: bool,
) -> None:
    """Serve the editor panel on loopback, and print its link; stop it with Ctrl-C.

    It opens the definition in WORKFLOW, which is made when it is saved if it is absent.

    Test requests from the panel reach public addresses and what --allow-host names, nothing else.
    """
    try:
        from httptask.editor.serve import ServeOptions, serve
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the editor needs {error.name}", hint="pip install 'httptask[editor]'"
        ) from error

    def announce(link: str) -> None:
        if as_json:
            print_json({"url": link})
        else:
            say(link)

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    serve(
        ServeOptions(
            workflow,
            port,
            open_browser,
            allow_hosts,
            embed_origins,
            Path(catalog) if catalog else None,
        ),
        announce,
    )

"""The catalogue as the commands use it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

import click

from httptask.cli.output import warn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from httptask.app.catalog import Catalog

F = TypeVar("F", bound=Callable[..., Any])


def catalog_option(function: F) -> F:
    """Add ``--catalog``."""
    return click.option(
        "--catalog", metavar="PATH", help="Folder of the catalogue (HTTPTASK_CATALOG)."
    )(function)


def choice_options(function: F) -> F:
    """Add the options that choose between what an operation offers."""
    for option in (
        click.option("--branch", metavar="N|NAME", help="oneOf branch of the body."),
        click.option(
            "--auth", metavar="SCHEME", help="Authentication scheme, or a flow of OAuth 2."
        ),
        click.option(
            "--with",
            "optional",
            metavar="FIELD",
            multiple=True,
            help="Send this optional parameter or field too; 'body' for the whole body.",
        ),
        click.option(
            "--paging/--no-paging",
            default=None,
            help="Ask for all pages of a list; by default where the description says how it ends.",
        ),
        click.option("--media-type", help="Media type of the body."),
        click.option(
            "--server",
            metavar="URL",
            help="Server; needed if it is not public. 'server' makes inputs.",
        ),
    ):
        function = option(function)
    return function


@contextlib.contextmanager
def open_catalog(
    path: str | None, *, read_only: bool = True, allow_hosts: Iterable[str] = ()
) -> Iterator[Catalog]:
    """Open the catalogue; warn if there is one that this version cannot read."""
    from httptask.app.catalog import Catalog

    with Catalog.open(path or None, read_only=read_only, allow_hosts=allow_hosts) as catalog:
        try:
            yield catalog
        finally:
            if catalog.outdated:
                warn("an earlier version created the catalogue: add its descriptions again")

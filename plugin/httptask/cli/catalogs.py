"""The catalogue as the commands use it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from httptask.cli.output import warn

if TYPE_CHECKING:
    from httptask.catalog import Catalog
    from httptask.catalog.documents.sources import Fetch

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
        click.option("--auth", metavar="SCHEME", help="Authentication scheme."),
        click.option("--media-type", help="Media type of the body."),
        click.option("--server", metavar="URL", help="Server; needed if it is not public."),
    ):
        function = option(function)
    return function


@contextlib.contextmanager
def open_catalog(path: str | None, *, read_only: bool = True) -> Iterator[Catalog]:
    """Open the catalogue."""
    from httptask.catalog import Catalog

    importers = () if read_only else _importers()
    with Catalog.open(
        Path(path) if path else None, read_only=read_only, importers=importers
    ) as catalog:
        try:
            yield catalog
        finally:
            if catalog.outdated:
                warn("an earlier version created the catalogue: add its descriptions again")


def _importers() -> list[Any]:
    """Return the importers that plugins contribute."""
    from httptask.plugins import build_manager

    return [each for found in build_manager().hook.httptask_importers() for each in found]


def fetcher(allow_hosts: tuple[str, ...]) -> Fetch:
    """Return a function that downloads a URL as a task does.

    Only a URL that the user named has the rights of a literal address.
    """
    from httptask.core.execution import Execution
    from httptask.errors import CatalogError, StatusError
    from httptask.expressions import Context
    from httptask.hooks.task import PreparedTask
    from httptask.pipeline import Pipeline
    from httptask.plugins import build_manager
    from httptask.settings import Settings

    followed = Settings.from_environment(allow_hosts=allow_hosts)
    by_name = replace(followed, author=True)
    pipeline = Pipeline(build_manager())

    def fetch(url: str, named: bool) -> bytes:
        settings = by_name if named else followed
        request = {"uri": url, "method": "GET", "accept": ["*/*"], "readTimeOut": 30_000}
        options = {"response": {"format": "file", "maxBytes": 256 * 1024 * 1024}}
        task = PreparedTask.of({"http_request": request, "httptask": options}, ref="fetch")
        result = pipeline.run(settings.call(task, Context.build(), Execution.fresh("fetch")))
        if isinstance(result.error, StatusError):
            status = result.output["response"]["statusCode"]
            raise CatalogError(
                f"the server responded with {status}",
                code="source_missing",
                source=url,
                hint="check the address",
            )
        if result.error is not None:
            raise result.error
        body = result.output["response"]["body"]
        return Path(body["path"]).read_bytes() if body else b""

    return fetch

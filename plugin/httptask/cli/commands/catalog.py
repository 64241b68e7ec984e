"""``httptask catalog``: the API descriptions that are searched."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from httptask.cli.catalogs import catalog_option, fetcher, open_catalog
from httptask.cli.options import documented, documented_group
from httptask.cli.output import bold, dim, is_terminal, mark, note, plain, print_json, say, style

if TYPE_CHECKING:
    from httptask.catalog import DocumentChange, Progress


@documented_group(
    "catalog",
    """
    httptask catalog add https://example.com/openapi.json
    httptask catalog list
    httptask catalog update
    """,
)
def command() -> None:
    """Add, list, update and remove API descriptions: OpenAPI 2.0 to 3.2, JSON or YAML."""


def _remote_options(function: Any) -> Any:
    for option in (
        click.option(
            "--remote-refs", is_flag=True, help="Follow references of local files to URLs."
        ),
        click.option(
            "--allow-host",
            "allow_hosts",
            multiple=True,
            metavar="HOST[:PORT]",
            help="Allow an address that is not public; may be repeated.",
        ),
    ):
        function = option(function)
    return function


@documented(
    "add",
    """
    httptask catalog add petstore.yaml
    httptask catalog add descriptions/ openapi.tar.xz
    httptask catalog add https://example.com/openapi.json
    """,
)
@click.argument("sources", nargs=-1, required=True)
@_remote_options
@catalog_option
def add(
    sources: tuple[str, ...],
    remote_refs: bool,
    allow_hosts: tuple[str, ...],
    catalog: str | None,
    as_json: bool,
) -> int:
    """Add SOURCES: files, folders, archives, URLs or APIs.guru lists.

    Adding the same document again changes nothing; a changed one reports its differences.
    """
    with open_catalog(catalog, read_only=False) as opened, _progress() as progress:
        changes = opened.add(
            *sources, fetch=fetcher(allow_hosts), remote_refs=remote_refs, progress=progress
        )
    return _changes(changes, as_json)


@documented("update", "httptask catalog update\nhttptask catalog update stripe github")
@click.argument("apis", nargs=-1)
@_remote_options
@catalog_option
def update(
    apis: tuple[str, ...],
    remote_refs: bool,
    allow_hosts: tuple[str, ...],
    catalog: str | None,
    as_json: bool,
) -> int:
    """Read the known documents again, those of APIS or all."""
    with open_catalog(catalog, read_only=False) as opened, _progress() as progress:
        changes = opened.update(
            *apis, fetch=fetcher(allow_hosts), remote_refs=remote_refs, progress=progress
        )
    return _changes(changes, as_json)


@documented("remove", "httptask catalog remove stripe")
@click.argument("apis", nargs=-1, required=True)
@catalog_option
def remove(apis: tuple[str, ...], catalog: str | None, as_json: bool) -> int:
    """Remove APIS, by name or source."""
    with open_catalog(catalog, read_only=False) as opened:
        changes = opened.remove(*apis)
    return _changes(changes, as_json)


@documented("list", "httptask catalog list\nhttptask catalog list --json")
@catalog_option
def list_apis(catalog: str | None, as_json: bool) -> None:
    """List the APIs that are searched."""
    with open_catalog(catalog) as opened:
        apis = opened.apis()
    if as_json:
        print_json([{name: getattr(api, name) for name in api.__slots__} for api in apis])
        return
    for api in apis:
        about = f"{plain(api.title)} {plain(api.version)}"
        say(f"{bold(api.api)}  {about}  {dim(f'{api.operations} operations, {api.source}')}")


@documented("report", "httptask catalog report\nhttptask catalog report --json")
@catalog_option
def report(catalog: str | None, as_json: bool) -> None:
    """Account for every operation: imported, degraded or rejected, and why."""
    with open_catalog(catalog) as opened:
        document = opened.report()
    if as_json:
        print_json(document)
        return
    for each in document["documents"]:
        if each["reasons"]:
            say(f"{bold(each['api'] or each['source'])} {dim(each['source'])}")
            for reason in each["reasons"]:
                why = f"{plain(reason['kind'])}: {plain(reason['message'])}"
                say(f"  {dim(reason['pointer'])} {why}")
    _sums(document["totals"], document["causes"])


def _sums(totals: dict[str, int], causes: dict[str, int]) -> None:
    """Print the totals and how many operations each cause has: last, where a terminal stays."""
    from httptask.catalog.causes import CAUSES

    say(bold(", ".join(f"{value:,} {name}" for name, value in totals.items())))
    wide = max(map(len, causes), default=0)
    for kind, operations in causes.items():
        say(f"{operations:>9,}  {plain(kind):<{wide}}  {dim(CAUSES.get(kind, ''))}".rstrip())


for each in (add, list_apis, update, remove, report):
    command.add_command(each)


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """Draw a progress bar on a terminal."""
    if not is_terminal():
        yield lambda progress: None
        return
    bar: Any = click.progressbar(
        length=1,
        label="reading",
        file=sys.stderr,
        show_pos=True,
        item_show_func=lambda source: plain(source or "")[-40:],
    )
    with bar:

        def show(progress: Progress) -> None:
            bar.length = progress.total
            bar.update(progress.done - bar.pos, progress.source)

        yield show
        bar.update(bar.length - bar.pos)


def _changes(changes: list[DocumentChange], as_json: bool) -> int:
    failed = [change for change in changes if change.error is not None]
    if as_json:
        print_json([_document(change) for change in changes])
    else:
        for change in changes:
            _show(change)
    return 1 if failed else 0


def _document(change: DocumentChange) -> dict[str, Any]:
    document = {name: getattr(change, name) for name in change.__slots__}
    return document | {"error": change.error.to_json() if change.error else None}


def _show(change: DocumentChange) -> None:
    name = bold(change.api or change.source)
    say(f"{mark(change.error is None)} {name} {plain(change.change)} {dim(change.source)}")
    counts = {
        "imported": change.imported,
        "degraded": change.degraded,
        "rejected": change.rejected,
        "added": len(change.added),
        "changed": len(change.changed),
        "removed": len(change.removed),
    }
    shown = ", ".join(f"{count} {label}" for label, count in counts.items() if count)
    if shown:
        say(f"    {shown}")
    if change.error is not None:
        note(f"    {style(change.error, fg='red')}")

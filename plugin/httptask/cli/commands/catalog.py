"""``httptask catalog``: the API descriptions that are searched."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from httptask.cli import completing
from httptask.cli.catalogs import catalog_option, open_catalog
from httptask.cli.changes_view import show, show_affected
from httptask.cli.interrupted import InterruptedRunError
from httptask.cli.options import allow_host_option, documented, documented_group
from httptask.cli.output import bold, count, dim, is_terminal, note, plain, print_json, say

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
    """Add, list, update and remove API descriptions: OpenAPI 2.0 to 3.2 and Google Discovery."""


def _remote_options(function: Any) -> Any:
    refs = click.option(
        "--remote-refs", is_flag=True, help="Follow references of local files to URLs."
    )
    return allow_host_option(refs(function))


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
    with (
        _resumable(),
        open_catalog(catalog, read_only=False, allow_hosts=allow_hosts) as opened,
        _progress() as progress,
    ):
        changes = opened.add(*sources, remote_refs=remote_refs, progress=progress)
    if not changes:
        note("nothing was added: no JSON or YAML file is there")
    return _told(changes, as_json) if changes or as_json else 1


@documented(
    "update",
    """
    httptask catalog update
    httptask catalog update stripe github
    httptask catalog update --flows flows/
    """,
)
@click.argument("apis", nargs=-1, shell_complete=completing.apis)
@click.option(
    "--flows",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="Definitions, or a folder of them: say which of their steps are affected.",
)
@_remote_options
@catalog_option
def update(
    apis: tuple[str, ...],
    flows: tuple[Path, ...],
    remote_refs: bool,
    allow_hosts: tuple[str, ...],
    catalog: str | None,
    as_json: bool,
) -> int:
    """Read the known documents again, those of APIS or all, and say what is different.

    With --flows the exit code is 1 when a step is broken: its operation is gone, lacks a field that
    is required now, or sends or reads a value of another type.
    """
    with (
        _resumable(),
        open_catalog(catalog, read_only=False, allow_hosts=allow_hosts) as opened,
        _progress() as progress,
    ):
        changes = opened.update(*apis, remote_refs=remote_refs, progress=progress)
    if not changes:
        note("nothing to update; httptask catalog add SOURCE adds API descriptions")
    if not flows:
        return _told(changes, as_json)
    from httptask.app.drift import affected

    found = affected(changes, flows)
    if as_json:
        listed = [_document(change) for change in changes]
        print_json({"changes": listed, "affected": [each.to_json() for each in found]})
    else:
        show(changes)
        show_affected(found)
    broken = any(each.severity == "error" for each in found)
    return 1 if broken else _code(changes)


@documented("remove", "httptask catalog remove stripe")
@click.argument("apis", nargs=-1, required=True, shell_complete=completing.apis)
@catalog_option
def remove(apis: tuple[str, ...], catalog: str | None, as_json: bool) -> int:
    """Remove APIS, by name or source."""
    with open_catalog(catalog, read_only=False) as opened:
        changes = opened.remove(*apis)
    return _told(changes, as_json)


@documented("list", "httptask catalog list\nhttptask catalog list --json")
@catalog_option
def list_apis(catalog: str | None, as_json: bool) -> None:
    """List the APIs that are searched."""
    with open_catalog(catalog) as opened:
        apis = opened.apis()
    if as_json:
        print_json([{name: getattr(api, name) for name in api.__slots__} for api in apis])
        return
    wide = min(max(len(api.api) for api in apis), 40)
    for api in apis:
        about = f"{plain(api.title)} {plain(api.version)}"
        size = count(api.operations, "operation")
        say(f"{bold(api.api.ljust(wide))}  {about}  {dim(f'{size}, {api.source}')}")


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

    named = ((name.removesuffix("s") if n == 1 else name, n) for name, n in totals.items())
    say(bold(", ".join(f"{number:,} {name}" for name, number in named)))
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
        show_eta=False,  # the first of an archive takes longer than all others
        item_show_func=lambda source: plain(source or "")[-40:],
    )
    before, last = 0, 0

    def move(progress: Progress) -> None:
        nonlocal before, last
        if progress.done < last:  # the next source begins
            before += last
        last = progress.done
        bar.length = before + progress.total
        bar.update(before + progress.done - bar.pos, progress.source)

    with bar:
        yield move
        bar.update(bar.length - bar.pos)


@contextlib.contextmanager
def _resumable() -> Iterator[None]:
    """Say, when it is interrupted, that nothing has to be done twice."""
    try:
        yield
    except KeyboardInterrupt:
        raise InterruptedRunError(
            "interrupted", hint="what was read is kept; the same command continues with the rest"
        ) from None


def _told(changes: list[DocumentChange], as_json: bool) -> int:
    """Print the changes; return 1 if something failed, or if there was nothing to read."""
    if as_json:
        print_json([_document(change) for change in changes])
    else:
        show(changes)
    return _code(changes)


def _code(changes: list[DocumentChange]) -> int:
    failed = any(change.change == "failed" for change in changes)
    read = any(change.api for change in changes)
    return 1 if failed or (changes and not read) else 0


def _document(change: DocumentChange) -> dict[str, Any]:
    document = {name: getattr(change, name) for name in change.__slots__}
    return document | {
        "error": change.error.to_json() if change.error else None,
        "differences": [each.to_json() for each in change.differences],
    }

"""``httptask search``: find an operation."""

from __future__ import annotations

import click

from httptask.cli import completing
from httptask.cli.catalogs import catalog_option, open_catalog
from httptask.cli.options import documented
from httptask.cli.output import bold, dim, note, plain, print_json, say, style


@documented(
    "search",
    """
    httptask search "generate an image"
    httptask search createIssue --api github --limit 5
    httptask search "remove a customer" --method DELETE --json
    """,
)
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--api",
    shell_complete=completing.apis,
    help="Only operations of this API; the beginning of its name will do.",
)
@click.option("--method", help="Only operations with this HTTP method.")
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@catalog_option
def command(
    query: tuple[str, ...],
    api: str | None,
    method: str | None,
    limit: int,
    catalog: str | None,
    as_json: bool,
) -> None:
    """Search the catalogue: words, typos, paths and operation ids all work."""
    with open_catalog(catalog) as opened:
        hits = opened.search(" ".join(query), api=api or "", method=method or "", limit=limit)
    if as_json:
        print_json([hit.to_json() for hit in hits])
        return
    if not hits:
        note("nothing found; httptask catalog add SOURCE adds API descriptions")
    for hit in hits:
        say(f"{bold(hit.id)}")
        call = f"{style(f'{hit.method:<6}', fg='cyan')} {plain(hit.path)}"
        say(f"  {call}  {plain(hit.summary)}")
        say(f"  {dim(hit.title)}  {dim('auth: ' + _short(hit.auth))}  {dim('; '.join(hit.why))}")


def _short(auth: str) -> str:
    """Leave out alternatives beyond the second: some APIs have one for each scope."""
    first, *more = auth.split(" or ")
    return auth if len(more) < 2 else f"{first} or {len(more)} more"

"""``httptask fixtures``: fixtures from HAR, and as HAR."""

from __future__ import annotations

from pathlib import Path

import click

from httptask.cli.options import documented
from httptask.cli.output import print_json


@documented(
    "fixtures",
    """
    httptask fixtures session.har --output fixtures.json
    httptask fixtures fixtures.json --output session.har
    """,
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file instead of standard output.",
)
def command(file: Path, output: Path | None, as_json: bool) -> None:
    """Turn a HAR into fixtures, and fixtures into a HAR.

    Fixtures of a HAR are matched by method, address and body. Credentials in its addresses and
    bodies stay: look at them before you share the file.
    """
    from httptask.app.files import write_json
    from httptask.definition.reading import read_document
    from httptask.fixtures.har import from_har, is_har
    from httptask.fixtures.har_writing import to_har
    from httptask.fixtures.reading import read_fixtures

    document = read_document(file)
    entries = read_fixtures(document)
    value = document.value
    made = from_har(value, str(file)) if is_har(value) else to_har(entries)
    if output is not None:
        write_json(output, made)
    if output is None or as_json:
        print_json(made)

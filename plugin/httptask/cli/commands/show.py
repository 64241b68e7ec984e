"""``httptask show``: the documentation of an operation."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import click

from httptask.cli import completing
from httptask.cli.catalogs import catalog_option, open_catalog
from httptask.cli.options import documented
from httptask.cli.output import plain, print_json, say


@documented(
    "show",
    """
    httptask show digitalocean-inference/post-v1-images-generations
    httptask show createIssue --json
    """,
)
@click.argument("operation", shell_complete=completing.operations)
@catalog_option
def command(operation: str, catalog: str | None, as_json: bool) -> None:
    """Show server, authentication, parameters, body and responses of OPERATION.

    OPERATION is an id that search prints, the beginning of one, or an operationId.
    """
    from httptask.catalog.documentation import render_documentation

    with open_catalog(catalog) as opened:
        found = opened.get(operation)
    if as_json:
        print_json(_document(found))
        return
    _print_markdown(render_documentation(found))


def _document(value: Any) -> Any:
    """Return the values of the catalogue as JSON, their names in camel case."""
    from httptask.catalog.values import MISSING

    if is_dataclass(value):
        named = [(each.name, getattr(value, each.name)) for each in fields(value)]
        return {_camel(name): _document(part) for name, part in named if part is not MISSING}
    if isinstance(value, Mapping):
        return {str(name): _document(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_document(part) for part in value]
    return value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _print_markdown(text: str) -> None:
    """Print Markdown, rendered on a terminal and as it is elsewhere."""
    safe = "\n".join(plain(line) for line in text.splitlines())
    if not sys.stdout.isatty():
        say(safe)
        return
    try:
        from rich.console import Console
        from rich.markdown import Markdown
        from rich.theme import Theme
    except ModuleNotFoundError:
        say(safe)
        return
    width = min(shutil.get_terminal_size().columns, 110)
    console = Console(width=width, theme=Theme({"markdown.code": "bold cyan"}))
    console.print(Markdown(safe, hyperlinks=False))

"""``httptask schema``: print JSON Schemas."""

from __future__ import annotations

import difflib
from pathlib import Path

import click

from httptask.cli.options import documented
from httptask.cli.output import print_json, say


@documented(
    "schema",
    """
    httptask schema
    httptask schema workflow > workflow.schema.json
    """,
)
@click.argument("name", required=False)
@click.option("--no-plugins", is_flag=True, help="Leave out what plugins add.")
@click.option(
    "--write",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write every schema, built-in plugins only, into a folder.",
)
def command(name: str | None, no_plugins: bool, write: Path | None, as_json: bool) -> None:
    """Print the JSON Schema NAME (draft 2020-12), plugins included; without NAME list the names."""
    from httptask.definition.schema import NAMES, build_schema, write_schemas
    from httptask.hooks.claims import options_model
    from httptask.plugins import build_manager

    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        paths = [str(path) for path in write_schemas(write)]
        if as_json:
            print_json(paths)
        else:
            for path in paths:
                say(path)
        return
    if name is None:
        if as_json:
            print_json(list(NAMES))
        else:
            for each in NAMES:
                say(each)
        return
    if name not in NAMES:
        close = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"Did you mean {close[0]!r}?" if close else f"There are {', '.join(NAMES)}."
        raise click.UsageError(f"No such schema {name!r}. {hint}")
    print_json(build_schema(name, options_model(build_manager(installed=not no_plugins))))

"""``httptask plugins``: who answers what."""

from __future__ import annotations

from itertools import groupby

import click

from httptask.cli.options import documented
from httptask.cli.output import bold, dim, plain, print_json, say


@documented(
    "plugins",
    """
    httptask plugins
    httptask plugins --no-plugins --json
    """,
)
@click.option("--no-plugins", is_flag=True, help="Load only the built-in plugins.")
def command(no_plugins: bool, as_json: bool) -> None:
    """Show which plugin answers each stage, for each kind it claims."""
    from httptask.plugins import answers, build_manager

    found = answers(build_manager(installed=not no_plugins))
    if as_json:
        print_json(
            [
                {
                    "stage": each.stage,
                    "kind": each.kind,
                    "plugin": each.plugin,
                    "replaces": each.replaces or None,
                    "summary": each.summary,
                }
                for each in found
            ]
        )
        return
    for stage, kinds in groupby(found, key=lambda each: each.stage):
        say(bold(stage))
        for each in kinds:
            replaced = f" instead of {each.replaces}" if each.replaces else ""
            name = f"{plain(each.kind):<14}{plain(each.plugin)}{replaced}"
            say(f"  {name}  {dim(each.summary)}".rstrip())

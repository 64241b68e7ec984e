"""``httptask plugins``: who implements what."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import click

from httptask.cli.options import documented
from httptask.cli.output import bold, dim, plain, print_json, say

if TYPE_CHECKING:  # the command loads them when it runs: start-up stays fast
    from httptask.plugins import Claimed


@documented(
    "plugins",
    """
    httptask plugins
    httptask plugins --no-plugins --json
    """,
)
@click.option("--no-plugins", is_flag=True, help="Load only the built-in plugins.")
def command(no_plugins: bool, as_json: bool) -> None:
    """Show which plugin implements each stage and layer, for each kind it claims."""
    from httptask.plugins import build_manager, claimed_kinds

    found = claimed_kinds(build_manager(installed=not no_plugins))
    if as_json:
        print_json(
            [
                {
                    "hook": each.hook,
                    "kind": each.kind,
                    "plugin": each.plugin,
                    "replaces": each.replaces or None,
                    "summary": each.summary,
                }
                for each in found
            ]
        )
        return
    widest = max(len(_who(each)) for each in found)
    for hook, kinds in groupby(found, key=lambda each: each.hook):
        say(bold(hook))
        for each in kinds:
            name = f"{plain(each.kind):<14}{_who(each):<{widest}}"
            say(f"  {name}  {dim(each.summary)}" if each.summary else f"  {name}".rstrip())


def _who(claimed: Claimed) -> str:
    replaced = f" instead of {claimed.replaces}" if claimed.replaces else ""
    return f"{plain(claimed.plugin)}{replaced}"

"""How a task hangs together with its workflow, as the command line shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httptask.cli.output import bold, dim, plain, say, short_json


def show_wiring(wiring: Mapping[str, Any]) -> None:
    """Show what a task reads, and where each of its outputs is read."""
    if wiring["inputs"]:
        say(bold("reads"))
    for each in wiring["inputs"]:
        became = f"{dim('is')} {plain(short_json(each['value']))}" if "value" in each else ""
        say(f"  {plain(each['template'])} {became}   {dim(plain(each['pointer']))}")
    say(bold("gives"))
    for each in wiring["outputs"]:
        path = each["mapped"] if isinstance(each["mapped"], str) else short_json(each["mapped"])
        say(f"  {plain(each['name'])} {dim('is')} {plain(path)}")
        for reader in each["readBy"]:
            say(f"    {dim('read by')} {plain(reader['pointer'])} {plain(reader['reference'])}")

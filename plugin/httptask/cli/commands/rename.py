"""``httptask rename``: another reference for a task, wherever it is referred to."""

from __future__ import annotations

from pathlib import Path

import click

from httptask.cli import completing
from httptask.cli.options import documented
from httptask.cli.output import count, note, place, plain, print_json, warn


@documented(
    "rename",
    """
    httptask rename flow.json http_1 order
    """,
)
@click.argument("workflow", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("old", shell_complete=completing.references)
@click.argument("new")
def command(workflow: Path, old: str, new: str, as_json: bool) -> None:
    """Give the task OLD of the definition in WORKFLOW the reference NEW.

    Every expression, join and condition of a loop that refers to it is rewritten, and so are the
    tests of the workflow beside it, FLOW.test.json, with the fixtures that they name.
    """
    from httptask.app.rename import rename

    done = rename(workflow, old, new)
    if as_json:
        files = [{"file": each.file.source, "places": list(each.places)} for each in done.files]
        print_json({"places": list(done.places), "left": list(done.left), "files": files})
        return
    places = count(len(done.places), "place")
    note(f"renamed {plain(old)} to {plain(new)} in {workflow}: {places} changed")
    for each in done.files:
        places = count(len(each.places), "place")
        note(f"renamed it in {plain(each.file.source)}: {places} changed")
    for pointer in done.left:
        warn(
            f"a script still has the name {plain(old)}: change it if it means the task",
            place(str(workflow), pointer),
        )

"""``httptask verify``: run tests of workflows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from httptask.cli.options import documented, machine, surroundings_options, task_defs_option
from httptask.cli.output import bold, count, dim, mark, milliseconds, plain, print_json, say, style

if TYPE_CHECKING:
    from httptask.app.verify import Verified


@documented(
    "verify",
    """
    httptask verify flow.test.json
    httptask verify flows/*.test.json --junit report.xml
    """,
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@task_defs_option
@surroundings_options
@click.option("--no-plugins", is_flag=True, help="Load only the built-in plugins.")
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a JUnit report as well.",
)
def command(
    files: tuple[Path, ...],
    task_defs: Path | None,
    functions: str | None,
    workflow_defs: Path | None,
    no_plugins: bool,
    junit: Path | None,
    as_json: bool,
) -> int:
    """Run the tests in FILES, FLOW.test.json for FLOW.json; nothing is sent.

    A test gives input and fixtures, and says how the run ends, what it puts out, what it requests.
    """
    from httptask.app.load import Surroundings
    from httptask.app.verify import Verifier

    settings, manager = machine((), no_plugins, None)
    beside = Surroundings.of(
        manager, task_defs=task_defs, functions=functions, workflow_defs=workflow_defs
    )
    verifier = Verifier(settings, manager, beside)
    verified = []
    for file in files:
        for each in verifier.verify(file):
            verified.append(each)
            if not as_json:
                _show(each)
    if junit is not None:
        from httptask.cli.junit import write_junit

        write_junit(junit, verified)
    failed = sum(bool(each.failures) for each in verified)
    if as_json:
        print_json([each.to_json() for each in verified])
    else:
        say(f"{count(len(verified), 'test')}, {failed} failed")
    return 1 if failed else 0


def _show(verified: Verified) -> None:
    time = dim(milliseconds(verified.seconds * 1e3))
    say(f"{mark(not verified.failures)} {bold(verified.name)} {dim(plain(verified.file))} {time}")
    for failure in verified.failures:
        say(f"    {plain(failure.message)}")
        say(f"    {dim('at')} {plain(failure.pointer)}")
    for warning in verified.warnings:
        say(f"    {style('warning', fg='yellow')} {plain(warning.message)}")

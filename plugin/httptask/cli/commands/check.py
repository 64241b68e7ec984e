"""``httptask check``: static check of definitions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from httptask.cli.options import documented, surroundings_options, task_defs_option
from httptask.cli.output import bold, count, dim, mark, plain, print_json, say, short_json, style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from httptask.app.check import Target
    from httptask.definition.findings import Finding


@documented(
    "check",
    """
    httptask check flow.json
    httptask check flow.json --task-defs tasks.json --json
    httptask check flow.json --target conductor-oss
    httptask check flow.json --fix
    """,
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@task_defs_option
@click.option(
    "--target",
    type=click.Choice(["httptask", "conductor-oss", "worker"]),
    default="httptask",
    show_default=True,
    help="conductor-oss: warn where the built-in HTTP task of a server behaves differently; "
    "worker: what deploy refuses.",
)
@surroundings_options
@click.option("--no-plugins", is_flag=True, help="Load only the built-in plugins.")
@click.option(
    "--fix", is_flag=True, help="Correct in the files what has only one possible meaning."
)
@click.option("--strict", is_flag=True, help="Let warnings fail the check as well.")
def command(
    files: tuple[Path, ...],
    task_defs: Path | None,
    target: Target,
    functions: str | None,
    workflow_defs: Path | None,
    no_plugins: bool,
    fix: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Check workflow definitions and HTTP tasks; nothing is sent.

    Every reference is checked against the task it points at, and against its response schema.
    """
    from httptask.app.check import check
    from httptask.app.fix import fix as fix_file
    from httptask.app.load import Surroundings
    from httptask.definition.loader import load_task_defs
    from httptask.plugins import build_manager
    from httptask.settings import Settings

    defs = load_task_defs(task_defs) if task_defs else None
    applied: dict[str, Sequence[Finding]] = {}
    if defs is not None and defs.value is None:
        found = {str(task_defs): defs.findings}
    else:
        manager = build_manager(installed=not no_plugins)
        beside = Surroundings.of(
            manager,
            task_defs=defs.value if defs else None,
            functions=functions,
            workflow_defs=workflow_defs,
            machine=Settings.from_environment(),
        )
        found = {}
        for file in files:
            if fix:
                fixed = fix_file(file, beside, target)
                applied[str(file)], found[str(file)] = fixed.applied, fixed.loaded.findings
            else:
                found[str(file)] = check(file, beside, target).findings
    every = [finding for findings in found.values() for finding in findings]
    failed = any(strict or finding.severity == "error" for finding in every)
    if as_json:
        done = [finding for findings in applied.values() for finding in findings]
        told = [{**finding.to_json(), "fixed": True} for finding in done]
        print_json([*told, *(finding.to_json() for finding in every)])
    else:
        for name, findings in found.items():
            _show(name, findings, applied.get(name, ()))
    return 2 if failed else 0


def _show(name: str, findings: Sequence[Finding], applied: Sequence[Finding]) -> None:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    counts = (
        f"{count(errors, 'error')}, {count(warnings, 'warning')}" if findings else "no findings"
    )
    say(f"{mark(errors == 0)} {bold(name)} {dim(counts)}")
    for finding in applied:
        say(f"  {style('fixed', fg='green')} {plain(finding.message)}")
        change = finding.fix
        new = short_json(change.new) if change else ""
        say(f"    {dim('at')}   {plain(finding.pointer)} {dim('is now')} {plain(new)}")
    for finding in findings:
        colour = "red" if finding.severity == "error" else "yellow"
        say(f"  {style(finding.severity, fg=colour)} {plain(finding.message)}")
        where = plain(finding.pointer or "the file as a whole")
        say(f"    {dim('at')}   {where}   {dim(finding.code)}")
        if finding.hint:
            say(f"    {dim('hint')} {plain(finding.hint)}")

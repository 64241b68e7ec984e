"""What a template is evaluated against, put together from a command's options."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from httptask.cli import completing
from httptask.cli.options import input_options, read_context
from httptask.cli.output import warn
from httptask.cli.run_view import MASKED, has_masked_outputs

if TYPE_CHECKING:
    from httptask.expressions import Context

F = TypeVar("F", bound=Callable[..., Any])


def context_options(function: F) -> F:
    """Add the options that give inputs and the outputs of earlier tasks."""
    for option in (
        click.option(
            "--run",
            "run_id",
            metavar="ID",
            shell_complete=completing.runs,
            help="Take inputs and outputs from a run.",
        ),
        click.option(
            "--context",
            "context_file",
            type=click.Path(path_type=Path, dir_okay=False),
            help='File with {"input", "variables", "tasks": {"REF": OUTPUT}, "env"}.',
        ),
        input_options,
    ):
        function = option(function)
    return function


def read_expression_context(
    *,
    inputs: tuple[str, ...],
    input_file: Path | None,
    context_file: Path | None,
    run_id: str | None,
    data: Path | None = None,
    definition: Any = None,
    files: Path | None = None,
) -> Context:
    """Return the context: a run's, completed by the file, completed by single inputs.

    Args:
        inputs: single inputs.
        input_file: a JSON object with inputs.
        context_file: a context.
        run_id: a stored run.
        data: folder of runs.
        definition: what the context is for, as it is written: it says what the inputs are.
        files: folder of stored files, for files that are inputs; None stores none.

    Raises:
        DefinitionError: a file or an input cannot be read.
        InputError: an input is misspelt, or of another type than its schema says.
        EngineError: there is no such run.
    """
    from httptask.app.context import Given, context_of
    from httptask.cli.inputs import inputs_for, read_inputs
    from httptask.expressions import conductor_env

    if definition is None:
        own = read_inputs(inputs, input_file)
    else:
        own = inputs_for(definition, inputs, input_file, files)
    written = read_context(context_file) if context_file else {}
    stored = _stored(run_id, data) if run_id else {}
    if has_masked_outputs(stored):
        warn(f"run {run_id}: {MASKED}")
    given = Given(
        input={**written.get("input", {}), **own},
        variables=written.get("variables", {}),
        outputs=written.get("tasks", {}),
        env={**conductor_env(os.environ), **written.get("env", {})},
    )
    return context_of(definition, given, stored)


def _stored(run_id: str, data: Path | None) -> Mapping[str, Any]:
    from httptask.cli.store import open_store

    with open_store(data) as engine:
        return engine.get(run_id)

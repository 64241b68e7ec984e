"""What a template is evaluated against, put together from a command's options."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from httptask.cli.options import input_options, read_context
from httptask.cli.output import warn
from httptask.cli.run_view import MASKED, has_masked_outputs

if TYPE_CHECKING:
    from httptask.expressions import Context

F = TypeVar("F", bound=Callable[..., Any])

_DATA = frozenset({"inputData", "outputData"})


def context_options(function: F) -> F:
    """Add the options that give inputs and the outputs of earlier tasks."""
    for option in (
        click.option("--run", "run_id", metavar="ID", help="Take inputs and outputs from a run."),
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
    defaults: Mapping[str, Any] | None = None,
    definition: Any = None,
) -> Context:
    """Return the context: a run's, completed by the file, completed by single inputs.

    Args:
        inputs: single inputs.
        input_file: a JSON object with inputs.
        context_file: a context.
        run_id: a stored run.
        data: folder of runs.
        defaults: inputs where none is given.
        definition: what the context is for, as it is written: it says what the inputs are.

    Raises:
        DefinitionError: a file or an input cannot be read.
        InputError: an input is misspelt, or of another type than its schema says.
        EngineError: there is no such run.
    """
    from httptask.cli.inputs import inputs_for, read_inputs
    from httptask.expressions import Context, conductor_env

    if definition is None:
        own = read_inputs(inputs, input_file)
    else:
        own = inputs_for(definition, inputs, input_file)
    given = read_context(context_file) if context_file else {}
    stored = _stored(run_id, data) if run_id else {}
    if has_masked_outputs(stored):
        warn(f"run {run_id}: {MASKED}")
    tasks = {ref: {"output": output} for ref, output in given.get("tasks", {}).items()}
    return Context.build(
        input={
            **(defaults or {}),
            **stored.get("input", {}),
            **given.get("input", {}),
            **own,
        },
        variables={**stored.get("variables", {}), **given.get("variables", {})},
        tasks={**_outputs(stored), **tasks},
        env={**conductor_env(os.environ), **given.get("env", {})},
        workflow={"workflowId": stored.get("workflowId", ""), "status": "RUNNING"},
    )


def _stored(run_id: str, data: Path | None) -> Mapping[str, Any]:
    from httptask.cli.store import open_store

    with open_store(data) as engine:
        return engine.get(run_id)


def _outputs(run: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return a run's tasks as expressions see them: the last execution of each."""
    return {
        task["referenceTaskName"].removesuffix(f"__{task.get('iteration')}"): {
            **{name: value for name, value in task.items() if name not in _DATA},
            "input": task.get("inputData", {}),
            "output": task.get("outputData", {}),
        }
        for task in run.get("tasks", ())
    }

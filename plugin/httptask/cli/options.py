"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from httptask.errors import DefinitionError, InputError

if TYPE_CHECKING:
    import pluggy

    from httptask.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])


class ExampleCommand(click.Command):
    """A command whose help ends with examples."""

    def __init__(self, *args: Any, examples: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        super().format_epilog(ctx, formatter)
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples.strip().splitlines():
                    formatter.write(f"  {line.strip()}\n")


def documented(name: str, examples: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a command with examples and ``--json``."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        made: click.Command = click.command(name, cls=ExampleCommand, examples=examples)(
            json_option(function)
        )
        return made

    return decorate


def json_option(function: F) -> F:
    """Add ``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document on standard output."
    )(function)


def machine_options(function: F) -> F:
    """Add the options that decide what a run on this machine may do."""
    for option in (
        click.option("--no-plugins", is_flag=True, help="Load only the built-in plugins."),
        click.option(
            "--allow-host",
            "allow_hosts",
            multiple=True,
            metavar="HOST[:PORT]",
            help="Allow an address that is not public; may be repeated.",
        ),
        click.option(
            "--data",
            type=click.Path(path_type=Path),
            help="Folder of runs and stored files (HTTPTASK_DATA).",
        ),
    ):
        function = option(function)
    return function


def input_options(function: F) -> F:
    """Add the options that give a workflow's input."""
    for option in (
        click.option(
            "--input-file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="JSON object with the workflow's input.",
        ),
        click.option(
            "--input",
            "-i",
            "inputs",
            multiple=True,
            metavar="NAME=VALUE",
            help="One input: JSON if it parses, else text; may be repeated.",
        ),
    ):
        function = option(function)
    return function


def machine(
    allow_hosts: tuple[str, ...], no_plugins: bool, data: Path | None
) -> tuple[Settings, pluggy.PluginManager]:
    """Return settings and plugins for a definition from the author's own command line."""
    from httptask.plugins import build_manager
    from httptask.settings import Settings

    folder = data.absolute() if data else None
    settings = Settings.from_environment(allow_hosts=allow_hosts, data=folder, author=True)
    return settings, build_manager(installed=not no_plugins)


def read_inputs(inputs: tuple[str, ...], input_file: Path | None) -> dict[str, Any]:
    """Return the workflow's input; single inputs win over the file's.

    Raises:
        InputError: an input is not NAME=VALUE, or the file is no JSON object.
    """
    given = read_object(input_file) if input_file else {}
    for text in inputs:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise InputError(f"{text!r} is not NAME=VALUE", code="usage", hint="--input prompt=cat")
        given[name] = _value(value)
    return given


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError:
        return text


def _refuse_constant(text: str) -> Any:
    raise ValueError(text)


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        InputError: the file cannot be read, or holds something else.
    """
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise InputError(
            f"cannot read {path}: {error.strerror}", code="file_missing", source=str(path)
        ) from error
    except ValueError as error:
        raise InputError(f"not JSON: {error}", code="json_invalid", source=str(path)) from error
    if not isinstance(document, dict):
        raise InputError("a JSON object is wanted", code="wrong_type", source=str(path))
    return document


def read_context(path: Path) -> dict[str, Any]:
    """Return a context file: ``{input, variables, tasks: {REF: OUTPUT}, env}``.

    Raises:
        DefinitionError: the file holds something else.
    """
    document = read_object(path)
    unknown = sorted(document.keys() - {"input", "variables", "tasks", "env"})
    if unknown:
        raise DefinitionError(
            f"unknown key {unknown[0]!r}",
            code="unknown_key",
            pointer=f"/{unknown[0]}",
            source=str(path),
            hint='a context is {"input": {}, "variables": {}, "tasks": {"REF": OUTPUT}, "env": {}}',
        )
    for key, value in document.items():
        if not isinstance(value, Mapping):
            raise DefinitionError(
                f"{key!r} must be an object", code="wrong_type", pointer=f"/{key}", source=str(path)
            )
    return document

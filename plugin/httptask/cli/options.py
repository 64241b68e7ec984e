"""Options that several commands share, and what they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from httptask.cli import completing
from httptask.cli.groups import SuggestingGroup
from httptask.cli.output import warn
from httptask.definition.reading import escape, parse, read_document
from httptask.errors import DefinitionError, InputError

if TYPE_CHECKING:
    import pluggy

    from httptask.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

_CONTEXT = frozenset({"input", "variables", "tasks", "env"})
_CONTEXT_HINT = 'a context is {"input": {}, "variables": {}, "tasks": {"REF": OUTPUT}, "env": {}}'


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


class ExampleGroup(ExampleCommand, SuggestingGroup):
    """A group whose help ends with examples."""


def documented(name: str, examples: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function a command with examples and ``--json``."""

    def decorate(function: Callable[..., Any]) -> click.Command:
        made: click.Command = click.command(name, cls=ExampleCommand, examples=examples)(
            json_option(function)
        )
        return made

    return decorate


def documented_group(name: str, examples: str) -> Callable[[Callable[..., Any]], click.Group]:
    """Make a function a group of commands with examples."""

    def decorate(function: Callable[..., Any]) -> click.Group:
        made: click.Group = click.group(name, cls=ExampleGroup, examples=examples)(function)
        return made

    return decorate


def json_option(function: F) -> F:
    """Add ``--json``."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON document on standard output."
    )(function)


def data_option(function: F) -> F:
    """Add ``--data``."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of runs and stored files (HTTPTASK_DATA).",
    )(function)


def verbose_option(function: F) -> F:
    """Add ``-v`` of the commands that run a workflow."""
    return click.option(
        "-v", "--verbose", is_flag=True, help="Show each stage and each request of the tasks."
    )(function)


def allow_host_option(function: F) -> F:
    """Add ``--allow-host``."""
    return click.option(
        "--allow-host",
        "allow_hosts",
        multiple=True,
        metavar="HOST[:PORT]",
        help="Allow an address that is not public; may be repeated.",
    )(function)


def machine_options(function: F) -> F:
    """Add the options that decide what a run on this machine may do."""
    plugins = click.option("--no-plugins", is_flag=True, help="Load only the built-in plugins.")
    return data_option(allow_host_option(plugins(function)))


def task_defs_option(function: F) -> F:
    """Add ``--task-defs``."""
    return click.option(
        "--task-defs",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Task definitions: retries, timeouts, input templates.",
    )(function)


def functions_option(function: F) -> F:
    """Add the option that names the module whose functions execute SIMPLE tasks."""
    return click.option(
        "--functions",
        metavar="MODULE",
        help="Python module, or file, whose functions execute SIMPLE tasks.",
    )(function)


def surroundings_options(function: F) -> F:
    """Add the options that say what stands beside a definition."""
    folder = click.option(
        "--workflow-defs",
        type=click.Path(path_type=Path, file_okay=False),
        metavar="DIR",
        help="Folder of definitions that others may start; files beside FILE are found anyway.",
    )
    return folder(functions_option(function))


def fixtures_options(function: F) -> F:
    """Add the options that take fixtures for the network, or record them."""
    file = click.Path(path_type=Path, dir_okay=False)
    record = click.option(
        "--record", type=file, metavar="FILE", help="Write responses to a file, secrets masked."
    )
    mock = click.option(
        "--mock", type=file, metavar="FILE", help="Take responses from a file; nothing is sent."
    )
    har = click.option(
        "--har", type=file, metavar="FILE", help="Write every exchange to a HAR, secrets masked."
    )
    return mock(record(har(function)))


def request_options(function: F) -> F:
    """Add the options that write a request by hand, as curl calls them."""
    for option in (
        click.option(
            "--user", "-u", default="", metavar="NAME:PASSWORD", help="Basic authentication."
        ),
        click.option(
            "--body",
            "-d",
            "body",
            metavar="TEXT|@FILE",
            help="Body: JSON if it is an object or a list, else a form.",
        ),
        click.option(
            "--header", "-H", "headers", multiple=True, metavar="NAME: VALUE", help="Header."
        ),
        click.option(
            "--method", "-X", default="", metavar="METHOD", help="POST with a body, else GET."
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
            shell_complete=completing.inputs,
            help="One input, read as its schema says; without one JSON if it parses, else text. "
            "NAME:=JSON, NAME=@FILE (text) and NAME:=@FILE (JSON) say what it is. May be repeated.",
        ),
    ):
        function = option(function)
    return function


def machine(
    allow_hosts: tuple[str, ...], no_plugins: bool, data: Path | None
) -> tuple[Settings, pluggy.PluginManager]:
    """Return settings and plugins for a definition from the author's own command line."""
    from httptask.cli.variables import misspelt
    from httptask.plugins import build_manager
    from httptask.settings import Settings

    for name, meant in misspelt(os.environ):
        warn(f"{name} is not a variable of httptask: did you mean {meant}?")
    folder = data.absolute() if data else None
    settings = Settings.from_environment(allow_hosts=allow_hosts, data=folder, author=True)
    return settings, build_manager(installed=not no_plugins)


def through_fixtures(
    manager: pluggy.PluginManager, mock: Path | None, record: Path | None, har: Path | None
) -> pluggy.PluginManager:
    """Return plugins that do so until the command ends."""
    if mock is None and record is None and har is None:
        return manager
    from httptask.fixtures.using import with_fixtures

    if mock is not None and (record is not None or har is not None):
        raise click.UsageError("With --mock nothing is sent: leave out --record and --har.")
    using = with_fixtures(manager, mock=mock, record=record, har=har)
    return click.get_current_context().with_resource(using)


def json_or_text(text: str) -> Any:
    """Return the JSON value that a text of the command line is, or the text itself.

    Raises:
        InputError: the text is not UTF-8.
    """
    try:
        return parse(text.encode())
    except UnicodeEncodeError as error:
        raise InputError(f"{text!r} is not UTF-8", code="json_encoding") from error
    except DefinitionError:
        return text


def read_object(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        DefinitionError: the file cannot be read, or holds something else.
    """
    document = read_document(path).value
    if not isinstance(document, dict):
        raise InputError("expected a JSON object", code="wrong_type", source=str(path))
    return document


def read_context(path: Path) -> dict[str, Any]:
    """Return a context file: ``{input, variables, tasks: {REF: OUTPUT}, env}``.

    Raises:
        DefinitionError: the file holds something else.
    """
    from httptask.definition.file_kinds import kind_of

    document = read_object(path)
    if kind := kind_of(document):
        raise DefinitionError(
            f"this is {kind}, not a context",
            code="wrong_type",
            source=str(path),
            hint=_CONTEXT_HINT,
        )
    unknown = sorted(document.keys() - _CONTEXT)
    if unknown:
        raise DefinitionError(
            f"unknown key {unknown[0]!r}",
            code="unknown_key",
            pointer=f"/{escape(unknown[0])}",
            source=str(path),
            hint=_CONTEXT_HINT,
        )
    for key, value in document.items():
        _require(isinstance(value, Mapping), "an object", f"/{key}", path)
    for ref, output in document.get("tasks", {}).items():
        _require(isinstance(output, Mapping), "an object", f"/tasks/{escape(ref)}", path)
    for name, value in document.get("env", {}).items():
        _require(isinstance(value, str), "text", f"/env/{escape(name)}", path)
    return document


def _require(good: bool, what: str, pointer: str, path: Path) -> None:
    if not good:
        raise DefinitionError(
            f"expected {what}", code="wrong_type", pointer=pointer, source=str(path)
        )

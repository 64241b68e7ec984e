"""How a command that failed ends: what is printed, and the exit code. Imported only then."""

from __future__ import annotations

import os

import click

from httptask.cli.output import print_error
from httptask.errors import DefinitionError, HttpTaskError

INTERRUPTED = 130


def report(error: BaseException, *, as_json: bool) -> int:
    """Print why a command failed, and return its exit code."""
    if isinstance(error, BrokenPipeError):
        return 1
    if _only_asks_for_help(error) and not as_json:
        click.echo(str(error), err=True)
        return 2
    found, code = _document(error)
    try:
        print_error(found, as_json=as_json)
    except OSError:  # standard output is what fails
        print_error(found)
    return code


def _document(error: BaseException) -> tuple[HttpTaskError, int]:
    match error:
        case HttpTaskError():
            return error, error.exit_code
        case click.ClickException():
            return _usage(error), 2
        case KeyboardInterrupt() | click.Abort():
            return HttpTaskError("interrupted", code="interrupted"), INTERRUPTED
        case OSError():
            return _unusable(error), 2
    if os.environ.get("HTTPTASK_DEBUG"):
        raise error
    return _unexpected(error), 1


def _only_asks_for_help(error: BaseException) -> bool:
    return isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ()))


def _usage(error: click.ClickException) -> DefinitionError:
    context = getattr(error, "ctx", None)
    hint = f"see {context.command_path} --help" if context else ""
    wrong = "a command is missing" if _only_asks_for_help(error) else error.format_message()
    return DefinitionError(" ".join(wrong.split()), code="usage", hint=hint)


def _unusable(error: OSError) -> HttpTaskError:
    place = f"{error.filename}: " if error.filename else ""
    return HttpTaskError(f"{place}{error.strerror or error}", code="file_unusable")


def _unexpected(error: BaseException) -> HttpTaskError:
    return HttpTaskError(
        f"httptask itself failed: {type(error).__name__}",
        code="internal",
        hint="this is a bug; HTTPTASK_DEBUG=1 shows where",
    )

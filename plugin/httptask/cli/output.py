"""What commands print: one JSON document, or text for people; nothing that controls a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from typing import Any

import click

from httptask.errors import HttpTaskError

_HIDDEN = (
    r"\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f"
    r"\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""Controls and characters without a look of their own; not the joiners and the selectors of
emoji, which scripts and emoji need."""
_CONTROL = re.compile(rf"[\x00-\x08\x0b-\x1f{_HIDDEN}]")
_HIDDEN_TEXT = re.compile(rf"[{_HIDDEN}]")
_NOT_ASCII = re.compile(r"[^\x00-\x7e]")


def plain(text: object) -> str:
    """Return a text without characters that control a terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", str(text))


def json_text(document: Any, *, indent: int = 2) -> str:
    """Return a JSON document as a terminal and every encoding of standard output can take it."""
    from httptask.core.json_text import pretty

    hidden = _HIDDEN_TEXT if _writes_unicode() else _NOT_ASCII
    return hidden.sub(_escaped, pretty(document, indent))


_TOKENS = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d[\d.eE+-]*')


def coloured_json(document: Any) -> str:
    """Return a JSON document with its names, texts and other values in colours."""
    return _TOKENS.sub(_in_colour, json_text(document))


def _in_colour(match: re.Match[str]) -> str:
    text, colon = match[1], match[2]
    if text is None:
        return click.style(match[0], fg="cyan")
    if colon is None:
        return click.style(text, fg="green")
    return click.style(text, fg="blue", bold=True) + colon


def _escaped(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


def _writes_unicode() -> bool:
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def print_json(document: Any) -> None:
    """Print one JSON document on standard output."""
    click.echo(json_text(document), color=False)


def say(text: str = "", *, error: bool = False, nl: bool = True) -> None:
    """Print a line for people; colours only on a terminal, unless the caller's variables decide.

    Nobody may read standard error any more: what a command does goes on all the same.
    """
    with contextlib.suppress(*([OSError] if error else [])):
        click.echo(text, err=error, color=wants_colour(), nl=nl)


def wants_colour() -> bool | None:
    """Return what NO_COLOR, FORCE_COLOR and TERM say of colours; None for a terminal only."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return False if os.environ.get("TERM") == "dumb" else None


def note(text: str) -> None:
    """Print a line on standard error."""
    say(text, error=True)


def warn(text: str, where: str = "") -> None:
    """Print a warning on standard error, with the place that it is about."""
    note(f"{style('warning', fg='yellow')} {plain(text)}")
    if where:
        note(f"  {dim('at')}   {plain(where)}")


def style(text: object, **how: Any) -> str:
    """Return a text in colour."""
    return click.style(plain(text), **how)


def dim(text: object) -> str:
    """Return a text in a dim style."""
    return style(text, dim=True)


def bold(text: object) -> str:
    """Return a text that stands out."""
    return style(text, bold=True)


def mark(good: bool | None) -> str:
    """Return a sign for done, failed, or neither."""
    if good is None:
        return style("·", dim=True)
    return style("✓", fg="green") if good else style("✗", fg="red")


def is_terminal() -> bool:
    """Tell whether standard error is a terminal that lets progress be drawn on it."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """Return the width of the terminal, or a usual one."""
    beside = 100
    if sys.stderr.isatty():
        beside = os.get_terminal_size(sys.stderr.fileno()).columns or beside
    return shutil.get_terminal_size((beside, 24)).columns


def brief(text: str, width: int) -> str:
    """Return a text on one line, cut to a width."""
    line = " ".join(text.split())
    return line if len(line) <= width else f"{line[: max(width, 2) - 1]}…"


def place(source: str, pointer: str) -> str:
    """Return where something is: the file, the pointer in it, or both."""
    return f"{source}#{pointer}" if source and pointer else source or pointer


def count(number: int, what: str) -> str:
    """Return a number of things."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def print_error(error: HttpTaskError, *, as_json: bool = False) -> None:
    """Print an error: where, what and what to do; with ``--json`` as a document as well."""
    if as_json:
        print_json({"error": error.to_json()})
    where = place(error.source, error.pointer)
    note(f"{style('error', fg='red', bold=True)} {plain(error.message)}")
    if where:
        note(f"  {dim('at')}   {plain(where)}")
    if error.hint:
        note(f"  {dim('hint')} {plain(error.hint)}")
    note(f"  {dim('code')} {error.code}")


def milliseconds(value: float | None) -> str:
    """Return a duration as people read it."""
    if value is None:
        return ""
    return f"{value / 1000:.2f} s" if value >= 1000 else f"{value:.1f} ms"


def is_stored_file(value: Any) -> bool:
    """Tell whether a value of an output stands for a file in the data folder."""
    return isinstance(value, Mapping) and {"path", "sha256", "size", "mediaType"} <= value.keys()


def size_text(size: int) -> str:
    """Return a size as people read it."""
    value = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            return f"{int(value)} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return ""


def short_json(value: Any, used: int = 0) -> str:
    """Return a value on what is left of a line after so many characters."""
    return brief(json_text(value, indent=0), max(columns() - used, 40))

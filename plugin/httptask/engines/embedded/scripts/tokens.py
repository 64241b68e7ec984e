"""Cut a script into tokens."""

from __future__ import annotations

import re
from typing import NamedTuple

from httptask.errors import ExpressionError

MAX_LENGTH = 20_000

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|//[^\n]*|/\*.*?\*/)
  | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[A-Za-z_$][\w$]*)
  | (?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\$]|\\.|\$(?!\{))*`)
  | (?P<sign>===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.(?!\d)|[-+*/%<>!?:.,;()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_NAMED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


class Token(NamedTuple):
    """A token: its kind (number, name, text, sign, end), its text or value, its offset."""

    kind: str
    value: str
    at: int


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a script, an ``end`` token last.

    Raises:
        ExpressionError: the script is too long, or holds something else.
    """
    if len(text) > MAX_LENGTH:
        raise refused(f"the script is longer than {MAX_LENGTH} characters", text, 0)
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise refused(f"{text[at]!r} is not supported here", text, at)
        kind = str(match.lastgroup)
        if kind != "blank":
            value = _unquoted(match.group()) if kind == "text" else match.group()
            tokens.append(Token(kind, value, at))
        at = match.end()
    return [*tokens, Token("end", "", at)]


def refused(why: str, text: str, at: int) -> ExpressionError:
    """Return the error for a script that cannot be run, with its place."""
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return ExpressionError(
        f"{why} (line {line}, column {column} of the script)",
        code="script_unsupported",
        hint="only comparisons, logic, arithmetics, property access, ?: and if/else are run here",
    )


def _unquoted(text: str) -> str:
    return _ESCAPE.sub(_escaped, text[1:-1])


def _escaped(match: re.Match[str]) -> str:
    escape = match.group(1)
    if len(escape) > 1:
        code = int(escape.lstrip("ux").strip("{}"), 16)
        return chr(code) if code < 0x110000 else "\ufffd"
    return _NAMED.get(escape, escape)

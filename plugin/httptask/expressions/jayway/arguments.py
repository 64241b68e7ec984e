"""Cut the arguments of a function, with all that Jayway's reader passes over."""

from __future__ import annotations

import json
from typing import Any

from httptask.core.digits import integer, number
from httptask.expressions.jayway.cursor import Cursor

_DEPTHS = {
    one: (pair[0], step)
    for pair in ("()", "{}", "[]")
    for one, step in zip(pair, (1, -1), strict=True)
}
_BEGINNINGS = frozenset('{"-$@0123456789')
_DECODER = json.JSONDecoder(parse_float=number, parse_int=integer)
_BLANKS = " \t\r\n"


def split_arguments(cursor: Cursor) -> list[str]:
    """Step over the arguments and the closing parenthesis; return their texts.

    An argument begins at a digit, ``-``, ``"`` or ``{`` (JSON), or at ``$`` or ``@`` (a path). What
    stands before, such as a single quote or a word, is passed over; a comma in a text is lost.

    Raises:
        ExpressionError: they are not closed.
    """
    depth = {"(": 1, "{": 0, "[": 0}
    quotes, prior, part = 0, "", ""
    found: list[str] = []
    while char := cursor.char:
        cursor.at += 1
        if not part and char in _BLANKS:
            continue
        begun = bool(part) or char in _BEGINNINGS
        if char == '"':
            quotes += -1 if quotes and prior != "\\" else 1
        elif char in _DEPTHS:
            kind, step = _DEPTHS[char]
            depth[kind] += step
        flat = not (depth["{"] or depth["["])
        if char == ")" and prior == "(":
            part += char
        ends = (char == ")" and depth["("] == 0) or (char in ")," and depth["("] == 1)
        if ends and flat and not quotes:
            found += [part] if begun else []
            part, begun = "", False
            if not depth["("]:
                return found
        if begun and not (char == "," and flat and depth["("] == 1):
            part += char
        prior = char
    if any(depth.values()):
        cursor.fail("the arguments of a function are not closed")
    return found


def json_argument(text: str) -> Any:
    """Return the value of an argument that is not a path; a number followed by more is a text."""
    try:
        if text[0] in '"{':
            return _DECODER.raw_decode(text)[0]
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return text

"""Parse the text of a path, with the tolerance and the refusals of Jayway's compiler."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

from httptask.expressions.jayway.arguments import json_argument, split_arguments
from httptask.expressions.jayway.cursor import Cursor
from httptask.expressions.jayway.filters import FilterParser, NestedPath
from httptask.expressions.jayway.steps import compile_exists, compile_operand
from httptask.expressions.jayway.tokens import (
    Argument,
    Call,
    Filter,
    Indexes,
    Names,
    NoValueError,
    Operand,
    Run,
    Scan,
    Slice,
    Token,
    Wildcard,
)

_NAME = re.compile(r"[^.\[(]*")
_ARRAY = re.compile(r"\[([-\d,: ]+)\]", re.ASCII)
_SLICE = re.compile(r"(-?\d{1,9})?:(-?\d{1,9})?(:-?\d{0,9})?", re.ASCII)
_INDEX = re.compile(r"-?\d{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The parts of a path, and whether it starts at the document (``$``) or the item (``@``)."""

    tokens: tuple[Token, ...]
    from_root: bool


def parse_path(text: str, depth: int = 0) -> Parsed:
    """Parse a path; a leading ``$.`` may be left out.

    Raises:
        ExpressionError: the path is malformed or nested too deeply.
    """
    text = text.rstrip(" ")
    if text[:1] not in ("$", "@"):
        text = f"$.{text}"
    cursor = Cursor(text, 1, depth)
    cursor.enter()
    if text.endswith("."):
        cursor.at = len(text)
        cursor.fail("expected a name")
    tokens: list[Token] = []
    while cursor.char:
        tokens += _part(cursor)
        if isinstance(tokens[-1], Call) and cursor.text[cursor.at :] == ")":
            break
    return Parsed(_inverted(tokens), from_root=text[0] == "$")


def _inverted(tokens: list[Token]) -> tuple[Token, ...]:
    """Make ``$..x.sum()`` to ``$.sum($..x)``: a function of all that is found."""
    if not tokens or not isinstance(tokens[0], Scan) or not isinstance(tokens[-1], Call):
        return tuple(tokens)
    at, call = next((at, one) for at, one in enumerate(tokens) if isinstance(one, Call))
    return (Call(call.name, (Argument(path=tuple(tokens[:at])),)), *tokens[at + 1 :])


def _part(cursor: Cursor) -> list[Token]:
    if cursor.char == "[":
        return [_bracket(cursor)]
    if cursor.char == ")":
        return [_name(cursor)]
    if not cursor.take("."):
        cursor.fail("expected '.' or '['")
    scan: list[Token] = [Scan()] if cursor.take(".") else []
    if cursor.char == "[":
        return [*scan, _bracket(cursor)]
    if cursor.take("*"):
        return [*scan, Wildcard()]
    return [*scan, _name(cursor)]


def _name(cursor: Cursor) -> Token:
    found = _NAME.match(cursor.text, cursor.at)
    name = found.group() if found else ""
    if not name:
        cursor.fail("expected a name")
    if " " in name:
        cursor.fail(f"the name {name!r} contains a blank", hint="write it in brackets: ['a name']")
    cursor.at += len(name)
    return _call(cursor, name) if cursor.char == "(" else Names((name,))


def _call(cursor: Cursor, name: str) -> Token:
    cursor.at += 1
    if cursor.char == ")":  # more that follows is read as the name of a member: ")", or ")x"
        return Call(name)
    arguments = [_argument(text, cursor) for text in split_arguments(cursor)]
    return Call(name, tuple(arguments))


def _argument(text: str, cursor: Cursor) -> Argument:
    if text[0] not in "$@":
        return Argument(json_argument(text))
    if text.endswith(" "):
        cursor.fail("a path in the arguments of a function ends with a blank")
    return Argument(path=parse_path(text, cursor.depth).tokens)


def _compile_nested(text: str, depth: int) -> NestedPath:
    parsed = parse_path(text, depth)
    read = compile_operand(parsed.tokens, from_root=parsed.from_root)
    last = parsed.tokens[-1] if parsed.tokens else None
    if isinstance(last, Call) and last.name == "keys":
        read = partial(_without_keys, read)
    return NestedPath(read, compile_exists(parsed.tokens))


def _without_keys(read: Operand, item: Any, run: Run) -> Any:
    if read(item, run) is not None:
        raise NoValueError("names of members cannot be compared")
    return None


def _bracket(cursor: Cursor) -> Token:
    array = _ARRAY.match(cursor.text, cursor.at)
    if array:
        token = _array(cursor, array.group(1).strip())
        cursor.at = array.end()
        return token
    cursor.at += 1
    char = cursor.skip_blanks()
    if char in ("'", '"'):
        token = Names(_quoted_names(cursor, char))
    elif cursor.take("*"):
        token = Wildcard()
    elif cursor.take("?"):
        cursor.need("(")
        token = Filter(FilterParser(cursor, _compile_nested).parse())
        cursor.need(")")
    else:
        cursor.fail("expected a quoted name, an index, '*' or '?('", hint="a name: ['x']")
    cursor.need("]")
    return token


def _quoted_names(cursor: Cursor, quote: str) -> tuple[str, ...]:
    names = [cursor.quoted()]
    while cursor.skip_blanks() == "," and cursor.take(","):
        if cursor.skip_blanks() != quote:
            cursor.fail("expected another name in the same quotes")
        names.append(cursor.quoted())
    return tuple(names)


def _array(cursor: Cursor, inside: str) -> Token:
    if ":" in inside:
        found = _SLICE.fullmatch(inside)
        if found is None or (found.group(1) is None and found.group(2) is None):
            cursor.fail("the slice is malformed", hint="write [from:to], [from:] or [:to]")
        start, stop = found.group(1), found.group(2)
        return Slice(*(None if bound is None else int(bound) for bound in (start, stop)))
    parts = [part.strip() for part in inside.split(",")]
    if not all(_INDEX.fullmatch(part) for part in parts):
        cursor.fail("the index is malformed")
    return Indexes(tuple(int(part) for part in parts))

"""The paths that a script reads below ``$``, by their own names or by names given to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

STRING: Final = r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\""
_STEPS: Final = rf"(?:\.[A-Za-z_]\w*|\[\s*(?:{STRING}|\d+)\s*\])+"
_PIECES: Final = re.compile(
    rf"//[^\n]*|/\*.*?\*/|(?P<path>(?<![\w.$])\${_STEPS})|{STRING}|`[^`]*`", re.DOTALL
)
_STEP: Final = re.compile(rf"\.([A-Za-z_]\w*)|\[\s*({STRING})\s*\]|\[\s*(\d+)\s*\]")
_NAMED: Final = re.compile(r"\b(?:const|let|var)\s+([A-Za-z_]\w*)\s*=\s*$")
_ENDED: Final = re.compile(r"[ \t]*(?:[;\n]|$)")
_EACH: Final = re.compile(
    r"\.(?:map|filter|find|findIndex|findLast|some|every|forEach|flatMap)\(\s*"
    r"(?:function\s*\w*\s*\(\s*([A-Za-z_]\w*)[^()]*\)|\(?\s*([A-Za-z_]\w*)\s*(?:,[^()]*)?\)?\s*=>)"
)
"""What gives each item of a list to a function, and the name that the item has there."""
_NEAR: Final = 200
_MOST: Final = 100
"""Paths that are looked at for names of theirs."""


@dataclass(frozen=True, slots=True)
class Read:
    """A path in a script: its text, its steps, and where it ends."""

    text: str
    steps: tuple[str | int, ...]
    start: int
    end: int


def reads(script: str) -> Iterator[Read]:
    """Yield the paths that a script reads, such as ``$.order.id``, but for those in texts."""
    for found in _PIECES.finditer(script):
        if found["path"] is not None:
            yield _read(script, found["path"], (), found.start())


def named_reads(script: str) -> Iterator[Read]:
    """Yield the paths that begin with a name of another: ``o.id`` after ``const o = $.order``.

    An item that a list gives to a function has a name as well; the first item stands for each.
    """
    bare = _PIECES.sub(lambda found: found["path"] or " " * len(found[0]), script)
    for path in islice(reads(script), _MOST):
        for name, steps, start, end in _names(bare, path):
            part = bare[start:end]
            if re.search(rf"(?<![\w.$]){name}\s*(?:=(?![=>])|=>|,|\+\+|--)", part):
                continue  # it becomes another thing's
            below = re.compile(rf"(?<![\w.$]){name}({_STEPS})")
            yield from (
                _read(script, found[0], steps, found.start())
                for found in below.finditer(script, start, end)
                if bare[found.start()] == script[found.start()]  # else it stands in a text
            )


def _names(bare: str, path: Read) -> Iterator[tuple[str, tuple[str | int, ...], int, int]]:
    """Yield a name that is given to a path or to its items, and where it has it."""
    named = _NAMED.search(bare, max(0, path.start - _NEAR), path.start)
    if named and _ENDED.match(bare, path.end):
        yield named[1], path.steps, path.end, len(bare)
    if each := _EACH.match(bare, path.end):
        yield each[1] or each[2], (*path.steps, 0), each.end(), _closed(bare, path.end)


def _closed(bare: str, start: int) -> int:
    """Return where the first parentheses from here on are closed."""
    depth = 0
    for found in re.compile(r"[()]").finditer(bare, start):
        depth += 1 if found[0] == "(" else -1
        if not depth:
            return found.start()
    return len(bare)


def _read(script: str, text: str, above: tuple[str | int, ...], start: int) -> Read:
    """Return a path as it is read: without the name of a method that is called on it."""
    found = list(_STEP.finditer(text))
    end = start + len(text)
    if script[end : end + _NEAR].lstrip().startswith("(") and (len(found) > 1 or above):
        last = found.pop()
        text, end = text[: last.start()], start + last.start()
    steps = (one[1] or (int(one[3]) if one[3] else one[2][1:-1]) for one in found)
    return Read(text, (*above, *steps), start, end)

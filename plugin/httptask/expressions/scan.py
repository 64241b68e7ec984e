"""Find the ``${...}`` references of a text, in one pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_KEPT_SIZE: Final = 500
_BRACE = re.compile("[{}]")


@dataclass(frozen=True, slots=True)
class Written:
    """A reference as written.

    Attributes:
        inside: the text between the braces.
        text: the whole, ``${`` and ``}`` included.
    """

    inside: str
    text: str


@dataclass(frozen=True, slots=True)
class Scanned:
    """A text cut in pieces.

    Attributes:
        pieces: literal texts (never empty, escapes still in them) and references, in order.
        unclosed: what follows each ``${`` that no brace closes; it stays text.
    """

    pieces: tuple[str | Written, ...]
    unclosed: tuple[str, ...] = ()


def scan(text: str) -> Scanned:
    """Cut a text at its references.

    A reference starts at ``${`` not preceded by ``$`` and ends at the matching brace.
    """
    return _kept(text) if len(text) <= _KEPT_SIZE else _cut(text)


@lru_cache(maxsize=4_096)
def _kept(text: str) -> Scanned:
    return _cut(text)


def _cut(text: str) -> Scanned:
    closing = _closing_braces(text)
    pieces: list[str | Written] = []
    unclosed: list[str] = []
    done, at = 0, text.find("${")
    while at >= 0:
        after = at + 2
        if not text.startswith("$", at - 1) or at == 0:
            end = closing.get(at + 1)
            if end is None:
                unclosed.append(text[at : at + 40])
            else:
                pieces += [text[done:at], Written(text[after:end], text[at : end + 1])]
                done = after = end + 1
        at = text.find("${", after)
    pieces.append(text[done:])
    return Scanned(tuple(piece for piece in pieces if piece), tuple(unclosed))


def _closing_braces(text: str) -> dict[int, int]:
    closing: dict[int, int] = {}
    opened: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace.group() == "{":
            opened.append(brace.start())
        elif opened:
            closing[opened.pop()] = brace.start()
    return closing


def unescape(text: str) -> str:
    """Return the text with each ``$${`` as ``${``: the last thing done to a composed text."""
    return text.replace("$${", "${") if "$${" in text else text

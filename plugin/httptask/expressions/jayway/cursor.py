"""A place in a text, for the two hand-written parsers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from httptask.errors import ExpressionError

MAX_NESTING = 16
_BLANKS = re.compile(r"\s*")
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_WORD = re.compile(r"[A-Za-z]+")
_BARE = re.compile(r"[^\s\[\]{},:'\"](?:[^\[\]{},:]*[^\s\[\]{},:])?")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_WORDS = {"true": True, "false": False, "null": None}
_MAX_DIGITS = 400


@dataclass(slots=True)
class Cursor:
    """A text, the position in it, and how deep the parser is."""

    text: str
    at: int = 0
    depth: int = 0

    @property
    def char(self) -> str:
        """The character here, or ``""`` at the end."""
        return self.text[self.at : self.at + 1]

    def skip_blanks(self) -> str:
        """Go to the next character that is not blank, and return it."""
        found = _BLANKS.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.char

    def take(self, expected: str) -> bool:
        """Step over a text if it is here."""
        here = self.text.startswith(expected, self.at)
        self.at += len(expected) if here else 0
        return here

    def need(self, expected: str) -> None:
        """Step over a text after blanks.

        Raises:
            ExpressionError: it is not here.
        """
        self.skip_blanks()
        if not self.take(expected):
            self.fail(f"expected {expected!r}")

    def enter(self) -> None:
        """Count one level of nesting.

        Raises:
            ExpressionError: there are too many.
        """
        self.depth += 1
        if self.depth > MAX_NESTING:
            self.fail(f"nested more than {MAX_NESTING} times")

    def fail(self, what: str, hint: str = "") -> NoReturn:
        """Raise an error that says where."""
        place = f"before {self.text[self.at : self.at + 20]!r}" if self.char else "at the end"
        raise ExpressionError(f"{what} {place} of {self.text[:120]!r}", hint=hint)

    def word(self) -> str:
        """Step over letters and return them."""
        found = _WORD.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found.group() if found else ""

    def quoted(self) -> str:
        """Step over a quoted text and return it without escapes.

        Raises:
            ExpressionError: the closing quote is missing.
        """
        start, quote = self.at, self.char
        end = start + 1
        while (here := self.text[end : end + 1]) != quote:
            if not here:
                self.fail("a text is not closed")
            end += 2 if here == "\\" else 1
        self.at = end + 1
        raw = self.text[start + 1 : end]
        return _ESCAPE.sub(_unescaped, raw) if "\\" in raw else raw

    def literal(self) -> Any:
        """Step over a JSON value as Jayway's tolerant reader does.

        Texts stand in either quote, or in none; a comma may stand before the closing bracket.

        Raises:
            ExpressionError: there is none here.
        """
        char = self.skip_blanks()
        if char in ("'", '"'):
            return self.quoted()
        if char == "[":
            return self._list()
        if char == "{":
            return self._object()
        found = _BARE.match(self.text, self.at)
        if found is None:
            self.fail("expected a value")
        self.at = found.end()
        return _bare(found.group().strip())

    def _list(self) -> list[Any]:
        self.enter()
        self.at += 1
        items: list[Any] = []
        while self.skip_blanks() != "]":
            items.append(self.literal())
            if self.skip_blanks() != "]":
                self.need(",")
        self.at += 1
        self.depth -= 1
        return items

    def _object(self) -> dict[str, Any]:
        self.enter()
        self.at += 1
        members: dict[str, Any] = {}
        while self.skip_blanks() != "}":
            name = self.quoted() if self.char in ("'", '"') else self._name()
            self.need(":")
            members[name] = self.literal()
            if self.skip_blanks() != "}":
                self.need(",")
        self.at += 1
        self.depth -= 1
        return members

    def _name(self) -> str:
        found = _BARE.match(self.text, self.at)
        if found is None:
            self.fail("expected a name")
        self.at = found.end()
        return found.group().strip()


def _bare(text: str) -> Any:
    """Return what a value without quotes is: a number, true, false, null, or a text."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    return _number(number) if number and len(text) < _MAX_DIGITS else text


def _number(found: re.Match[str]) -> int | float:
    text = found.group()
    return float(text) if found.group(1) or found.group(2) else int(text)


def _unescaped(found: re.Match[str]) -> str:
    what = found.group(1)
    return chr(int(what[1:], 16)) if len(what) > 1 else _CONTROLS.get(what, what)

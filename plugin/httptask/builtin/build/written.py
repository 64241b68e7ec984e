"""A URI as it is written: where its expressions stand, and whether their values changed it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from httptask.expressions.scan import scan

_FIRST_MARK = 0xF0000
_MARK = re.compile("[\U000f0000-\U000ffffd]")
_AUTHORITY = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*://)?[^/?#]*")
_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_CHANGES: Final = {
    "fragment": "what follows a # is not sent",
    "query": "a ? begins a query",
    "segments": "a / adds a part to the path",
    "missing": "a part of the path is empty",
    "climbing": "a part of the path is . or ..",
    "parameters": "an & adds a parameter",
    "blanks": "a + means a blank in a query",
    "escapes": "a % and two digits are an escape",
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A text in which each expression is one mark: a character of a private-use plane.

    Attributes:
        text: the text with marks.
        expressions: the expressions as written, by mark.
    """

    text: str
    expressions: dict[str, str]

    @classmethod
    def of(cls, written: str) -> Marked:
        """Mark the expressions of a text."""
        expressions: dict[str, str] = {}
        pieces = []
        for piece in scan(written).pieces:
            if isinstance(piece, str):
                pieces.append(_MARK.sub("?", piece))
            else:
                mark = chr(_FIRST_MARK + len(expressions))
                expressions[mark] = piece.text
                pieces.append(mark)
        return cls("".join(pieces), expressions)

    def within(self, part: str) -> list[str]:
        """Return the expressions in a part of the text."""
        return [self.expressions[mark] for mark in _MARK.findall(part)]

    def restored(self, part: str) -> str:
        """Return a part of the text with its expressions."""
        return _MARK.sub(lambda found: self.expressions[found[0]], part)


def has_mark(text: str) -> bool:
    """Tell whether an expression stands in a marked text."""
    return _MARK.search(text) is not None


@lru_cache(maxsize=512)
def split_uri(written: str) -> tuple[Marked, str, str]:
    """Return a URI with marks, its part up to the path, and the rest, which is sent."""
    marked = Marked.of(written)
    start = _AUTHORITY.match(marked.text)
    end = start.end() if start else 0
    return marked, marked.text[:end], marked.text[end:]


def changes(written: str, resolved: str) -> Iterator[str]:
    """Yield how values changed the structure of what follows an authority.

    Args:
        written: path, query and fragment with marks.
        resolved: the same with values.
    """
    before, after = _Structure.of(_MARK.sub("x", written)), _Structure.of(resolved)
    for part, what in _CHANGES.items():
        if getattr(after, part) > getattr(before, part):
            yield what


@dataclass(frozen=True, slots=True)
class _Structure:
    segments: int
    missing: int
    climbing: int
    query: bool
    parameters: int
    blanks: int
    fragment: bool
    escapes: int

    @classmethod
    def of(cls, text: str) -> _Structure:
        sent, hash_mark, _ = text.partition("#")
        path, question_mark, query = sent.partition("?")
        segments = path.split("/")
        return cls(
            len(segments),
            segments[1:].count(""),
            segments.count(".") + segments.count(".."),
            bool(question_mark),
            query.count("&"),
            query.count("+"),
            bool(hash_mark),
            len(_ESCAPE.findall(sent)),
        )

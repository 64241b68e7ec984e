"""Change a JSON text only where its document has changed: all else stays as its author wrote it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from json import JSONDecoder
from typing import Any, Final

from httptask.core.json_text import encode

_STRING: Final = JSONDecoder()
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_SCALAR: Final = re.compile(r"[^\s,\]}]+")


class _OtherShapeError(Exception):
    """Members or items have come or gone."""


def in_place(text: str, old: Any, new: Any) -> str | None:
    """Return the text of a changed document; None if members or items have come or gone.

    Args:
        text: JSON text, such as was read before.
        old: its document.
        new: the document with other values, or other names of members, in the same order.
    """
    walk = _Walk(text)
    try:
        walk.value(0, old, new)
    except _OtherShapeError:
        return None
    for start, end, value in reversed(walk.edits):
        text = text[:start] + encode(value).decode() + text[end:]
    return text


@dataclass(slots=True)
class _Walk:
    """Goes through a text that parses, beside its document and the changed one."""

    text: str
    edits: list[tuple[int, int, Any]] = field(default_factory=list)

    def value(self, at: int, old: Any, new: Any) -> int:
        """Return the end of the value that begins here."""
        at = self._skip(at)
        if isinstance(old, dict):
            return self._all(at, old, new, self._member)
        if isinstance(old, list):
            return self._all(at, old, new, self.value)
        end = self._string(at) if self.text[at] == '"' else self._scalar(at)
        if type(old) is not type(new) or old != new:
            self.edits.append((at, end, new))
        return end

    def _all(self, at: int, old: Any, new: Any, part: Callable[[int, Any, Any], int]) -> int:
        if type(old) is not type(new) or len(old) != len(new):
            raise _OtherShapeError
        pairs = [each.items() if isinstance(each, dict) else each for each in (old, new)]
        at = self._skip(at + 1)
        for before, after in zip(*pairs, strict=True):
            at = self._skip(part(at, before, after))
            at = self._skip(at + 1) if self.text[at] == "," else at
        return at + 1

    def _member(self, at: int, old: tuple[str, Any], new: tuple[str, Any]) -> int:
        end = self._string(at)
        if old[0] != new[0]:
            self.edits.append((at, end, new[0]))
        return self.value(self._skip(end) + 1, old[1], new[1])

    def _string(self, at: int) -> int:
        return _STRING.raw_decode(self.text, at)[1]

    def _scalar(self, at: int) -> int:
        found = _SCALAR.match(self.text, at)
        return found.end() if found else at

    def _skip(self, at: int) -> int:
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

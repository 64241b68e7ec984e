"""Numbers that keep the digits they were written with."""

from __future__ import annotations

import json
from typing import Any, Final, Self

_PLAIN_FROM: Final = 1e-3
_PLAIN_BELOW: Final = 1e7


class Number(float):
    """A number with the digits it was written with: ``1.10``, ``12345678.9``, ``1e400``, ``-0``.

    It computes as the nearest double does. ``encode`` and the text of a ``${...}`` have its digits.

    Attributes:
        text: the number as JSON writes it.
    """

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Keep the text of a JSON number."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __repr__(self) -> str:
        return self.text

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]  # pickle makes it of its text
        return (self.text,)


def number(text: str) -> float:
    """Return the number that a JSON text with a fraction or an exponent says.

    It is a plain float where Python and Java write that with the same digits.
    """
    value = float(text)
    if repr(value) == text and (_PLAIN_FROM <= abs(value) < _PLAIN_BELOW or not value):
        return value
    return Number(text)


def integer(text: str) -> int | float:
    """Return the number that a JSON text of digits says: an int, or a `Number` for ``-0``."""
    return Number(text) if text == "-0" else int(text)


def loads(text: bytes | str) -> Any:
    """Return the value of a JSON text as ``json.loads`` reads it, but numbers keep their digits.

    It takes lone surrogates, and NaN and infinity.
    """
    return json.loads(text, parse_float=number, parse_int=integer)

"""Identifiers, titles and paths as words, and the readable ids that are made of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_SPLIT = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


def ascii_text(text: str) -> str:
    """Return the text with accents removed and other letters that are not ASCII dropped."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def words(text: str) -> list[str]:
    """Split an identifier or a title into lower-case words."""
    return [word.lower() for word in _SPLIT.split(ascii_text(text)) if word]


def slug(text: str, limit: int = 60) -> str:
    """Return words joined by dashes, cut at a word's end."""
    result = ""
    for word in words(text):
        longer = f"{result}-{word}" if result else word[:limit]
        if len(longer) > limit:
            break
        result = longer
    return result


def free_name(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """Return a name, followed by ``_2``, ``_3`` and so on as long as it is taken."""
    name, number = wanted, 2
    while is_taken(name):
        name, number = f"{wanted}_{number}", number + 1
    return name


def is_one_slip(one: str, other: str) -> bool:
    """Tell whether two words differ by one slip: a letter more, less, other, or two swapped."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
    if start is None:
        return True
    left, right = one[start:], other[start:]
    rests = ((left[1:], right[1:]), (left[1:], right), (left, right[1:]))
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped or any(a == b for a, b in rests)

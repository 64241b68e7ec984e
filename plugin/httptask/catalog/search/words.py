"""Text to search terms: split identifiers, stems, edits of a misspelled word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_VOWELS = frozenset("aeiouy")
_STOP_WORDS = (
    "a an and are as at be by can do does for from has have how i if in into is it its me my of on"
    " or our please should so some that the their them then there this these those to up us using"
    " via want was we what when where which will with would you your"
)
STOP = frozenset(_STOP_WORDS.split())


def split(text: str) -> list[str]:
    """Split text and identifiers into lower-case words: ``createIssue``, ``/repos/{owner}``."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return [word.lower() for word in _WORD.findall(text)]


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return a form that a word's plural, past and -ing forms share; lighter than Porter's."""
    if len(word) <= 3 or not word.isascii() or word.isdecimal():
        return word
    word = _without_plural(word)
    for suffix in ("ing", "ed"):
        if word.endswith(suffix) and _has_vowel(word[: -len(suffix)]) and len(word) > 4:
            word = _undoubled(word[: -len(suffix)])
            break
    for suffix, kept in _ENDINGS:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4:
            word = word.removesuffix(suffix) + kept
            break
    return word.removesuffix("e") if len(word) > 3 else word


_ENDINGS = (
    ("ization", "iz"), ("isation", "iz"), ("ication", "ic"), ("ation", "at"), ("ition", "it"),
    ("ments", ""), ("ment", ""), ("ization", "iz"), ("ise", "iz"), ("ize", "iz"), ("ion", ""),
    ("ly", ""),
)  # fmt: skip


def _without_plural(word: str) -> str:
    if word.endswith(("ies", "ied")) and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _undoubled(word: str) -> str:
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":
        return word[:-1]
    return word


def _has_vowel(word: str) -> bool:
    return not _VOWELS.isdisjoint(word)


@lru_cache(maxsize=8192)
def terms(text: str) -> tuple[str, ...]:
    """Return the stems of a text, in order, stop words and single letters left out.

    Names and the descriptions of tags come again with every operation of an API.
    """
    return tuple([stem(word) for word in split(text) if word not in STOP and len(word) > 1])


def edits(word: str) -> Iterator[str]:
    """Yield every word that is one deletion, swap, replacement or insertion away."""
    halves = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    for head, tail in halves:
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in _LETTERS)
        yield from (head + letter + tail for letter in _LETTERS)


def within(one: str, other: str, most: int) -> bool:
    """Tell whether at most so many deletions, insertions, replacements and swaps lead across."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            swapped = i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted
            row.append(min(cost, last[j - 2] + 1) if swapped else cost)
        if min(row) > most:
            return False
    return row[-1] <= most

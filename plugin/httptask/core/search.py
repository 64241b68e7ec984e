"""Find secrets in bytes, in every form.

The automata are RE2's: a search takes time in proportion to the text, whatever text and secret
are. An automaton for a whole long secret takes long to make, so it is found by its first piece,
and the others are held against what follows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, islice
from typing import Any, Final

import re2

from httptask.core.forms import ends_clearly, patterns

_FIRST: Final = 32
_LATER: Final = 128
"""Patterns of the first piece of a form and of the others, or up to twice as many: a piece ends
behind a letter or digit, as nothing that follows prolongs it."""
_GROUP: Final = 200_000
"""Characters of patterns that one automaton is made of."""
_MEMORY: Final = 256 * 1024 * 1024
_BLOCK: Final = 64 * 1024
_REACH: Final = 4096
"""Bytes that a piece may have."""
_FAILED: Final = 3
"""What a piece that is not there counts: it may have been sought for as long as it can be."""
_TRIED: Final = 150_000
"""Pieces of long secrets that are held against places of one text; the rest counts as one."""

Span = tuple[int, int]
Pieces = tuple[str, ...]


def spans(secrets: frozenset[str], data: bytes, limit: int) -> list[Span]:
    """Return where secrets stand in bytes that ``to_bytes`` made, in order, apart.

    After ``limit`` places the rest counts as one.
    """
    bare = data.replace(b"\0", b"") if b"\0" in data else data
    short, long, forms = _prepared(secrets)
    found: list[Span] = []
    for automaton in short:
        found += _limited((match.span() for match in automaton.finditer(bare)), limit, len(bare))
    for automaton in long:
        found += _limited(_long(automaton, forms, bare), limit, len(bare))
    merged = _merged(found)
    return merged if bare is data else list(_with_nul(data, merged))


def _limited(places: Iterator[Span], limit: int, size: int) -> list[Span]:
    found = list(islice(places, limit))
    return [*found, (found[-1][1], size)] if len(found) == limit else found


def _merged(places: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _long(automaton: Any, forms: Sequence[Pieces], data: bytes) -> Iterator[Span]:
    """Yield the places of long forms whose first piece an automaton finds."""
    position = tried = 0
    match = automaton.search(data)
    while match:
        start, end = match.start(), 0
        for form in forms:
            tried, reached = _followed(form, data, start, tried)
            end = max(end, reached)
        if tried > _TRIED:
            end = len(data)
        if end:
            yield start, end
        position = end or start + 1
        # Close by first: where a text seems to go on for long, each search would go as far.
        close = automaton.search(data, position, position + _REACH)
        match = close or automaton.search(data, position)


def _followed(form: Pieces, data: bytes, start: int, tried: int) -> Span:
    """Return how many pieces were tried, and where the form ends, or 0 if it is not there."""
    for piece in form:
        tried += 1
        match = _piece(piece).match(data, start, start + _REACH)
        if not match:
            return tried + _FAILED, 0
        start = match.end()
    return tried, start


@lru_cache(maxsize=128)
def _prepared(secrets: frozenset[str]) -> tuple[list[Any], list[Any], list[Pieces]]:
    """Return automata of the short forms and of the starts of long ones, and the long ones."""
    cut = {_cut(units) for secret in secrets for units in patterns(secret)}
    long = sorted(form for form in cut if len(form) > 1)
    short = sorted(form[0] for form in cut if len(form) == 1)
    starts = sorted({form[0] for form in long})
    return (
        [_automaton(f"(?:{group})+") for group in _groups(short)],
        [_automaton(group) for group in _groups(starts)],
        long,
    )


def _cut(units: Sequence[str]) -> Pieces:
    """Cut the patterns of a form into pieces."""
    pieces: list[str] = []
    start = 0
    for index, unit in enumerate(units):
        size = index + 1 - start
        wanted = _LATER if pieces else _FIRST
        if size >= 2 * wanted or (size >= wanted and ends_clearly(unit)):
            pieces.append("".join(units[start : index + 1]))
            start = index + 1
    return (*pieces, "".join(units[start:])) if start < len(units) else tuple(pieces)


def _groups(alternatives: Iterable[str]) -> Iterator[str]:
    group: list[str] = []
    size = 0
    for each in alternatives:
        if group and size + len(each) > _GROUP:
            yield "|".join(group)
            group, size = [], 0
        group.append(each)
        size += len(each)
    if group:
        yield "|".join(group)


@lru_cache(maxsize=2048)
def _piece(pattern: str) -> Any:
    return _automaton(pattern)


def _automaton(pattern: str) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.longest_match, options.never_capture, options.log_errors = True, True, False
    options.max_mem = _MEMORY
    return re2.compile(pattern.encode(), options)


def _with_nul(data: bytes, places: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield where places of a text without NUL are in the text that has them."""
    starts = list(accumulate(
        (_BLOCK - data.count(0, at, at + _BLOCK) for at in range(0, len(data), _BLOCK)), initial=0
    ))  # fmt: skip

    def place(offset: int) -> int:
        block = bisect_right(starts, offset) - 1
        left = offset - starts[block]
        piece = data[block * _BLOCK : (block + 1) * _BLOCK]
        low, high = 0, len(piece)
        while low < high:
            middle = (low + high) // 2
            if middle + 1 - piece.count(0, 0, middle + 1) > left:
                high = middle
            else:
                low = middle + 1
        return block * _BLOCK + low

    for start, end in places:
        yield place(start), place(end - 1) + 1

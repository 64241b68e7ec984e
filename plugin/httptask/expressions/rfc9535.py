"""Paths of RFC 9535 (``$.response.body.id``) for output mapping."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from httptask.errors import ExpressionError
from httptask.expressions.jayway.steps import walk

MAX_PATH = 4_096
MAX_FOUND = 4_000_000
"""Values on the way of a path of names, indexes and wildcards."""
_NAME = r"\.(?P<name>[A-Za-z_\u0080-\ud7ff\ue000-\U0010ffff][\w\u0080-\ud7ff\ue000-\U0010ffff]*)"
_QUOTED = r"""\['(?P<single>[^'"\\\x00-\x1f]*)'\]|\["(?P<double>[^'"\\\x00-\x1f]*)"\]"""
_INDEX = r"\[(?P<index>0|[1-9][0-9]{0,14})\]"
_WILDCARD = r"(?P<all>\[\*\]|\.\*)"
_SEGMENT = re.compile(f"{_NAME}|{_QUOTED}|{_INDEX}|{_WILDCARD}", re.ASCII)
_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path.

    Attributes:
        text: as written.
        find: ``value -> list`` of everything it selects, in document order.
        singular: whether it can select at most one value (RFC 9535, section 2.3.5.1).
        segments: the names and indexes of a simple singular path, else None.
    """

    text: str
    find: Callable[[Any], list[Any]]
    singular: bool
    segments: tuple[str | int, ...] | None = None

    def first(self, value: Any, default: Any = None) -> Any:
        """Return the first value selected, or the default.

        Raises:
            ExpressionError: the value is nested too deeply, or the path does too much work.
        """
        if self.segments is not None:
            return walk(value, self.segments, default)
        found = self.find(value)
        return found[0] if found else default


def compile_path(text: str) -> Path:
    """Compile a path strictly by RFC 9535.

    Raises:
        ExpressionError: the path is malformed or too long.
    """
    if len(text) > MAX_PATH:
        raise ExpressionError(f"the path is longer than {MAX_PATH} characters")
    if "${" in text:
        hint = "a path reads the response; the later task reads the mapped name with ${...}"
        raise ExpressionError("a path takes no ${...}", hint=hint)
    segments = _simple(text)
    if segments is None:
        from httptask.expressions.rfc9535_library import compile_general  # noqa: PLC0415 - 50 ms

        find, singular = compile_general(text)
        return Path(text, find, singular)

    if None in segments:
        return Path(text, partial(_find_all, segments), singular=False)
    plain = tuple(segment for segment in segments if segment is not None)

    def find_one(value: Any) -> list[Any]:
        found = walk(value, plain, _ABSENT)
        return [] if found is _ABSENT else [found]

    return Path(text, find_one, singular=True, segments=plain)


def _simple(text: str) -> tuple[str | int | None, ...] | None:
    """Return a path's names, indexes and wildcards (None); None if there is more in it."""
    if not text.startswith("$"):
        return None
    segments: list[str | int | None] = []
    at = 1
    while at < len(text):
        found = _SEGMENT.match(text, at)
        if found is None:
            return None
        match found.lastgroup:
            case "index":
                segments.append(int(found["index"]))
            case "all":
                segments.append(None)
            case name:
                segments.append(found[name or 0])
        at = found.end()
    return tuple(segments)


def _find_all(segments: Sequence[str | int | None], value: Any) -> list[Any]:
    values = [value]
    for segment in segments:
        if segment is None:
            values = [child for value in values for child in _children(value)]
        else:
            found = (walk(value, (segment,), _ABSENT) for value in values)
            values = [value for value in found if value is not _ABSENT]
        if len(values) > MAX_FOUND:
            raise ExpressionError(
                f"the path finds more than {MAX_FOUND} values", code="expression_too_costly"
            )
    return values


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()

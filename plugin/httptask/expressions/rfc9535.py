"""Paths of RFC 9535 (``$.response.body.id``) for output mapping."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from httptask.core.first_use import IMPORTING
from httptask.errors import ExpressionError
from httptask.expressions.jayway.steps import walk
from httptask.expressions.patterns import pattern_test

MAX_PATH = 4_096
MAX_FOUND = 4_000_000
"""Values on the way of a path of names, indexes and wildcards."""
_NO_NAME = r"\x00-/:-@\[-^`{-\x7f\ud800-\udfff"  # what is left out compiles 20 times as fast
_NAME = rf"\.(?P<name>[^{_NO_NAME}0-9][^{_NO_NAME}]*)"
_QUOTED = r"""\['(?P<single>[^'"\\\x00-\x1f]*)'\]|\["(?P<double>[^'"\\\x00-\x1f]*)"\]"""
_INDEX = r"\[(?P<index>0|[1-9][0-9]{0,14})\]"
_WILDCARD = r"(?P<all>\[\*\]|\.\*)"
_TEXT = r"""'[^'"\\\x00-\x1f]*'|"[^'"\\\x00-\x1f]*\""""
_MEMBER = rf"(?:{_NAME.replace('?P<name>', '?:')})"
_FILTER = (
    rf"\[\? *@(?P<member>{_MEMBER}+) *(?P<sign>==|!=) *"
    rf"(?P<literal>{_TEXT}|-?(?:0|[1-9][0-9]{{0,14}})|true|false|null) *\]"
)
_PATTERN = (
    rf"\[\? *(?P<function>match|search)\( *@(?P<subject>{_MEMBER}*) *, *"
    r"""(?P<pattern>'(?:[^'"\\\x00-\x1f]|\\\\)*'|"(?:[^'"\\\x00-\x1f]|\\\\)*") *\) *\]"""
)
_SEGMENT = re.compile(f"{_NAME}|{_QUOTED}|{_INDEX}|{_WILDCARD}|{_FILTER}|{_PATTERN}", re.ASCII)
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
        raise ExpressionError("a path cannot contain ${...}", hint=hint)
    segments = _simple(text)
    if segments is None:
        with IMPORTING:
            from httptask.expressions.rfc9535_library import (  # noqa: PLC0415 - 50 ms
                compile_general,
            )

        find, singular = compile_general(text)
        return Path(text, find, singular)

    plain = tuple(segment for segment in segments if not isinstance(segment, _Children))
    if len(plain) < len(segments):
        return Path(text, partial(_find_all, segments), singular=False)

    def find_one(value: Any) -> list[Any]:
        found = walk(value, plain, _ABSENT)
        return [] if found is _ABSENT else [found]

    return Path(text, find_one, singular=True, segments=plain)


@dataclass(frozen=True, slots=True)
class _Children:
    """All children of a value, or those that pass a test.

    Attributes:
        passes: tells of a child whether it is selected; None takes all.
    """

    passes: Callable[[Any], bool] | None = None

    def of(self, value: Any) -> Iterable[Any]:
        """Return the children, in document order."""
        found = value.values() if isinstance(value, dict) else value
        if not isinstance(value, (dict, list)):
            return ()
        return found if self.passes is None else filter(self.passes, found)


def _comparison(names: tuple[str, ...], literal: Any, equal: bool) -> Callable[[Any], bool]:
    """Return a test whether a member is a text, whole number, true, false or null; or is not."""

    def passes(child: Any) -> bool:
        member = walk(child, names, _ABSENT)
        alike = isinstance(member, bool) is isinstance(literal, bool)
        return (alike and bool(member == literal)) is equal

    return passes


def _pattern(names: tuple[str, ...], pattern: str, whole: bool) -> Callable[[Any], bool]:
    """Return a test whether a member is a text that a pattern matches, or has a part that does."""
    matches = pattern_test(pattern, whole=whole)

    def passes(child: Any) -> bool:
        member = walk(child, names, _ABSENT)
        return isinstance(member, str) and matches(member)

    return passes


_Segment = str | int | _Children


def _simple(text: str) -> tuple[_Segment, ...] | None:
    """Return a path's names, indexes, wildcards and simple filters; None if there is more in it."""
    if not text.startswith("$"):
        return None
    segments: list[_Segment] = []
    at = 1
    while at < len(text):
        found = _SEGMENT.match(text, at)
        if found is None:
            return None
        match found.lastgroup:
            case "index":
                segments.append(int(found["index"]))
            case "all":
                segments.append(_Children())
            case "literal":
                equal = found["sign"] == "=="
                test = _comparison(_names(found["member"]), _value(found["literal"]), equal)
                segments.append(_Children(test))
            case "pattern":
                whole = found["function"] == "match"
                test = _pattern(_names(found["subject"]), _value(found["pattern"]), whole)
                segments.append(_Children(test))
            case name:
                segments.append(found[name or 0])
        at = found.end()
    return tuple(segments)


def _names(written: str) -> tuple[str, ...]:
    return tuple(written.split(".")[1:])


def _value(literal: str) -> Any:
    return json.loads(literal.replace("'", '"'))


def _find_all(segments: Sequence[_Segment], value: Any) -> list[Any]:
    values = [value]
    for segment in segments:
        if isinstance(segment, _Children):
            values = [child for value in values for child in segment.of(value)]
        else:
            found = (walk(value, (segment,), _ABSENT) for value in values)
            values = [value for value in found if value is not _ABSENT]
        if len(values) > MAX_FOUND:
            raise ExpressionError(
                f"the path finds more than {MAX_FOUND} values", code="expression_too_costly"
            )
    return values

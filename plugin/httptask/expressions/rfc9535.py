"""Paths of RFC 9535 (``$.response.body.id``) for output mapping."""

from __future__ import annotations

import json
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
_TEXT = r"""'[^'"\\\x00-\x1f]*'|"[^'"\\\x00-\x1f]*\""""
_FILTER = (
    rf"\[\? *@(?P<member>(?:{_NAME.replace('?P<name>', '?:')})+) *(?P<sign>==|!=) *"
    rf"(?P<literal>{_TEXT}|-?(?:0|[1-9][0-9]{{0,14}})|true|false|null) *\]"
)
_SEGMENT = re.compile(f"{_NAME}|{_QUOTED}|{_INDEX}|{_WILDCARD}|{_FILTER}", re.ASCII)
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
        from httptask.expressions.rfc9535_library import compile_general  # noqa: PLC0415 - 50 ms

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
    """All children of a value, or those whose member equals a literal, or does not.

    Attributes:
        member: the names that lead to the member.
        literal: a text, whole number, true, false or null.
        equal: whether it is to be equal; None takes all children.
    """

    member: tuple[str, ...] = ()
    literal: Any = None
    equal: bool | None = None

    def of(self, value: Any) -> Iterable[Any]:
        """Return the children, in document order."""
        found = value.values() if isinstance(value, dict) else value
        if not isinstance(value, (dict, list)):
            return ()
        if self.equal is None:
            return found
        return [child for child in found if self._is_literal(child) is self.equal]

    def _is_literal(self, child: Any) -> bool:
        member = walk(child, self.member, _ABSENT)
        booleans = isinstance(member, bool), isinstance(self.literal, bool)
        return booleans[0] is booleans[1] and bool(member == self.literal)


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
                names = tuple(found["member"].split(".")[1:])
                literal = json.loads(found["literal"].replace("'", '"'))
                segments.append(_Children(names, literal, found["sign"] == "=="))
            case name:
                segments.append(found[name or 0])
        at = found.end()
    return tuple(segments)


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

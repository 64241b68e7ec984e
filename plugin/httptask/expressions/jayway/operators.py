"""The comparisons of a filter, with Jayway's loose equality of numbers and texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from httptask.expressions.java_text import java_text
from httptask.expressions.jayway.tokens import NoMatchError, NoValueError

_NUMBER = re.compile(r"[+-]?(?:\d{1,300}\.?\d{0,300}|\.\d{1,300})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_READ_OTHERWISE = re.compile(r"\s*(?:[@$](?:[.\[].*)?|\[.*\]|\{.*\})\s*", re.DOTALL)
_MAX_SIZE = 2**31


@dataclass(frozen=True, slots=True)
class Written:
    """A list or an object that is written in the condition; on the left it equals nothing."""

    value: list[Any] | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression."""

    matches: Callable[[str], bool]


def node(value: Any) -> Any:
    """Return a JSON value as conditions compare it: numbers by their decimal digits.

    Raises:
        NoValueError: a number is not finite.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        number = Decimal(value if isinstance(value, int) else java_text(value))
    except InvalidOperation:
        raise NoValueError("the exponent of the number is too large") from None
    if not number.is_finite():
        raise NoValueError("the number is not finite")
    return number


def number_of(text: str) -> Decimal | None:
    """Return the number that a text is, or None."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def equal(left: Any, right: Any) -> bool:
    """Tell whether two nodes are equal: null equals what is missing, 5 equals ``'5'``."""
    if isinstance(left, str) and isinstance(right, Decimal):
        return left == str(right)
    if isinstance(left, Decimal) and isinstance(right, str):
        return number_of(right) == left
    if isinstance(left, list | dict):
        return _identical(left, _plain(right))
    same_kind = type(left) is type(right) and not isinstance(left, Written | Pattern)
    return same_kind and bool(left == right)


def _identical(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are equal and of the same types, deeply."""
    if _type(left) is not _type(right) or left != right:
        return False
    if isinstance(left, dict):
        return all(_identical(value, right[name]) for name, value in left.items())
    if isinstance(left, list):
        return all(map(_identical, left, right))
    return True


def _type(value: Any) -> type:
    return float if isinstance(value, float) else type(value)


def _same(left: Any, right: Any) -> bool:
    both_json = all(isinstance(one, list | dict | Written) for one in (left, right))
    return (both_json or type(left) is type(right)) and equal(left, right)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Written) else value


def _items(value: Any) -> list[Any] | None:
    """Return the nodes of a list; None for an object.

    Raises:
        NoMatchError: it is neither.
        NoValueError: lists or objects are in the list.
    """
    value = _plain(value)
    if isinstance(value, dict):
        return None
    if not isinstance(value, list):
        raise NoMatchError("there is no list to compare with")
    return [_item(item) for item in value]


def _item(value: Any) -> Any:
    if isinstance(value, list | dict):
        raise NoValueError("a list with lists or objects in it cannot be compared")
    if isinstance(value, str) and _READ_OTHERWISE.fullmatch(value):
        return Written([])  # Jayway takes it for a path, or for JSON, which no text equals
    return node(value)


def _ordered(left: Any, right: Any) -> bool:
    return type(left) is type(right) and isinstance(left, str | Decimal)


def _in(left: Any, right: Any) -> bool:
    items = _items(right)
    return items is not None and any(equal(left, item) for item in items)


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    is_json = isinstance(left, list | dict | Written)
    return is_json and _in(right, left)


def _size(left: Any, right: Any) -> bool:
    left = _plain(left)
    if not isinstance(right, Decimal) or not isinstance(left, str | list | dict):
        return False
    if isinstance(left, str):
        size = len(left.encode("utf-16-le", "surrogatepass")) // 2
    else:
        size = -1 if isinstance(left, dict) else len(left)
    return abs(right) < _MAX_SIZE and size == int(right)


def _empty(left: Any, right: Any) -> bool:
    left = _plain(left)
    if isinstance(left, dict):
        raise NoValueError("empty is for lists and texts, not for objects")
    if not isinstance(left, str | list):
        return False
    if not isinstance(right, bool):
        raise NoMatchError("empty needs true or false")
    return (not left) is right


def _pairs(left: Any, right: Any) -> tuple[list[Any], list[Any]] | None:
    others, own = _items(right), None
    if others is not None:
        own = _items(left)
    return None if own is None or others is None else (own, others)


def _any_of(left: Any, right: Any) -> bool:
    pairs = _pairs(left, right)
    return pairs is not None and any(equal(one, other) for one in pairs[0] for other in pairs[1])


def _none_of(left: Any, right: Any) -> bool:
    return _pairs(left, right) is not None and not _any_of(left, right)


def _subset_of(left: Any, right: Any) -> bool:
    pairs = _pairs(left, right)
    return pairs is not None and all(
        any(equal(one, other) for other in pairs[1]) for one in pairs[0]
    )


def _matching(left: Any, right: Any) -> bool:
    if isinstance(left, Pattern) is isinstance(right, Pattern):
        return False
    pattern, value = (left, right) if isinstance(left, Pattern) else (right, left)
    plain = _plain(value)
    items = _items(plain) if isinstance(plain, list) else None
    return any(
        pattern.matches(_searched(item)) for item in (items if items is not None else [plain])
    )


def _searched(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | Decimal) else ""


def _exists(left: Any, right: Any) -> bool:
    if not isinstance(left, bool) and not isinstance(right, bool):
        raise NoValueError("exists needs true or false")
    if not (isinstance(left, bool) and isinstance(right, bool)):
        raise NoMatchError("exists compares true and false only")
    return left is right


def _never(_left: Any, _right: Any) -> bool:
    raise NoMatchError("no value that can be written satisfies this operator")


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "===": _same,
    "!==": lambda left, right: not _same(left, right),
    "<": lambda left, right: _ordered(left, right) and left < right,
    ">": lambda left, right: _ordered(left, right) and left > right,
    "<=": lambda left, right: _ordered(left, right) and left <= right,
    ">=": lambda left, right: _ordered(left, right) and left >= right,
    "=~": _matching,
    "in": _in,
    "nin": lambda left, right: not _in(left, right),
    "contains": _contains,
    "size": _size,
    "empty": _empty,
    "anyof": _any_of,
    "noneof": _none_of,
    "subsetof": _subset_of,
    "exists": _exists,
    "all": _never,
    "type": _never,
    "matches": _never,
}

"""The comparisons of a filter, with Jayway's loose equality of numbers and texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from httptask.expressions.java_text import java_text
from httptask.expressions.jayway.functions import is_number
from httptask.expressions.jayway.tokens import MISSING

_NUMBER = re.compile(r"[+-]?\d{1,300}(\.\d{1,300})?([eE][+-]?\d{1,3})?", re.ASCII)


def equal(left: Any, right: Any) -> bool:
    """Tell whether two values are equal; a missing value equals nothing, 5 equals ``'5'``."""
    if left is MISSING or right is MISSING:
        return False
    if isinstance(left, str) and is_number(right):
        return left == java_text(right)
    if is_number(left) and isinstance(right, str):
        return bool(_NUMBER.fullmatch(right)) and float(right) == left
    return same(left, right)


def same(left: Any, right: Any) -> bool:
    """Tell whether two values have the same type and are equal."""
    if is_number(left) and is_number(right):
        return bool(left == right)
    return type(left) is type(right) and left is not MISSING and bool(left == right)


def _ordered(left: Any, right: Any) -> bool:
    both_text = isinstance(left, str) and isinstance(right, str)
    return both_text or (is_number(left) and is_number(right))


def _contains(left: Any, right: Any) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return isinstance(left, list) and any(equal(item, right) for item in left)


def _size(left: Any, right: Any) -> bool:
    return isinstance(left, str | list) and is_number(right) and len(left) == right


def _empty(left: Any, right: Any) -> bool:
    return isinstance(left, str | list | dict) and (not left) is right


def _any_of(left: Any, right: Any) -> bool:
    return isinstance(left, list) and any(_contains(right, item) for item in left)


def _subset_of(left: Any, right: Any) -> bool:
    both = isinstance(left, list) and isinstance(right, list)
    return both and all(_contains(right, item) for item in left)


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": lambda left, right: not equal(left, right),
    "===": same,
    "!==": lambda left, right: not same(left, right),
    "<": lambda left, right: _ordered(left, right) and left < right,
    ">": lambda left, right: _ordered(left, right) and left > right,
    "<=": lambda left, right: _ordered(left, right) and left <= right,
    ">=": lambda left, right: _ordered(left, right) and left >= right,
    "in": lambda left, right: isinstance(right, list) and _contains(right, left),
    "nin": lambda left, right: isinstance(right, list) and not _contains(right, left),
    "contains": _contains,
    "size": _size,
    "empty": _empty,
    "anyof": _any_of,
    "noneof": lambda left, right: isinstance(left, list) and not _any_of(left, right),
    "subsetof": _subset_of,
}

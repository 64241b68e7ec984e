"""The functions that a path may call."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from httptask.expressions.java_text import java_text
from httptask.expressions.jayway.tokens import NoValueError

Function = Callable[[Any, Sequence[Any]], Any]

_SMALLEST = math.ulp(0.0)


def _flat(values: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        flat += value if isinstance(value, list) else [value]
    return flat


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(value: Any, arguments: Sequence[Any]) -> list[float]:
    own = value if isinstance(value, list) else []
    numbers = [_double(item) for item in [*own, *_flat(arguments)] if _is_number(item)]
    if not numbers:
        raise NoValueError("there are no numbers to aggregate")
    return numbers


def _double(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.copysign(math.inf, number)


def _sum(value: Any, arguments: Sequence[Any]) -> float:
    return sum(_numbers(value, arguments), 0.0)


def _avg(value: Any, arguments: Sequence[Any]) -> float:
    numbers = _numbers(value, arguments)
    return sum(numbers, 0.0) / len(numbers)


def _stddev(value: Any, arguments: Sequence[Any]) -> float:
    numbers = _numbers(value, arguments)
    count, total = float(len(numbers)), sum(numbers, 0.0)
    squares = sum((number * number for number in numbers), 0.0)
    variance = squares / count - total * total / count / count
    return math.sqrt(variance) if variance >= 0 else math.nan


def _min(value: Any, arguments: Sequence[Any]) -> float:
    return min(sys.float_info.max, *_numbers(value, arguments))


def _max(value: Any, arguments: Sequence[Any]) -> float:
    return max(_SMALLEST, *_numbers(value, arguments))  # Jayway's start, so never zero or less


def _length(value: Any, arguments: Sequence[Any]) -> int | None:
    if arguments:
        raise NoValueError("length() takes a path only")
    return len(value) if isinstance(value, list | dict) else None


def counted(value: Any, arguments: Sequence[Any]) -> int | None:
    """Return the number of the children that a path found, or else of the value's own."""
    found = arguments[0]
    return len(found) if isinstance(found, list) else _length(value, ())


def _item(value: Any, index: int) -> Any:
    if not isinstance(value, list):
        raise NoValueError("there is no list")
    place = index if index >= 0 else len(value) + index
    if place >= len(value) or place < 0 or (index < 0 and place == 0):
        raise NoValueError("the index is out of range")  # Jayway: the first by a negative one, too
    return value[place]


def _first(value: Any, _arguments: Sequence[Any]) -> Any:
    return _item(value, 0)


def _last(value: Any, _arguments: Sequence[Any]) -> Any:
    return _item(value, -1)


def _index(value: Any, arguments: Sequence[Any]) -> Any:
    numbers = [item for item in _flat(arguments) if _is_number(item) and math.isfinite(item)]
    if not numbers:
        raise NoValueError("there is no index")
    return _item(value, int(numbers[0]))


def _keys(value: Any, _arguments: Sequence[Any]) -> list[str] | None:
    return list(value) if isinstance(value, dict) else None


def _append(value: Any, arguments: Sequence[Any]) -> Any:
    return [*value, *arguments] if isinstance(value, list) else value


def _concat(value: Any, arguments: Sequence[Any]) -> str:
    own = [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
    others = [java_text(item) for item in _flat(arguments) if item is not None]
    return "".join([*own, *others])


FUNCTIONS: dict[str, Function] = {
    "length": _length,
    "size": _length,
    "sum": _sum,
    "avg": _avg,
    "stddev": _stddev,
    "min": _min,
    "max": _max,
    "first": _first,
    "last": _last,
    "index": _index,
    "keys": _keys,
    "append": _append,
    "concat": _concat,
}

"""The functions at the end of a path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from httptask.expressions.jayway.tokens import NoValueError

Function = Callable[[Any, Sequence[Any]], Any]


def _flat(values: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        flat += value if isinstance(value, list) else [value]
    return flat


def is_number(value: Any) -> bool:
    """Tell whether a JSON value is a number; a boolean is not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _numbers(value: Any, arguments: Sequence[Any]) -> list[float]:
    own = value if isinstance(value, list) else []
    try:
        numbers = [float(item) for item in [*own, *_flat(arguments)] if is_number(item)]
    except OverflowError:
        numbers = []
    if not numbers:
        raise NoValueError("there are no numbers to aggregate")
    return numbers


def _sum(value: Any, arguments: Sequence[Any]) -> float:
    return sum(_numbers(value, arguments), 0.0)


def _avg(value: Any, arguments: Sequence[Any]) -> float:
    numbers = _numbers(value, arguments)
    return sum(numbers, 0.0) / len(numbers)


def _min(value: Any, arguments: Sequence[Any]) -> float:
    return min(_numbers(value, arguments))


def _max(value: Any, arguments: Sequence[Any]) -> float:
    return max(_numbers(value, arguments))


def _length(value: Any, arguments: Sequence[Any]) -> int | None:
    measured = arguments[0] if arguments else value
    return len(measured) if isinstance(measured, list | dict) else None


def _item(value: Any, index: Any) -> Any:
    if not isinstance(value, list) or not isinstance(index, int) or isinstance(index, bool):
        raise NoValueError("there is no list, or no index")
    if not -len(value) <= index < len(value):
        raise NoValueError("the index is out of range")
    return value[index]


def _first(value: Any, _arguments: Sequence[Any]) -> Any:
    return _item(value, 0)


def _last(value: Any, _arguments: Sequence[Any]) -> Any:
    return _item(value, -1)


def _index(value: Any, arguments: Sequence[Any]) -> Any:
    return _item(value, arguments[0] if arguments else None)


def _keys(value: Any, _arguments: Sequence[Any]) -> list[str] | None:
    return list(value) if isinstance(value, dict) else None


def _append(value: Any, arguments: Sequence[Any]) -> Any:
    return [*value, *arguments] if isinstance(value, list) else value


def _concat(value: Any, arguments: Sequence[Any]) -> str:
    own = value if isinstance(value, list) else []
    return "".join(item for item in [*own, *_flat(arguments)] if isinstance(item, str))


FUNCTIONS: dict[str, Function] = {
    "length": _length,
    "size": _length,
    "sum": _sum,
    "avg": _avg,
    "min": _min,
    "max": _max,
    "first": _first,
    "last": _last,
    "index": _index,
    "keys": _keys,
    "append": _append,
    "concat": _concat,
}

"""What the parts of a path select from the values found so far."""

from __future__ import annotations

from typing import Any

from httptask.expressions.jayway.tokens import Run

Values = list[Any]


def members(name: str, values: Values, _run: Run) -> Values:
    """Return the member of each object that has it."""
    return [value[name] for value in values if isinstance(value, dict) and name in value]


def several(names: tuple[str, ...], values: Values, run: Run) -> Values:
    """Return the members of each object, one by one."""
    run.spend(len(names) * len(values))
    maps = (value for value in values if isinstance(value, dict))
    return [value[name] for value in maps for name in names if name in value]


def merged(names: tuple[str, ...], values: Values, _run: Run) -> Values:
    """Return one object of the named members for each object."""
    maps = (value for value in values if isinstance(value, dict))
    return [{name: value[name] for name in names if name in value} for value in maps]


def items(indexes: tuple[int, ...], values: Values, run: Run) -> Values:
    """Return the items of each list, those out of range left out."""
    run.spend(len(indexes) * len(values))
    lists = (value for value in values if isinstance(value, list))
    return [
        value[index] for value in lists for index in indexes if -len(value) <= index < len(value)
    ]


def slices(start: int | None, stop: int | None, values: Values, _run: Run) -> Values:
    """Return the items of each list from a place to another."""
    lists = (value for value in values if isinstance(value, list))
    return [item for value in lists for item in _sliced(value, start, stop)]


def _sliced(items: Values, start: int | None, stop: int | None) -> Values:
    if start is None or stop is None:
        return items[start:stop]
    low, high = max(start, -len(items)), min(stop, len(items))
    return [items[index] for index in range(low, high)]  # from -2 to 2 runs over zero, as Jayway's


def children(values: Values, _run: Run) -> Values:
    """Return the members of objects and the items of lists."""
    found: Values = []
    for value in values:
        if isinstance(value, dict):
            found += value.values()
        elif isinstance(value, list):
            found += value
    return found

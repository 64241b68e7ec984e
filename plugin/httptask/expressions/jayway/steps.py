"""Compile the parts of a path to functions from the values found so far to the next ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from httptask.expressions.jayway.functions import FUNCTIONS, Function
from httptask.expressions.jayway.tokens import (
    MISSING,
    Call,
    Filter,
    Indexes,
    Names,
    NoValueError,
    Operand,
    Run,
    Scan,
    Slice,
    Test,
    Token,
)

Values = list[Any]
Step = Callable[[Values, Run], Values]


def walk(value: Any, steps: Sequence[str | int], default: Any = None) -> Any:
    """Return the value at the end of member names and list indexes, or the default."""
    for step in steps:
        if step.__class__ is int and not isinstance(value, list):
            return default
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return default
    return value


def is_definite(tokens: Sequence[Token]) -> bool:
    """Tell whether a path can find at most one value; several names at its end make one object."""
    return all(
        isinstance(token, Call)
        or (isinstance(token, Indexes) and len(token.indexes) == 1)
        or (isinstance(token, Names) and (len(token.names) == 1 or token is tokens[-1]))
        for token in tokens
    )


def plain_prefix(tokens: Sequence[Token]) -> tuple[str | int, ...]:
    """Return the names and indexes that a path starts with."""
    plain: list[str | int] = []
    for token in tokens:
        if isinstance(token, Names) and len(token.names) == 1:
            plain.append(token.names[0])
        elif isinstance(token, Indexes) and len(token.indexes) == 1:
            plain.append(token.indexes[0])
        else:
            break
    return tuple(plain)


def compile_operand(tokens: Sequence[Token], *, from_root: bool) -> Operand:
    """Compile a path to a reader of one value: MISSING, a value, or a list if indefinite."""
    plain = plain_prefix(tokens)
    if len(plain) == len(tokens):
        return lambda item, run: walk(run.root if from_root else item, plain, MISSING)
    steps = _steps(tokens[len(plain) :])
    definite = is_definite(tokens)
    called = isinstance(tokens[-1], Call)

    def read(item: Any, run: Run) -> Any:
        start = walk(run.root if from_root else item, plain, MISSING)
        values = [] if start is MISSING else [start]
        for step in steps:
            values = step(values, run)
            run.spend(1 + len(values))
        if definite or (called and not values):
            return values[-1] if values else MISSING
        return values

    return read


def _steps(tokens: Sequence[Token]) -> list[Step]:
    steps: list[Step] = []
    definite, scanning = True, False
    for token in tokens:
        if isinstance(token, Scan):
            definite, scanning = False, True
            continue
        last = token is tokens[-1]
        child = _child(token, last=last, definite=definite)
        steps.append(_scanning(token, child, last=last) if scanning else child)
        definite, scanning = definite and bool(plain_prefix([token])), False
    return steps


def _child(token: Token, *, last: bool, definite: bool) -> Step:
    match token:
        case Names((name,)):
            return partial(_members, name)
        case Names(names):
            return partial(_merged if last else _several, names)
        case Indexes(indexes):
            return partial(_items, indexes)
        case Slice(start, stop):
            return partial(_slices, start, stop)
        case Filter(test):
            return partial(_filtered, test, definite)
        case Call(name, arguments):
            return partial(_called, FUNCTIONS[name], arguments)
        case _:
            return _children


def _members(name: str, values: Values, _run: Run) -> Values:
    return [value[name] for value in values if isinstance(value, dict) and name in value]


def _several(names: tuple[str, ...], values: Values, run: Run) -> Values:
    run.spend(len(names) * len(values))
    maps = (value for value in values if isinstance(value, dict))
    return [value[name] for value in maps for name in names if name in value]


def _merged(names: tuple[str, ...], values: Values, _run: Run) -> Values:
    maps = (value for value in values if isinstance(value, dict))
    return [{name: value[name] for name in names if name in value} for value in maps]


def _items(indexes: tuple[int, ...], values: Values, run: Run) -> Values:
    run.spend(len(indexes) * len(values))
    lists = (value for value in values if isinstance(value, list))
    return [
        value[index] for value in lists for index in indexes if -len(value) <= index < len(value)
    ]


def _slices(start: int | None, stop: int | None, values: Values, _run: Run) -> Values:
    lists = (value for value in values if isinstance(value, list))
    return [item for value in lists for item in _sliced(value, start, stop)]


def _sliced(items: Values, start: int | None, stop: int | None) -> Values:
    if start is None or stop is None:
        return items[start:stop]
    low, high = max(start, -len(items)), min(stop, len(items))
    return [items[index] for index in range(low, high)]  # from -2 to 2 runs over zero, as Jayway's


def _children(values: Values, _run: Run) -> Values:
    found: Values = []
    for value in values:
        if isinstance(value, dict):
            found += value.values()
        elif isinstance(value, list):
            found += value
    return found


def _filtered(test: Test, definite: bool, values: Values, run: Run) -> Values:
    found: Values = []
    for value in values:
        if isinstance(value, list):
            run.spend(len(value))
            found += [item for item in value if test(item, run)]
        elif isinstance(value, dict):
            found += [value] if test(value, run) else []
        elif definite:
            raise NoValueError("a filter on a value that is no list and no object")
    return found


def _called(function: Function, operands: tuple[Operand, ...], values: Values, run: Run) -> Values:
    found: Values = []
    for value in values:
        arguments = [operand(value, run) for operand in operands]
        found.append(function(value, [item for item in arguments if item is not MISSING]))
    return found


def _scanning(token: Token, child: Step, *, last: bool) -> Step:
    accepts = _accepted(token, last=last)

    def scan(values: Values, run: Run) -> Values:
        found: Values = []
        for value in values:
            for node in _containers(value, run):
                if accepts(node, run):
                    found += child([node], run)
        return found

    return scan


def _accepted(token: Token, *, last: bool) -> Test:
    if isinstance(token, Filter):  # a list's items are visited themselves
        return lambda node, _run: isinstance(node, dict)
    if isinstance(token, Names) and last:
        names = token.names
        return lambda node, _run: isinstance(node, dict) and all(name in node for name in names)
    return lambda _node, _run: True


def _containers(value: Any, run: Run) -> Iterator[Any]:
    """Yield the value and all lists and objects below it, parents first, without recursion."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            run.spend(1 + len(node))
            yield node
            waiting += reversed(node.values() if isinstance(node, dict) else node)

"""Compile the parts of a path to functions from the values found so far to the next ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from httptask.expressions.jayway.functions import FUNCTIONS, Function, counted
from httptask.expressions.jayway.selection import (
    Values,
    children,
    items,
    members,
    merged,
    several,
    slices,
)
from httptask.expressions.jayway.tokens import (
    MISSING,
    Argument,
    Call,
    Filter,
    Indexes,
    Names,
    NoMatchError,
    NotThereError,
    Operand,
    Run,
    Scan,
    Slice,
    Test,
    Token,
    Wildcard,
    accepts,
)

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


def compile_operand(
    tokens: Sequence[Token], *, from_root: bool, definite: bool | None = None
) -> Operand:
    """Compile a path to a reader of one value: null when nothing is there, a list if indefinite."""
    plain = plain_prefix(tokens)
    if len(plain) == len(tokens):
        return lambda item, run: walk(run.root if from_root else item, plain)
    steps = _steps(tokens[len(plain) :])
    single = is_definite(tokens) if definite is None else definite

    def read(item: Any, run: Run) -> Any:
        start = walk(run.root if from_root else item, plain, MISSING)
        values = _run(steps, [] if start is MISSING else [start], run)
        if single:
            return values[-1] if values else None
        return values

    return read


def compile_exists(tokens: Sequence[Token]) -> Test:
    """Compile a path to a test that all of it is there, read from the item even after ``$``."""
    steps, definite = _steps(tokens, strict=True), is_definite(tokens)

    def exists(item: Any, run: Run) -> bool:
        try:
            values = _run(steps, [item], run)
        except NotThereError:
            return False
        return bool(values) or not definite

    return exists


def _run(steps: Sequence[Step], values: Values, run: Run) -> Values:
    for step in steps:
        values = step(values, run)
        run.spend(1 + len(values))
    return values


def _steps(tokens: Sequence[Token], *, strict: bool = False, definite: bool = True) -> list[Step]:
    """Compile the parts of a path.

    Args:
        tokens: the parts.
        strict: whether it is an error that something is not there.
        definite: whether the parts before can find at most one value.
    """
    steps: list[Step] = []
    scanning = False
    for at, token in enumerate(tokens):
        if isinstance(token, Scan):
            definite, scanning = False, True
            continue
        last = at == len(tokens) - 1
        step = _child(token, last=last, definite=definite)
        if isinstance(token, Call):
            rest = _steps(tokens[at + 1 :], strict=strict, definite=definite)
            return [*steps, _nowhere if scanning else partial(step, rest)]
        if strict:
            step = _strict(token, step, last=last, definite=definite)
        steps.append(_scanning(token, step, last=last) if scanning else step)
        definite, scanning = definite and bool(plain_prefix([token])), False
    return steps


def _child(token: Token, *, last: bool, definite: bool) -> Any:
    match token:
        case Names((name,)):
            return partial(members, name)
        case Names(names):
            return partial(merged if last else several, names)
        case Indexes(indexes):
            return partial(items, indexes)
        case Slice(start, stop):
            return partial(slices, start, stop)
        case Filter(test):
            return partial(_filtered, test, definite)
        case Call():
            return partial(_called, *_function(token))
        case _:
            return children


def _strict(token: Token, child: Step, *, last: bool, definite: bool) -> Step:
    """Return the step, but where something must be there and is not, there is nothing at all."""
    if not isinstance(token, Names | Indexes | Slice):
        return child
    kind = dict if isinstance(token, Names) else list
    names = token.names if isinstance(token, Names) else ()

    def step(values: Values, run: Run) -> Values:
        for value in values:
            if not isinstance(value, kind):
                if definite:
                    raise NotThereError("there is nothing of this kind")
            elif not all(name in value for name in names):
                raise NotThereError("a member is missing")
        return child(values, run)

    return step


def _filtered(test: Test, definite: bool, values: Values, run: Run) -> Values:
    found: Values = []
    for value in values:
        if isinstance(value, list):
            run.spend(len(value))
            found += [item for item in value if accepts(test, item, run)]
        elif isinstance(value, dict):
            found += [value] if accepts(test, value, run) else []
        elif definite:
            raise NoMatchError("a filter on a value that is neither a list nor an object")
    return found


def _function(call: Call) -> tuple[Function, tuple[Operand, ...]]:
    """Return a function and the readers of its arguments, whose paths start at the document."""
    path = call.arguments[0].path if call.arguments else None
    if call.name in ("length", "size") and path is not None:
        below = path if path and isinstance(path[-1], Call) else (*path, Wildcard())
        return counted, (compile_operand(below, from_root=False, definite=is_definite(path)),)
    return FUNCTIONS.get(call.name, _unknown), tuple(map(_argument, call.arguments))


def _argument(argument: Argument) -> Operand:
    if argument.path is None:
        return lambda _item, _run: argument.value
    return compile_operand(argument.path, from_root=True)


def _called(
    function: Function, operands: tuple[Operand, ...], rest: list[Step], values: Values, run: Run
) -> Values:
    """Return each result, and behind it what the rest of the path finds in it."""
    found: Values = []
    for value in values:
        result = function(value, [operand(value, run) for operand in operands])
        found += [result, *(_run(rest, [result], run) if rest else ())]
    return found


def _unknown(_value: Any, _arguments: Sequence[Any]) -> Any:
    raise NoMatchError("there is no such function")


def _nowhere(_values: Values, _run: Run) -> Values:
    """Return nothing: a function behind ``..`` is called nowhere."""
    return []


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
    if isinstance(token, Filter):
        test = token.test
        return lambda node, run: (last or isinstance(node, dict)) and accepts(test, node, run)
    if isinstance(token, Names) and (last or len(token.names) == 1):
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

"""A compiled path of the dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from httptask.errors import ExpressionError
from httptask.expressions.jayway.functions import FUNCTIONS
from httptask.expressions.jayway.parse import parse_path
from httptask.expressions.jayway.steps import (
    compile_operand,
    is_definite,
    plain_prefix,
    walk,
)
from httptask.expressions.jayway.tokens import Call, NoValueError, Operand, Run, Token


@dataclass(frozen=True, slots=True)
class JaywayPath:
    """A path, parsed once.

    Attributes:
        read: ``document -> value``; null when missing, a list (maybe empty) when indefinite.
        definite: whether it can find at most one value.
        prefix: the names and indexes it starts with.
        plain: whether it is nothing but these.
        problem: what in it has no effect, or ``""``.
    """

    read: Callable[[Any], Any]
    definite: bool
    prefix: tuple[str | int, ...]
    plain: bool
    problem: str = ""


def compile_jayway(text: str) -> JaywayPath:
    """Compile the text of a path.

    Raises:
        ExpressionError: the path is malformed or too large.
    """
    tokens = parse_path(text).tokens
    calls = [token for token in tokens if isinstance(token, Call)]
    for call in calls:
        if call.name not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise ExpressionError(f"there is no function {call.name!r}", hint=f"known: {known}")
    prefix = plain_prefix(tokens)
    if len(prefix) == len(tokens):
        return JaywayPath(lambda root: walk(root, prefix), True, prefix, plain=True)
    operand = compile_operand(tokens, from_root=True)
    problem = _passed_over(calls[0], tokens[-1]) if calls else ""
    return JaywayPath(_reader(operand), is_definite(tokens), prefix, False, problem)


def _passed_over(call: Call, last: Token) -> str:
    return "" if call is last else f"a function must be last: {call.name}() is not, more follows"


def _reader(operand: Operand) -> Callable[[Any], Any]:
    def read(root: Any) -> Any:
        try:
            return operand(root, Run(root))
        except NoValueError:
            return None

    return read

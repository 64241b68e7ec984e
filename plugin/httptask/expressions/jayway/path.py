"""A compiled path of the dialect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from httptask.expressions.jayway.parse import parse_path
from httptask.expressions.jayway.steps import (
    compile_operand,
    is_definite,
    plain_prefix,
    walk,
)
from httptask.expressions.jayway.tokens import MISSING, NoValueError, Operand, Run


@dataclass(frozen=True, slots=True)
class JaywayPath:
    """A path, parsed once.

    Attributes:
        read: ``document -> value``; null when missing, a list (maybe empty) when indefinite.
        definite: whether it can find at most one value.
        prefix: the names and indexes it starts with.
        plain: whether it is nothing but these.
    """

    read: Callable[[Any], Any]
    definite: bool
    prefix: tuple[str | int, ...]
    plain: bool


def compile_jayway(text: str) -> JaywayPath:
    """Compile the text of a path.

    Raises:
        ExpressionError: the path is malformed or too large.
    """
    tokens = parse_path(text).tokens
    prefix = plain_prefix(tokens)
    if len(prefix) == len(tokens):
        return JaywayPath(lambda root: walk(root, prefix), True, prefix, plain=True)
    operand = compile_operand(tokens, from_root=True)
    return JaywayPath(_reader(operand), is_definite(tokens), prefix, plain=False)


def _reader(operand: Operand) -> Callable[[Any], Any]:
    def read(root: Any) -> Any:
        try:
            value = operand(root, Run(root))
        except NoValueError:
            return None
        return None if value is MISSING else value

    return read

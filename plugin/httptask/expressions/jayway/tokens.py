"""The parts that a path is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from httptask.errors import ExpressionError

MISSING: Any = object()
"""Stands for "nothing is there", which is not null."""

MAX_WORK = 3_000_000


class NoValueError(ExpressionError):
    """What Conductor's library refuses with an error, so that the whole reference is null."""


class NoMatchError(NoValueError):
    """The same, but in a condition it makes only that one false, whatever ``!`` is around it."""


class NotThereError(NoMatchError):
    """A path that is only tested for existence stops early."""


@dataclass(slots=True)
class Run:
    """One evaluation: the document, and the work that is left before it is refused."""

    root: Any
    left: int = MAX_WORK

    def spend(self, work: int) -> None:
        """Count visited values.

        Raises:
            ExpressionError: the expression visits too many.
        """
        self.left -= work
        if self.left < 0:
            raise ExpressionError(
                f"the expression visits more than {MAX_WORK} values",
                code="expression_too_costly",
                hint="name the members on the way instead of '..' and nested filters",
            )


Operand = Callable[[Any, Run], Any]
"""``(item, run) -> value``; null when nothing is there, a list when it is indefinite."""
Test = Callable[[Any, Run], bool]


def accepts(test: Test, item: Any, run: Run) -> bool:
    """Tell whether a condition holds for an item; what cannot be compared does not fulfil it."""
    try:
        return test(item, run)
    except NoMatchError:
        return False


@dataclass(frozen=True, slots=True)
class Names:
    """``.a``, ``['a']``, ``['a','b']``."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indexes:
    """``[0]``, ``[-1]``, ``[0,2]``."""

    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """``[1:3]``; a step is read and ignored."""

    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``*``."""


@dataclass(frozen=True, slots=True)
class Scan:
    """``..``: the next part, on the value and everything below it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """``[?(...)]``."""

    test: Test


@dataclass(frozen=True, slots=True)
class Call:
    """``.sum(1, $.path)``: a function of the value; arguments are JSON values or paths."""

    name: str
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Argument:
    """A value, or a path that is read from the document."""

    value: Any = None
    path: tuple[Token, ...] | None = None


Token = Names | Indexes | Slice | Wildcard | Scan | Filter | Call

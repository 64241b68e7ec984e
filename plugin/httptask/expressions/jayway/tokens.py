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
    """A path that Conductor's library answers with an error, so that the reference is null."""


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
"""``(item, run) -> value or MISSING``."""
Test = Callable[[Any, Run], bool]


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
    """``.length()``: a function of the value, last in a path."""

    name: str
    arguments: tuple[Operand, ...]


Token = Names | Indexes | Slice | Wildcard | Scan | Filter | Call

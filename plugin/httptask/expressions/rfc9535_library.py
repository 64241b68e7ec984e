"""The paths that need a library: filters, wildcards, slices, ``..``. Bounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from jsonpath import JSONPath, JSONPathEnvironment, JSONPathError, JSONPathMatch
from jsonpath.function_extensions import ExpressionType, FilterFunction

from httptask.errors import ExpressionError
from httptask.expressions.patterns import pattern_test

MAX_MATCHES = 200_000
MAX_DEPTH = 300
_TOO_COSTLY = "expression_too_costly"


class _Pattern(FilterFunction):
    """``match`` and ``search``, on the engine that cannot hang."""

    arg_types = [ExpressionType.VALUE, ExpressionType.VALUE]
    return_type = ExpressionType.LOGICAL

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole

    def __call__(self, value: object, pattern: object) -> bool:
        if not isinstance(value, str) or not isinstance(pattern, str):
            return False
        return pattern_test(pattern, whole=self._whole)(value)


class _Environment(JSONPathEnvironment):
    max_recursion_depth = MAX_DEPTH

    def setup_function_extensions(self) -> None:
        super().setup_function_extensions()
        self.function_extensions["match"] = _Pattern(whole=True)
        self.function_extensions["search"] = _Pattern(whole=False)


class _Match(JSONPathMatch):
    """A node that counts the nodes made from it against one total."""

    __slots__ = ("left",)

    left: list[int]

    def new_child(self, obj: object, key: int | str) -> JSONPathMatch:
        self._spend()
        child = _Match(
            filter_context={},
            obj=obj,
            parent=None,
            path="",
            parts=(),
            root=self.root,
        )
        child.left = self.left
        return child

    def filter_context(self) -> Mapping[str, object]:
        """Count a test of a filter, which asks for this first."""
        self._spend()
        return {}

    def _spend(self) -> None:
        self.left[0] -= 1
        if self.left[0] < 0:
            raise ExpressionError(
                f"the path visits more than {MAX_MATCHES} values",
                code=_TOO_COSTLY,
                hint="name the members on the way instead of '..'",
            )

    def add_child(self, *children: JSONPathMatch) -> None:
        """Keep no children: nobody asks for them."""


@lru_cache(maxsize=1)
def _environment() -> _Environment:
    return _Environment(strict=True)


def compile_general(text: str) -> tuple[Callable[[Any], list[Any]], bool]:
    """Compile any path.

    Returns:
        The finder, and whether the path is singular.

    Raises:
        ExpressionError: the path is malformed.
    """
    try:
        path = _environment().compile(text)
    except (JSONPathError, RecursionError, ValueError) as error:
        why = error.message if isinstance(error, JSONPathError) else error
        hint = "a path starts with '$', as in $.response.body.id (RFC 9535)"
        raise ExpressionError(f"the path {text!r} is malformed: {why}", hint=hint) from None
    if not isinstance(path, JSONPath):
        raise ExpressionError(f"the path {text!r} is malformed: it combines several paths")
    return _finder(path), path.singular_query()


def _finder(path: JSONPath) -> Callable[[Any], list[Any]]:
    def find(value: Any) -> list[Any]:
        if not isinstance(value, dict | list):
            return []
        start = _Match(filter_context={}, obj=value, parent=None, path="", parts=(), root=value)
        start.left = [MAX_MATCHES]
        nodes: Iterable[JSONPathMatch] = [start]
        for segment in path.segments:
            nodes = segment.resolve(nodes)
        try:
            return [node.obj for node in nodes]
        except RecursionError as error:
            raise ExpressionError(
                f"the value is nested more than {MAX_DEPTH} times", code="expression_too_deep"
            ) from error
        except JSONPathError as error:
            raise ExpressionError(f"the path cannot be applied: {error.message}") from error

    return find

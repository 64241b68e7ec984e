"""The condition inside ``[?(...)]``, compiled to a test of one item."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from httptask.expressions.java_text import java_text
from httptask.expressions.jayway.cursor import Cursor
from httptask.expressions.jayway.operators import OPERATORS
from httptask.expressions.jayway.tokens import MISSING, Operand, Run, Test
from httptask.expressions.patterns import compile_pattern

_SYMBOL = re.compile("===|!==|==|!=|<=|>=|=~|<|>")
_PATH_END = re.compile(r"[\s<>=!~&|),\]]")
_PATTERN = re.compile(r"/((?:[^/\\]|\\.)*)/([a-zA-Z]*)", re.DOTALL)
_JAVA_FLAGS = frozenset("imsxduU")
_CLOSING = {"[": "]", "(": ")"}


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a comparison: a path or literal to read, or a pattern."""

    read: Operand
    is_path: bool = False
    pattern: Callable[[str], bool] | None = None


@dataclass(slots=True)
class FilterParser:
    """A recursive-descent parser: ``||`` over ``&&`` over ``!``, groups and comparisons.

    Attributes:
        cursor: stands after the opening parenthesis.
        compile_path: compiles the text of a path, given how deep it is nested.
    """

    cursor: Cursor
    compile_path: Callable[[str, int], Operand]

    def parse(self) -> Test:
        """Parse up to the closing parenthesis, which is left.

        Raises:
            ExpressionError: the condition is malformed.
        """
        self.cursor.enter()
        tests = [self._all()]
        while self.cursor.skip_blanks() == "|" and self.cursor.take("||"):
            tests.append(self._all())
        self.cursor.depth -= 1
        if len(tests) == 1:
            return tests[0]
        return lambda item, run: any(test(item, run) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self.cursor.skip_blanks() == "&" and self.cursor.take("&&"):
            tests.append(self._one())
        if len(tests) == 1:
            return tests[0]
        return lambda item, run: all(test(item, run) for test in tests)

    def _one(self) -> Test:
        char = self.cursor.skip_blanks()
        if char == "!":
            self.cursor.enter()
            self.cursor.at += 1
            test = self._one()
            self.cursor.depth -= 1
            return lambda item, run: not test(item, run)
        if char == "(":
            self.cursor.at += 1
            test = self.parse()
            self.cursor.need(")")
            return test
        return self._relation()

    def _relation(self) -> Test:
        left = self._side()
        name = self._operator()
        if not name:
            if not left.is_path:
                self.cursor.fail("expected a comparison")
            return lambda item, run: left.read(item, run) is not MISSING
        right = self._side()
        if name == "=~":
            return self._matching(left, right)
        compare = OPERATORS.get(name.lower())
        if compare is None or left.pattern or right.pattern:
            self.cursor.fail(f"the operator {name!r} is not known here", "known: " + _KNOWN)
        return _comparing(compare, left.read, right.read)

    def _matching(self, left: _Side, right: _Side) -> Test:
        if (left.pattern is None) is (right.pattern is None):
            self.cursor.fail("=~ needs one pattern", hint="write @.name =~ /pattern/i")
        if right.pattern:
            return _testing(right.pattern, left.read)
        return _testing(left.pattern, right.read)  # type: ignore[arg-type]

    def _operator(self) -> str:
        self.cursor.skip_blanks()
        symbol = _SYMBOL.match(self.cursor.text, self.cursor.at)
        if symbol is None:
            return self.cursor.word()
        self.cursor.at = symbol.end()
        return symbol.group()

    def _side(self) -> _Side:
        char = self.cursor.skip_blanks()
        if char in ("@", "$"):
            read = self.compile_path(self.path_text(), self.cursor.depth)
            return _Side(read, is_path=True)
        if char == "/":
            return _Side(lambda _item, _run: MISSING, pattern=self._pattern())
        value = self.cursor.literal()
        return _Side(lambda _item, _run: value)

    def _pattern(self) -> Callable[[str], bool]:
        found = _PATTERN.match(self.cursor.text, self.cursor.at)
        if found is None or not _JAVA_FLAGS.issuperset(found.group(2)):
            self.cursor.fail("the pattern is not closed, or has unknown flags")
        self.cursor.at = found.end()
        flags = "".join(sorted(set(found.group(2)) & set("imsx")))
        return compile_pattern(found.group(1).replace("\\/", "/"), flags)

    def path_text(self) -> str:
        """Step over a path, whose end is a blank, an operator or a closing bracket."""
        start = self.cursor.at
        opened: list[str] = []
        while char := self.cursor.char:
            if opened and char in ("'", '"'):
                self.cursor.quoted()
                continue
            if opened and char == opened[-1]:
                opened.pop()
            elif char in _CLOSING:
                opened.append(_CLOSING[char])
            elif not opened and _PATH_END.match(char):
                break
            self.cursor.at += 1
        return self.cursor.text[start : self.cursor.at]


_KNOWN = ", ".join([*OPERATORS, "=~"])


def _comparing(compare: Callable[[Any, Any], bool], left: Operand, right: Operand) -> Test:
    def test(item: Any, run: Run) -> bool:
        one, other = left(item, run), right(item, run)
        run.spend(1 + _size(one) * _size(other) // 8)
        return compare(one, other)

    return test


def _testing(matches: Callable[[str], bool], read: Operand) -> Test:
    def test(item: Any, run: Run) -> bool:
        value = read(item, run)
        text = java_text(value) if isinstance(value, str | int | float) else ""
        run.spend(1 + len(text) // 64)
        return matches(text)

    return test


def _size(value: Any) -> int:
    return len(value) if isinstance(value, list) else 1

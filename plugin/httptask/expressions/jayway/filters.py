"""The condition inside ``[?(...)]``, compiled to a test of one item."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from httptask.expressions.jayway.cursor import Cursor
from httptask.expressions.jayway.operators import OPERATORS, Pattern, Written, node, number_of
from httptask.expressions.jayway.tokens import Operand, Run, Test
from httptask.expressions.patterns import compile_pattern

_SYMBOLS = "<>=~!"
_PATTERN = re.compile(r"/((?:[^/\\]|\\.)*)/([a-zA-Z]*)", re.DOTALL)
_NUMBER = re.compile(r"[-\d.eE]+", re.ASCII)
_OPERATOR = re.compile(rf"[{_SYMBOLS}]+|[^ {_SYMBOLS}][^ ]*")
_WORD = re.compile("true|false|null")
_WORDS = {"true": True, "false": False, "null": None}
_JAVA_FLAGS = frozenset("imsxduU")


@dataclass(frozen=True, slots=True)
class NestedPath:
    """A path inside a condition.

    Attributes:
        read: its value; null when nothing is there, a list when it is indefinite.
        exists: whether all of it is there.
    """

    read: Operand
    exists: Test


@dataclass(slots=True)
class FilterParser:
    """A recursive-descent parser: ``||`` over ``&&`` over ``!``, groups and comparisons.

    Attributes:
        cursor: stands after the opening parenthesis.
        compile_path: compiles the text of a path, given how deep it is nested.
    """

    cursor: Cursor
    compile_path: Callable[[str, int], NestedPath]

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
        negated = self.cursor.skip_blanks() == "!"
        if negated:
            self.cursor.at += 1
        if self.cursor.skip_blanks() in ("@", "$"):
            return self._relation(negated=negated)
        if negated:
            self.cursor.enter()
            test = self._one()
            self.cursor.depth -= 1
            return lambda item, run: not test(item, run)
        if self.cursor.take("("):
            test = self.parse()
            self.cursor.need(")")
            return test
        return self._relation(negated=False)

    def _relation(self, *, negated: bool) -> Test:
        """Parse a comparison, or a path that must exist; a ``!`` counts only for the latter."""
        left = self._side()
        name = self._operator()
        if not name:
            if not isinstance(left, NestedPath):
                self.cursor.fail("expected a comparison")
            exists = left.exists
            return lambda item, run: exists(item, run) is not negated
        compare = OPERATORS.get(name.lower())
        if compare is None:
            self.cursor.fail(f"the operator {name!r} is not known here", "known: " + _KNOWN)
        return _comparing(compare, _reading(left), _reading(self._side()))

    def _operator(self) -> str:
        char = self.cursor.skip_blanks()
        found = _OPERATOR.match(self.cursor.text, self.cursor.at)
        if (
            found is None
            or char == ")"
            or self.cursor.text.startswith(("&&", "||"), self.cursor.at)
        ):
            return ""
        self.cursor.at = found.end()
        return found.group()

    def _side(self) -> Any:
        """Parse one side: a path, or what is written there."""
        char = self.cursor.skip_blanks()
        if char in ("@", "$"):
            return self.compile_path(self._path_text(), self.cursor.depth)
        if char == "/":
            return Pattern(self._pattern())
        if char in ("'", '"'):
            return self.cursor.quoted()
        if char in ("[", "{"):
            return Written(self.cursor.literal())
        word = _WORD.match(self.cursor.text, self.cursor.at)
        if word:
            self.cursor.at = word.end()
            return _WORDS[word.group()]
        return self._number()

    def _number(self) -> Any:
        found = _NUMBER.match(self.cursor.text, self.cursor.at)
        number = number_of(found.group()) if found else None
        if found is None or number is None:
            self.cursor.fail("expected a value")
        self.cursor.at = found.end()
        return number

    def _pattern(self) -> Callable[[str], bool]:
        found = _PATTERN.match(self.cursor.text, self.cursor.at)
        if found is None or not _JAVA_FLAGS.issuperset(found.group(2)):
            self.cursor.fail("the pattern is not closed, or has unknown flags")
        self.cursor.at = found.end()
        flags = "".join(sorted(set(found.group(2)) & set("imsx")))
        return compile_pattern(found.group(1).replace("\\/", "/"), flags)

    def _path_text(self) -> str:
        """Step over a path; a blank, a comparison or a parenthesis ends it, ``&&`` does not."""
        cursor, start = self.cursor, self.cursor.at
        cursor.at += 1
        while cursor.char:
            if cursor.char == "[":
                self._skip_bracket()
            if cursor.char == " " or cursor.char in _SYMBOLS or self._at_closing(start):
                break
            cursor.at += 1
        return cursor.text[start : cursor.at]

    def _skip_bracket(self) -> None:
        depth = 0
        while char := self.cursor.char:
            if char in ("'", '"'):
                self.cursor.quoted()
                continue
            self.cursor.at += 1
            depth += (char == "[") - (char == "]")
            if not depth:
                return

    def _at_closing(self, start: int) -> bool:
        if self.cursor.char != ")":
            return False
        before = self.cursor.text[start : self.cursor.at].rstrip(" ")
        return not (before.endswith("(") and "." in before)  # else it closes a function's


_KNOWN = ", ".join(OPERATORS)


def _reading(side: Any) -> Operand:
    if isinstance(side, NestedPath):
        read = side.read
        return lambda item, run: node(read(item, run))
    return lambda _item, _run: side


def _comparing(compare: Callable[[Any, Any], bool], left: Operand, right: Operand) -> Test:
    def test(item: Any, run: Run) -> bool:
        one, other = left(item, run), right(item, run)
        run.spend(1 + _size(one) * _size(other) // 8)
        return compare(one, other)

    return test


def _size(value: Any) -> int:
    if isinstance(value, Written):
        return len(value.value)
    if isinstance(value, str):
        return 1 + len(value) // 64
    return len(value) if isinstance(value, list) else 1

"""Regular expressions that cannot hang.

Python's ``re`` backtracks: one hostile pattern or subject holds a worker forever. The Rust engine
behind jsonschema-rs, which the package needs anyway, matches in time linear in the subject; it has
no look-around and no back references.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from httptask.core.first_use import IMPORTING
from httptask.errors import ExpressionError

MAX_PATTERN = 2_000
_PROGRAM_BYTES = 1_000_000


@lru_cache(maxsize=256)
def compile_pattern(pattern: str, flags: str = "", *, whole: bool = True) -> Callable[[str], bool]:
    """Compile a pattern to a test of one text.

    Args:
        pattern: the regular expression.
        flags: letters out of ``imsx``.
        whole: whether the pattern must match the whole text, or a part of it.

    Raises:
        ExpressionError: the pattern is malformed, too large, or not linear.
    """
    if len(pattern) > MAX_PATTERN:
        raise ExpressionError(f"the pattern is longer than {MAX_PATTERN} characters")
    _accepts(pattern)  # alone first: 'a)|(b' must not escape from the group below
    end = "\n)" if "x" in flags else ")"
    group = f"(?{flags}:{pattern}{end}"
    accepts = _accepts(f"^{group}$" if whole else group)

    def test(text: str) -> bool:
        try:
            return accepts(text)
        except UnicodeEncodeError:  # a lone surrogate is not text to the engine
            return False

    return test


@lru_cache(maxsize=256)
def pattern_test(pattern: str, *, whole: bool) -> Callable[[str], bool]:
    """Return the test of RFC 9535's ``match`` and ``search``; a pattern that is none fits nothing.

    Args:
        pattern: a regular expression of RFC 9485.
        whole: whether it must match the whole text, or a part of it.
    """
    try:
        return compile_pattern(_iregexp(pattern), whole=whole)
    except ExpressionError:
        return lambda _text: False


def _iregexp(pattern: str) -> str:
    """Return the pattern with RFC 9485's dot, which matches neither line feed nor return."""
    out: list[str] = []
    escaped = in_class = False
    for char in pattern:
        if escaped or char != ".":
            in_class = (char == "[" or (in_class and char != "]")) if not escaped else in_class
            out.append(char)
        else:
            out.append("." if in_class else r"[^\n\r]")
        escaped = char == "\\" and not escaped
    return "".join(out)


def _accepts(pattern: str) -> Callable[[str], bool]:
    with IMPORTING:
        from jsonschema_rs import (  # noqa: PLC0415 - 20 ms
            RegexOptions,
            ValidationError,
            validator_for,
        )

    options = RegexOptions(size_limit=_PROGRAM_BYTES, dfa_size_limit=_PROGRAM_BYTES)
    try:
        return validator_for({"pattern": pattern}, pattern_options=options).is_valid
    except (ValidationError, ValueError):
        raise ExpressionError(
            f"the pattern {pattern[:80]!r} cannot be used",
            hint="look-around, back references and very large repetitions are not supported",
        ) from None

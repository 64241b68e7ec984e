"""How much work a JSON Schema can be: its references multiply it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from httptask.definition.reading import steps

LARGEST: Final = 1_000_000
"""Schemas that a schema may stand for when each reference is replaced by what it leads to."""

_FEW: Final = 20

_STORES: Final = frozenset({"$defs", "definitions"})
"""Keywords whose schemas count where they are referred to."""


def is_too_large(document: Any) -> bool:
    """Tell whether a schema is too large once references are replaced; recursive ones count once.

    A validator remembers what it found for a recursive reference only: forty schemas that each
    name the one before twice would be checked 2^40 times.
    """
    try:
        return _Sizes(document).of(document) > LARGEST
    except RecursionError:
        return True


def may_be_too_large(text: bytes) -> bool:
    """Tell, without a look at each part, whether the schema that a JSON text holds may be.

    Each of n references is followed on a way from the root, or not: there are at most 2^n ways.
    """
    references, parts = text.count(b'"$ref"'), text.count(b"{") + text.count(b"[")
    return references > _FEW or parts << references > LARGEST


def has_more_values(document: Any, limit: int) -> bool:
    """Tell whether there are more values in a JSON value than a limit."""
    waiting = [document]
    for _ in range(limit):
        if not waiting:
            return False
        waiting.extend(_children(waiting.pop()))
    return bool(waiting)


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


class _Sizes:
    def __init__(self, document: Any) -> None:
        self._document = document
        self._known: dict[int, int] = {}

    def of(self, schema: Any) -> int:
        if not isinstance(schema, (dict, list)):
            return 0
        known = self._known.get(id(schema))
        if known is None:
            self._known[id(schema)] = 1  # what leads back here meanwhile is recursive
            parts = schema.items() if isinstance(schema, dict) else enumerate(schema)
            sizes = [self.of(part) for key, part in parts if key not in _STORES]
            known = 1 + sum(sizes) + self._target(schema)
            self._known[id(schema)] = known = min(known, LARGEST + 1)
        return known

    def _target(self, schema: Any) -> int:
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return 0
        return self.of(_at(self._document, reference))


def _at(document: Any, reference: str) -> Any:
    for key in steps(reference):
        document = document.get(key) if isinstance(document, dict) else None
    return document

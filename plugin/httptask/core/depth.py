"""How deeply a JSON value may be nested: all that walks through values does so by recursion."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 200
_NESTED = (dict, list)
_FLAT = frozenset({str, int, float, bool, type(None)})


def too_deep(value: Any, limit: int = MAX_DEPTH) -> bool:
    """Tell whether a JSON value is nested deeper than ``limit``, without recursion."""
    level = [value] if isinstance(value, _NESTED) else []
    for _ in range(limit):
        level = [
            child
            for item in level
            for child in (item.values() if isinstance(item, dict) else item)
            if type(child) not in _FLAT and isinstance(child, _NESTED)
        ]
        if not level:
            return False
    return True

"""How deeply a JSON value may be nested: all that walks through values does so by recursion."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 200


def too_deep(value: Any, limit: int = MAX_DEPTH) -> bool:
    """Tell whether a JSON value is nested deeper than ``limit``, without recursion."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(limit):
        below: list[Any] = []
        for item in level:
            inside = item.values() if isinstance(item, dict) else item
            below += [child for child in inside if isinstance(child, (dict, list))]
        if not below:
            return False
        level = below
    return True

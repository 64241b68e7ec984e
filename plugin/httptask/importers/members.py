"""Members of an object that a stranger's file holds, whatever stands in their place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def members(value: Any, key: str) -> list[Any]:
    """Return the list that an object has at a key; [] for anything else."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def member(value: Any, key: str) -> Mapping[str, Any]:
    """Return the object that an object has at a key; {} for anything else."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def text_of(value: Any, key: str) -> str:
    """Return a scalar of an object as text; "" for anything else."""
    found = value.get(key) if isinstance(value, Mapping) else None
    if isinstance(found, bool):
        return "true" if found else "false"
    return str(found) if isinstance(found, (str, int, float)) else ""

"""Texts that are not of the format that their schema names."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import jsonschema_rs

from httptask.check.shape import Shape

_FORMATS: Final = frozenset({"date", "date-time", "email", "ipv4", "ipv6", "time", "uri", "uuid"})


def other_format(text: str, taken: Shape) -> str:
    """Return why a literal text is of none of the formats that are taken, or ""."""
    formats = taken.formats()
    if not formats or not formats <= _FORMATS or any(_is_of(each, text) for each in formats):
        return ""
    return f"the text is not of the format {' or '.join(sorted(formats))}"


def _is_of(name: str, text: str) -> bool:
    return bool(_validator(name).is_valid(text))


@lru_cache
def _validator(name: str) -> Any:
    return jsonschema_rs.validator_for({"format": name}, validate_formats=True)

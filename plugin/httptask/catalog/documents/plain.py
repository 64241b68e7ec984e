"""What a YAML reader gives, as JSON has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Json = Any


def plain(value: Json) -> Json:
    """Return the value with string keys only, as JSON has them."""
    try:
        return msgspec.json.decode(msgspec.json.encode(value))
    except (TypeError, ValueError, OverflowError):
        return _plain(value)


def _plain(value: Json) -> Json:
    """Do it for what JSON cannot hold: keys that are not texts, integers of any size."""
    if isinstance(value, Mapping):
        return {_key(key): _plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [_plain(child) for child in value]
    if isinstance(value, float) and value != value:
        return None
    return value if isinstance(value, (str, int, float, type(None))) else str(value)


def _key(key: object) -> str:
    if isinstance(key, bool) or key is None:
        return {True: "true", False: "false", None: "null"}[key]
    return str(key)

"""Texts as the values that a JSON Schema says they are."""

from __future__ import annotations

from typing import Any, Final

from httptask.builtin.codecs.jsontext import decode_json
from httptask.definition.described import Described
from httptask.errors import DecodeError

_NUMBERS: Final = frozenset({"integer", "number"})
_WORDS: Final = {"true": True, "1": True, "false": False, "0": False}


def typed(text: str, described: Described) -> Any:
    """Return the number, truth value or null that a text is to be, if the schema allows no text.

    A text that is not one stays as it is: a check against the schema says so.
    """
    types = described.types
    if not types or "string" in types:
        return text
    bare = text.strip()
    if _NUMBERS & types and (number := _number(bare)) is not None:
        return number
    if "boolean" in types and bare in _WORDS:
        return _WORDS[bare]
    return None if not bare and "null" in types else text


def _number(text: str) -> Any:
    if not text[-1:].isdigit():
        return None
    try:
        found = decode_json(text)
    except DecodeError:
        return None
    return found if isinstance(found, int | float) else None

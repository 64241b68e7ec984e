"""Which values of a description stand in a task as they are, and which are only examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from httptask.catalog.openapi.walking import expressive
from httptask.catalog.prepare.prose import only_value
from httptask.catalog.values import MISSING, Json
from httptask.core.words import words

_SETTINGS: Final = frozenset(
    ["version", "format", "limit", "page", "offset", "perpage", "pagesize", "language", "locale"]
)
"""Last words of a name whose example is what a caller usually sends."""
_OF_HEADERS: Final = frozenset(["language", "locale"])
_FILLER: Final = re.compile(
    r"<[^<>]+>|\[[a-z ]+\]|\{[^{}]+\}|\byour[ _-]?\w|^string$|"
    r"^(?:dummy|placeholder|change_?me)|^\d{4}-\d\d-\d\d[T ]\d",
    re.IGNORECASE,
)


def told_value(flat: Mapping[str, Json]) -> Json:
    """Return the value that a schema names as the one to send: the only one, or the default."""
    choices = flat.get("enum", ())
    single = choices[0] if len(choices) == 1 else MISSING
    said = only_value(str(flat.get("description", "")))
    told = MISSING if said is None or flat.get("type", "string") != "string" else said
    for value in (flat.get("const", MISSING), flat.get("default", MISSING), single, told):
        if value not in (MISSING, "", [], {}) and not expressive(value) and not is_filler(value):
            return value
    return MISSING


def example_of(flat: Mapping[str, Json], example: Json = MISSING) -> Json:
    """Return the first example that a caller could send, or `MISSING`."""
    known = (example, *list(flat.get("examples", ()))[:1])
    found = (each for each in known if each is not MISSING and not is_filler(each))
    return next((each for each in found if not expressive(each)), MISSING)


def is_setting(name: str, target: str) -> bool:
    """Tell whether an example of a parameter is what a caller usually sends, and no data.

    Args:
        name: its name.
        target: where it goes, such as ``header X-Api-Version``.
    """
    last = next(reversed(words(name)), "")
    return last in _SETTINGS and (target.startswith("header ") or last not in _OF_HEADERS)


def is_filler(value: Json) -> bool:
    """Tell whether a value only fills the place of a caller's own: ``string``, a time."""
    if isinstance(value, dict):
        return any(map(is_filler, value.values()))
    if isinstance(value, list):
        return any(map(is_filler, value))
    return isinstance(value, str) and _FILLER.search(value) is not None


def schema_of(example: Json) -> Json:
    """Return a schema for a value of which only an example is known."""
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array",
             dict: "object"}  # fmt: skip
    kind = kinds.get(type(example))
    return {**({"type": kind} if kind else {}), "examples": [example]}

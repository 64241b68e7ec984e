"""Which values of a description stand in a task as they are, and which are only examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from httptask.catalog.openapi.walking import expressive
from httptask.catalog.prepare.prose import only_value
from httptask.catalog.values import MISSING, Json
from httptask.core.words import words

_SETTINGS: Final = frozenset(
    ["version", "format", "limit", "page", "offset", "perpage", "pagesize", "language", "locale"]
)
"""Last words of a name whose example is what a caller usually sends."""
_OF_CALL: Final = frozenset(["timestamp", "nonce"])
_IDS_OF_CALL: Final = frozenset(["correlation", "request", "transaction", "trace"])
"""Words of a name whose value is another one for each call."""
_DECISIONS: Final = (frozenset({"true", "false"}), frozenset({"yes", "no"}))
"""Choices of which the default says nothing of what its caller decides."""
_OF_HEADERS: Final = frozenset(["language", "locale"])
_DEEPEST: Final = 8
"""Levels of an example that say what a response is."""
_FILLER: Final = re.compile(
    r"<[^<>]+>|\[[a-z ]+\]|\{[^{}]+\}|\byour[ _-]?\w|^string$|"
    r"^(?:auto[ -]?(?:populated|generated|filled)|dummy|placeholder|change_?me)|"
    r"^\d{4}-\d\d-\d\d[T ]\d",
    re.IGNORECASE,
)


def told_value(flat: Mapping[str, Json], name: str = "") -> Json:
    """Return the value that a schema names as the one to send: the only one, or the default.

    A default is none of what its caller decides, or of what each call has another one of.

    Args:
        flat: a schema.
        name: its name, if known.
    """
    choices = flat.get("enum", ())
    single = choices[0] if len(choices) == 1 else MISSING
    said = only_value(str(flat.get("description", "")))
    told = MISSING if said is None or flat.get("type", "string") != "string" else said
    usual = MISSING if _is_open(choices, name) else flat.get("default", MISSING)
    for value in (flat.get("const", MISSING), usual, single, told):
        if value not in (MISSING, "", [], {}) and not expressive(value) and not is_filler(value):
            return value
    return MISSING


def _is_open(choices: Iterable[Json], name: str) -> bool:
    """Tell whether a default says nothing of what is sent: of a decision, or of an id of a call."""
    before, last = ("", "", *words(name))[-2:]
    of_call = last in _OF_CALL or (last == "id" and before in _IDS_OF_CALL)
    return of_call or {each.lower() for each in choices if isinstance(each, str)} in _DECISIONS


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


def shape_of(example: Json, depth: int = 0) -> dict[str, Json]:
    """Return a schema of which fields an example has, and of their types; {} of nothing."""
    found = {key: each for key, each in schema_of(example).items() if key == "type"}
    if depth < _DEEPEST and isinstance(example, dict):
        found["properties"] = {name: shape_of(each, depth + 1) for name, each in example.items()}
    if depth < _DEEPEST and isinstance(example, list):
        found["items"] = shape_of(example[0], depth + 1) if example else True
    return found


def schema_of(example: Json) -> dict[str, Json]:
    """Return a schema for a value of which only an example is known."""
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array",
             dict: "object"}  # fmt: skip
    kind = kinds.get(type(example))
    return {**({"type": kind} if kind else {}), "examples": [example]}

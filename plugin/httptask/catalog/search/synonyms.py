"""What people say for what API descriptions say, read from ``synonyms.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any, Final

from httptask.catalog.search.words import stem

_DATA: Final[Mapping[str, Any]] = tomllib.loads(
    files(__package__).joinpath("synonyms.toml").read_text("utf-8")
)
SPELLED: dict[str, str] = {}
"""Stem to a word that has it, as it is shown."""


def _stems(words: str) -> tuple[str, ...]:
    for word in words.split():
        SPELLED.setdefault(stem(word), word)
    return tuple(stem(word) for word in words.split())


def _classes(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    for group in map(_stems, lines):
        for word in group:
            others = (other for other in group if other != word)
            found.setdefault(word, {}).update(dict.fromkeys(others))
    return {word: tuple(others) for word, others in found.items()}


SYNONYMS: Final[Mapping[str, tuple[str, ...]]] = _classes(_DATA["nouns"])
"""Stem of a noun to stems that may stand for it."""

VERBS: Final[Mapping[str, tuple[str, ...]]] = _classes(_DATA["verbs"])
"""Stem of a verb to the verbs that ask for the same action."""

PHRASES: Final = tuple(
    (tuple(map(stem, phrase.split())), _stems(meant)) for phrase, meant in _DATA["phrases"].items()
)
"""Stems in a row, ``*`` for up to `GAP` words between them, to stems that stand for them all."""

GAP: Final = 4

ACTIONS: Final[Mapping[str, str]] = {
    word: action for action, words in _DATA["actions"].items() for word in _stems(words)
}
"""Verb to the kind of action that it asks for, or that an operation named by it does."""

SPOKEN: Final[Mapping[str, tuple[str, ...]]] = {
    stem(word): _stems(meant) for word, meant in _DATA["spoken"].items()
}
"""Nouns that are verbs where a query begins with them, to what they make or use."""

LEADING: Final = frozenset(_stems(_DATA["leading"]))
"""Words that are verbs where a query begins with them; they make something."""

FILLERS: Final = frozenset(_DATA["fillers"].split())
"""Words of a query that say nothing about what is looked for."""

ACCEPTED: Final[Mapping[str, frozenset[str]]] = {
    "create": frozenset({"create", "start", "update"}),
    "start": frozenset({"start", "create", "update"}),
    "read": frozenset({"read", "list", "search"}),
    "list": frozenset({"list", "read", "search"}),
    "search": frozenset({"search", "list", "read"}),
    "update": frozenset({"update", "create", "start"}),
    "delete": frozenset({"delete", "stop"}),
    "stop": frozenset({"stop", "delete"}),
}
"""Action asked for to actions that may do it."""

METHODS: Final[Mapping[str, tuple[str, ...]]] = {
    "create": ("POST", "PUT", "PATCH"),
    "start": ("POST", "PUT", "PATCH"),
    "read": ("GET", "POST"),
    "list": ("GET", "POST"),
    "search": ("GET", "POST"),
    "update": ("PATCH", "PUT", "POST"),
    "delete": ("DELETE", "POST"),
    "stop": ("DELETE", "POST", "PUT", "PATCH"),
}
"""Action to the methods that do it, likeliest first."""

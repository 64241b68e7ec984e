"""How well an operation matches a query; pure, and the same for bundled and stored ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from httptask.catalog.search.query import Query, Word
from httptask.catalog.search.synonyms import ACCEPTED, ACTIONS

FIELDS: Final = ("api", "path", "tail", "name", "title", "tags", "text")
"""Fields in the order in which `Features.row` writes them."""
WEIGHTS: Final = {"tail": 1.0, "name": 1.0, "api": 0.95, "path": 0.85, "tags": 0.6, "text": 0.4}
LABELS: Final = {
    "api": "the API's name",
    "tail": "the path",
    "path": "the path",
    "name": "summary or operation id",
    "tags": "tags",
    "text": "the description",
}
FOCUS: Final = 0.35
TAIL: Final = 0.5
METHOD: Final = 0.06
ACTION: Final = 0.10
HEAD: Final = 0.08
TITLE: Final = 0.3
NOT_BRAND: Final = 0.75
NAME: Final = 0.9
"""Share of the operations with a word from which on it is the name of an API."""
ELSEWHERE: Final = 0.6
"""Of an operation that is not of the API that the query names."""
DEPTH: Final = 0.02
_BY_METHOD: Final = {"GET": "read", "DELETE": "delete", "PUT": "update", "PATCH": "update"}


@dataclass(frozen=True, slots=True)
class Scored:
    """An operation's features as the store has them: fields as padded texts, cheap to test."""

    method: str
    placeholders: int
    head: str
    fields: dict[str, str]
    whole: str

    @classmethod
    def of(cls, row: str) -> Scored:
        """Read a row of features."""
        method, placeholders, head, *fields = row.split("\t")
        return cls(method, int(placeholders), head, dict(zip(FIELDS, fields, strict=True)), row)


def score(query: Query, row: str) -> float:
    """Return how well an operation matches, 0 for not at all, about 1 for fully."""
    entry = Scored.of(row)
    wanted = found = 0.0
    named = 1.0
    for word, variants in query.padded:
        value = _best(word, variants, entry)[0]
        wanted += word.importance
        found += word.importance * value
        if word.brand > NAME and not value:
            named = ELSEWHERE
    if found <= 0:
        return 0.0
    coverage = named * found / wanted
    value = coverage * (1 + FOCUS * _focus(query, entry))
    if query.action:
        value += METHOD * _method(query, entry) + ACTION * _action(query, entry)
    if entry.head:
        value += HEAD * (query.asked.get(entry.head, 0.0) - 0.5)
    return value - DEPTH * min(entry.placeholders, 4)


def explain(query: Query, row: str) -> tuple[str, ...]:
    """Return why an operation matches, one clause for each word that is found."""
    entry = Scored.of(row)
    why = []
    for word, variants in query.padded:
        value, field, term = _best(word, variants, entry)
        if value <= 0:
            continue
        how = word.how.get(term, "")
        if how == "spelling":
            why.append(f"{word.text!r} read as {word.shown[term]!r} in {LABELS[field]}")
        elif how:
            why.append(f"{word.text!r} as {word.shown[term]!r} in {LABELS[field]}")
        else:
            why.append(f"{word.text!r} in {LABELS[field]}")
    if entry.method in query.methods:
        why.append(f"method {entry.method}")
    return tuple(dict.fromkeys(why))


def _best(
    word: Word, variants: list[tuple[str, str, float]], entry: Scored
) -> tuple[float, str, str]:
    best, where, which = 0.0, "", ""
    for term, padded, weight in variants:
        if weight <= best:
            break
        if padded not in entry.whole:
            continue
        for field, own in WEIGHTS.items():
            value = weight * own
            if value <= best:
                break
            if padded in entry.fields[field]:
                if (word.brand > 0.5) != (field == "api"):
                    value *= NOT_BRAND
                if value > best:
                    best, where, which = value, field, term
                break
    return best, where, which


def _focus(query: Query, entry: Scored) -> float:
    """Return the share of the operation's own words that the query asks for.

    Half of it counts the last segment of the path: what the operation acts on.
    """
    fields = entry.fields
    about = [term for term in set(fields["name"].split() + fields["path"].split())
             if f" {term} " not in fields["api"]]  # fmt: skip
    title = [term for term in fields["title"].split() if f" {term} " not in fields["api"]]
    return (
        TAIL * _share(query, fields["tail"].split())
        + TITLE * _share(query, title)
        + (1 - TAIL - TITLE) * _share(query, about)
    )


def _share(query: Query, terms: list[str]) -> float:
    total = found = 0.0
    rarity, asked = query.rarity, query.asked
    for term in terms:
        total += rarity[term]
        if term in asked:
            found += rarity[term] * asked[term]
    return found / total if total else 0.5


def _method(query: Query, entry: Scored) -> float:
    if entry.method not in query.methods:
        return -1.0
    return 1.0 if entry.method == query.methods[0] else 0.5


def _action(query: Query, entry: Scored) -> float:
    """Tell whether the operation's own verb does what is asked for, or something else."""
    for term in entry.fields["name"].split():
        if term in ACTIONS:
            own = ACTIONS[term]
            break
    else:
        own = _BY_METHOD.get(entry.method, query.action)
    if own == query.action:
        return 0.5
    return 0.0 if own in ACCEPTED[query.action] else -1.0

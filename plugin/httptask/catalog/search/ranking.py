"""How well an operation answers a query; pure, and the same for bundled and stored ones."""

from __future__ import annotations

from dataclasses import dataclass

from httptask.catalog.search.features import Features
from httptask.catalog.search.query import Query, Word

FIELDS = ("api", "tail", "name", "path", "tags", "text")
WEIGHTS = {"api": 1.0, "tail": 1.0, "name": 1.0, "path": 0.85, "tags": 0.6, "text": 0.35}
LABELS = {
    "api": "the API's name",
    "tail": "the path",
    "path": "the path",
    "name": "summary or operation id",
    "tags": "tags",
    "text": "the description",
}
FOCUS = 0.35
METHOD = 0.08
DEPTH = 0.02


@dataclass(frozen=True, slots=True)
class Match:
    """How one operation answers a query."""

    score: float
    why: tuple[str, ...]


def score(query: Query, features: Features) -> float:
    """Return how well an operation answers, 0 for not at all, about 1 for fully."""
    wanted = found = 0.0
    for word in query.words:
        wanted += word.importance
        best = _best(word, features)
        found += word.importance * best[0]
    if found <= 0:
        return 0.0
    coverage = found / wanted
    value = coverage + FOCUS * coverage * _focus(query, features)
    if query.methods:
        value += METHOD * _method(query, features)
    return value - DEPTH * min(features.placeholders, 4)


def explain(query: Query, features: Features) -> tuple[str, ...]:
    """Return why an operation answers, one clause for each word that is found."""
    why = []
    for word in query.words:
        value, field, term = _best(word, features)
        if value <= 0:
            continue
        how = word.how.get(term, "")
        label = f"{word.text!r} in {LABELS[field]}"
        if how == "spelling":
            label = f"{word.text!r} read as {term!r} in {LABELS[field]}"
        elif how in ("synonym", "phrase"):
            label = f"{word.text!r} as {term!r} in {LABELS[field]}"
        why.append(label)
    if query.methods and features.method in query.methods:
        why.append(f"method {features.method}")
    return tuple(dict.fromkeys(why))


def _best(word: Word, features: Features) -> tuple[float, str, str]:
    best, where, which = 0.0, "", ""
    for term, weight in word.variants.items():
        if weight <= best:
            continue
        for field in FIELDS:
            value = weight * WEIGHTS[field]
            if value > best and term in getattr(features, field):
                best, where, which = value, field, term
    return best, where, which


def _focus(query: Query, features: Features) -> float:
    """Return which share of what the operation is about was asked for."""
    about = dict.fromkeys((*features.name, *features.tail, *features.path))
    own = [term for term in about if term not in features.api]
    if not own:
        return 0.5
    asked: dict[str, float] = {}
    for word in query.words:
        for term, weight in word.variants.items():
            asked[term] = max(asked.get(term, 0.0), weight)
    return sum(asked.get(term, 0.0) for term in own) / len(own)


def _method(query: Query, features: Features) -> float:
    if features.method not in query.methods:
        return -1.0
    return 1.0 if features.method == query.methods[0] else 0.5

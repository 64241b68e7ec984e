"""A query's words to weighted terms: itself, its phrases, synonyms and corrected spellings."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise, permutations

from httptask.catalog.search.synonyms import (
    ACTIONS,
    FILLERS,
    GAP,
    LEADING,
    METHODS,
    PHRASES,
    SPELLED,
    SPOKEN,
    SYNONYMS,
    VERBS,
)
from httptask.catalog.search.words import STOP, edits, split, stem, within
from httptask.core.first_use import cached_property

SYNONYM_WEIGHT = 0.6
PHRASE_WEIGHT = 0.85
TYPO_WEIGHT = 0.8
DISTANT_WEIGHT = 0.7
TWICE_MISSPELLED = 6
"""Letters from which on a word may have two mistakes."""
JOINED_WEIGHT = 1.0
APART_WEIGHT = 0.7
VERB_WEIGHT = 0.85
INITIALS_WEIGHT = 0.75
ARTICLES = frozenset({"a", "an", "the"})
BRAND = 0.6
RARE = 3
MANY = 1000
"""From so many operations on, a term in fewer than `RARE` of them may be a misspelling itself."""
MAX_WORDS = 16


@dataclass(slots=True)
class Word:
    """One thing asked for.

    Attributes:
        text: as typed.
        variants: stem to how well it stands for the word, at most 1.
        importance: how much the word tells apart; the rarer the more.
        brand: share of the operations with the word whose API is named by it.
        how: variant to why it is one: ``spelling``, ``synonym`` or ``phrase``.
        shown: variant to a word that has this stem.
    """

    text: str
    variants: dict[str, float]
    importance: float = 1.0
    brand: float = 0.0
    how: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)

    def add(self, term: str, weight: float, how: str, shown: str = "") -> None:
        """Add a variant unless there is a better one."""
        if weight > self.variants.get(term, 0.0):
            self.variants[term] = weight
            self.how[term] = how
            self.shown[term] = shown or SPELLED.get(term, term)


class _Rarity(dict[str, float]):
    """The rarity of terms, computed when it is asked for."""

    def __init__(self, counts: Mapping[str, int], total: int) -> None:
        super().__init__()
        self._counts, self._total = counts, total

    def __missing__(self, term: str) -> float:
        found = math.log(1 + (self._total + 1) / (self._counts.get(term, 0) + 0.5))
        self[term] = found
        return found


def _best_first(word: Word) -> list[tuple[str, float]]:
    return sorted(word.variants.items(), key=lambda item: -item[1])


@dataclass(frozen=True)
class Query:
    """What is searched for: words, the action that the verb asks for, and how rare terms are."""

    words: tuple[Word, ...]
    action: str
    counts: Mapping[str, int]
    total: int

    @cached_property
    def rarity(self) -> Mapping[str, float]:
        """How much each term tells operations apart."""
        return _Rarity(self.counts, self.total)

    @cached_property
    def padded(self) -> tuple[tuple[Word, list[tuple[str, str, float]]], ...]:
        """Each word with its variants, best first; a term is written as in `Features.row`."""
        return tuple(
            (word, [(term, f" {term} ", weight) for term, weight in _best_first(word)])
            for word in self.words
        )

    @cached_property
    def asked(self) -> Mapping[str, float]:
        """Every term that stands for a word, with the best of its weights."""
        found: dict[str, float] = {}
        for word in self.words:
            for term, weight in word.variants.items():
                found[term] = max(found.get(term, 0.0), weight)
        return found

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that do what is asked for, likeliest first."""
        return METHODS.get(self.action, ())


def understand(text: str, counts: Mapping[str, int], total: int, *, synonyms: bool = True) -> Query:
    """Return what a query asks for.

    Args:
        text: what the user typed.
        counts: in how many operations each term is.
        total: how many operations there are.
        synonyms: False leaves synonyms and phrases out.
    """
    raw = split(text)[: MAX_WORDS * 2]
    found, used = _phrases(raw) if synonyms else ([], set())
    kept = [
        (position, text)
        for position, text in enumerate(raw)
        if position not in used and text not in STOP and (len(text) > 1 or text.isdecimal())
        if not (synonyms and text in FILLERS)
    ]
    if not found and not kept:
        kept = list(enumerate(raw))
    found += [(position, Word(text, {stem(text): 1.0})) for position, text in kept]
    ordered = [word for _, word in sorted(found, key=lambda pair: pair[0])][:MAX_WORDS]
    rare = RARE if total > MANY else 1
    _join(ordered, counts)
    for word in ordered:
        _respell(word, counts, rare)
    _cut(ordered, counts, rare)
    _initials(raw, ordered, counts)
    for word in ordered:
        _respell_twice(word, counts, rare)
        if synonyms:
            _widen(word)
    first = next((word for word in ordered if not _names_api(word.text, counts)), None)
    if synonyms and first:
        for meant in SPOKEN.get(stem(first.text), ()):
            first.add(meant, PHRASE_WEIGHT, "synonym")
    _disjoin(ordered)
    for word in ordered:
        word.importance = _importance(word, counts, total)
    return Query(tuple(ordered), _action(ordered, first), counts, total)


def _phrases(raw: list[str]) -> tuple[list[tuple[int, Word]], set[int]]:
    words: list[tuple[int, Word]] = []
    used: set[int] = set()
    stems = list(map(stem, raw))
    for phrase, meanings in PHRASES:
        if phrase[0] not in stems:
            continue
        for start in range(len(raw)):
            places = _places(stems, start, phrase)
            if places and used.isdisjoint(places):
                word = Word(" ".join(raw[place] for place in places), {})
                for rank, meaning in enumerate(meanings):
                    word.add(meaning, PHRASE_WEIGHT - 0.05 * rank, "phrase")
                words.append((start, word))
                used.update(places)
    return words, used


def _places(stems: list[str], start: int, phrase: tuple[str, ...]) -> list[int]:
    """Return where the words of a phrase stand that begins at a place; [] if it does not."""
    places: list[int] = []
    at, gap = start, 0
    for part in phrase:
        if part == "*":
            gap = GAP
            continue
        if part not in stems[at : at + gap + 1]:
            return []
        at = stems.index(part, at) + 1
        places.append(at - 1)
        gap = 0
    return places


def _join(words: list[Word], counts: Mapping[str, int]) -> None:
    """Let ``pay pal`` find ``paypal``, and ``log work`` find ``worklog``."""
    rows = list(pairwise(words))
    for one, two in permutations(words, 2):
        in_row = (one, two) in rows
        joined = stem(one.text + two.text) if in_row else stem(one.text) + stem(two.text)
        if len(joined) > 4 and counts.get(joined, 0):
            weight = JOINED_WEIGHT if in_row else APART_WEIGHT
            one.add(joined, weight, "joined")
            two.add(joined, weight, "joined")


def _cut(words: list[Word], counts: Mapping[str, int], rare: int) -> None:
    """Let ``createissue`` find ``create issue``."""
    for index in range(len(words) - 1, -1, -1):
        word = words[index].text
        if len(words[index].variants) == 1 and counts.get(stem(word), 0) < rare and len(word) > 6:
            halves = [
                (stem(word[:cut]), stem(word[cut:]))
                for cut in range(3, len(word) - 2)
                if min(counts.get(stem(word[:cut]), 0), counts.get(stem(word[cut:]), 0)) >= rare
            ]
            if halves:
                best = max(halves, key=lambda pair: min(counts[pair[0]], counts[pair[1]]))
                words[index : index + 1] = [
                    Word(word, {best[0]: 0.95, stem(word): 1.0}),
                    Word(word, {best[1]: 0.95, stem(word): 1.0}),
                ]


def _initials(raw: list[str], words: list[Word], counts: Mapping[str, int]) -> None:
    """Let ``content delivery network`` find ``cdn``: words in a row by their first letters."""
    spoken = [text for text in raw if text not in ARTICLES]
    for start in range(len(spoken)):
        for end in range(start + 3, min(start + 6, len(spoken)) + 1):
            part = spoken[start:end]
            term = stem("".join(text[0] for text in part))
            if part[0] in STOP or part[-1] in STOP or not counts.get(term, 0):
                continue
            if any(_names_api(text, counts) for text in part if text not in STOP):
                continue
            for word in words:
                if word.text in part:
                    word.add(term, INITIALS_WEIGHT, "initials")


def _names_api(text: str, counts: Mapping[str, int]) -> bool:
    """Tell whether a word is mostly a name of an API: names are not abbreviated with others."""
    return 2 * counts.get(f"@{stem(text)}", 0) > counts.get(stem(text), 0)


def _respell(word: Word, counts: Mapping[str, int], rare: int) -> None:
    """Add likely spellings of a word that hardly any operation has."""
    text = word.text
    known = _known(word, counts)
    if known >= rare or not _may_be_misspelt(text):
        return
    found: dict[str, int] = {}
    shown: dict[str, str] = {}
    for candidate in edits(text):
        term = stem(candidate)
        if counts.get(term, 0) >= max(rare, 4 * known):
            likely = _likeness(text, candidate) * counts[term]
            if likely > found.get(term, 0):
                found[term], shown[term] = likely, candidate
    for candidate in edits(stem(text)):
        if counts.get(candidate, 0) >= max(rare, 4 * known):
            found.setdefault(candidate, counts[candidate])
    for term in sorted(found, key=lambda each: -found[each])[:3]:
        word.add(term, TYPO_WEIGHT, "spelling", shown.get(term, ""))


def _respell_twice(word: Word, counts: Mapping[str, int], rare: int) -> None:
    """Add spellings two edits away of a word for which there is nothing else."""
    text = word.text
    if len(text) < TWICE_MISSPELLED or not _may_be_misspelt(text) or _known(word, counts):
        return
    for term in _distant(stem(text), counts, rare):
        word.add(term, DISTANT_WEIGHT, "spelling")


def _known(word: Word, counts: Mapping[str, int]) -> int:
    return max((counts.get(term, 0) for term in word.variants), default=0)


def _may_be_misspelt(text: str) -> bool:
    return len(text) >= 4 and text.isalpha() and text.isascii()


def _distant(text: str, counts: Mapping[str, int], rare: int) -> list[str]:
    """Return the terms two edits away that most operations have; first letters are seldom wrong."""
    letters, size = set(text), len(text)
    likely = (
        term
        for term, count in counts.items()
        if term[0] == text[0] and abs(len(term) - size) <= 2 and count >= rare
        if len(letters.symmetric_difference(term)) <= 4
    )
    found = [term for term in likely if within(text, term, 2)]
    return sorted(found, key=lambda term: -counts[term])[:2]


def _likeness(typed: str, candidate: str) -> int:
    """Return how likely somebody meant the candidate: swapped or dropped letters come first."""
    same = sorted(typed) == sorted(candidate)
    return (4 if same else 2 if len(candidate) > len(typed) else 1) * (
        2 if typed[0] == candidate[0] else 1
    )


def _widen(word: Word) -> None:
    for term, weight in list(word.variants.items()):
        if word.how.get(term) in ("phrase", "synonym"):
            continue
        for other in VERBS.get(term, ()):
            word.add(other, weight * VERB_WEIGHT, "synonym")
        for rank, other in enumerate(SYNONYMS.get(term, ())):
            word.add(other, weight * (SYNONYM_WEIGHT - 0.02 * min(rank, 10)), "synonym")


def _disjoin(words: list[Word]) -> None:
    """Give no word an alternative that is another word of the query."""
    literal = {stem(word.text) for word in words}
    for word in words:
        for term in [t for t, how in word.how.items() if how in ("synonym", "phrase")]:
            if term in literal and term != stem(word.text) and len(word.variants) > 1:
                del word.variants[term]


def _importance(word: Word, counts: Mapping[str, int], total: int) -> float:
    own = {term: counts.get(term, 0) for term, w in word.variants.items() if w >= TYPO_WEIGHT}
    term = max(own, key=lambda each: own[each], default="")
    count = own.get(term, 0)
    if term in ACTIONS:
        count = max(count, sum(counts.get(verb, 0) for verb in word.variants if verb in ACTIONS))
    if not count:
        return math.log(1 + (total + 1) / 0.5) / 2
    word.brand = counts.get(f"@{term}", 0) / count
    rarity = math.log(1 + (total + 1) / (count + 0.5))
    return rarity * (1 + BRAND * word.brand)


def _action(words: list[Word], first: Word | None) -> str:
    """Return what is to be done: names of APIs may stand before the verb."""
    if any(word.text == "all" for word in words):
        return "list"
    if first and not LEADING.isdisjoint(first.variants):
        return "create"
    for word in words:
        for term, weight in word.variants.items():
            if term in ACTIONS and weight >= TYPO_WEIGHT:
                return ACTIONS[term]
    return ""

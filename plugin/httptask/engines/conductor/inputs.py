"""The inputs that a server hands over, made ready: secrets known, keys in the author's order.

A server puts secrets in before it hands a task over, and returns every object with its keys in an
order of its own. The template, which comes along, tells which places name a secret and in which
order the author wrote the keys.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from httptask.definition.reading import steps
from httptask.errors import CredentialsError
from httptask.expressions import Context, Reference, Template, compile_template
from httptask.expressions.scan import Written, scan, unescape

SECRETS: Final = "workflow.secrets"
_PREFIX: Final = f"${{{SECRETS}."
_DATA: Final = frozenset({"workflow.input", "workflow.variables", "workflow", "task", "context",
                          "dynamic"})  # fmt: skip
_NOWHERE: Final = Context.build()

Lookup = Callable[[str], str | None]
Stored = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class ReadyInputs:
    """Inputs as the pipeline takes them.

    Attributes:
        values: the resolved inputs.
        names: names of the secrets that are in them.
        secrets: texts that must not be shown.
    """

    values: Mapping[str, Any]
    names: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()


def ready_inputs(
    template: Template,
    written: Mapping[str, Any],
    delivered: Mapping[str, Any],
    *,
    stored: Stored,
    lookup: Lookup,
) -> ReadyInputs:
    """Return a task's inputs, with the secrets in them found.

    Args:
        template: the task's inputs as written, compiled.
        written: the same, as written.
        delivered: the inputs as the server resolved them.
        stored: gets the inputs as the server keeps them, where secrets are still placeholders;
            asked only when the inputs have data in them.
        lookup: finds a secret that the server does not know.

    Raises:
        CredentialsError: neither the server nor ``lookup`` knows a secret.
    """
    values = in_order(written, delivered)
    if any(reference.root in _DATA for reference in template.references):
        # A placeholder that arrives as data is substituted by the server as well: undo that.
        values = in_order(written, stored())
    places: defaultdict[str, list[Reference]] = defaultdict(list)
    for reference in template.references:
        if reference.root == SECRETS and reference.prefix:
            places[reference.pointer].append(reference)
    if not places:
        return ReadyInputs(values)
    texts: set[str] = set()
    for pointer, references in places.items():
        text = _text(written, pointer, references, stored)
        place = _Place(pointer, text, {reference.text for reference in references})
        found = place.resolve(_at(delivered, place.steps), lookup, texts)
        values = _put(values, place.steps, found)
    names = frozenset(str(found[0].prefix[0]) for found in places.values())
    names |= {str(item.prefix[0]) for found in places.values() for item in found}
    return ReadyInputs(values, names, frozenset(texts))


def in_order(written: Any, value: Any) -> Any:
    """Return a value with the keys that the author wrote first and in the author's order."""
    if isinstance(written, Mapping) and isinstance(value, Mapping):
        keys = [key for key in written if key in value]
        keys += [key for key in value if key not in written]
        return {key: in_order(written.get(key), value[key]) for key in keys}
    if isinstance(written, list) and isinstance(value, list) and len(written) == len(value):
        return [in_order(*pair) for pair in zip(written, value, strict=True)]
    return value


def _text(
    written: Mapping[str, Any], pointer: str, references: Sequence[Reference], stored: Stored
) -> str:
    """Return the text at a place, with no references in it but those to secrets."""
    text: str = _at(written, steps(pointer))
    wanted = {reference.text for reference in references}
    others = any(isinstance(piece, Written) and piece.text not in wanted for piece in _cut(text))
    if not others:
        return text
    kept = _at(stored(), steps(pointer))
    return kept if isinstance(kept, str) else text


def _cut(text: str) -> tuple[str | Written, ...]:
    return scan(text).pieces


@dataclass(frozen=True, slots=True)
class _Place:
    """A text of the template that names secrets."""

    pointer: str
    text: str
    placeholders: set[str]

    @property
    def steps(self) -> list[str]:
        return steps(self.pointer)

    def resolve(self, value: Any, lookup: Lookup, texts: set[str]) -> Any:
        """Return the value for this place; note the secrets' texts."""
        pieces = _cut(self.text)
        if len(pieces) == 1 and self.text in self.placeholders:
            found = value if value not in (None, self.text) else _own(self.text, lookup)
            texts.update(_texts_of(found))
            return found
        found_texts = self._matched(pieces, value)
        if found_texts is None:
            texts.update(_texts_of(value))
            return value
        texts.update(found_texts.values())
        if len(found_texts) > 1:
            texts.add(value)  # where two stand side by side, nobody knows where one ends
        for text, found in found_texts.items():
            if text not in self.placeholders:
                found_texts[text] = text
            elif found in ("", text):
                found_texts[text] = str(_own(text, lookup))
                texts.add(found_texts[text])
        return "".join(
            unescape(piece) if isinstance(piece, str) else found_texts.get(piece.text, piece.text)
            for piece in pieces
        )

    def _matched(self, pieces: Sequence[str | Written], value: Any) -> dict[str, str] | None:
        """Return each placeholder's text in the value, or None if the two do not fit.

        All secrets are there, as a rule; only if that does not fit may some be empty.
        """
        if not isinstance(value, str):
            return None
        parts = _merged(pieces)
        found = _fit(parts, value, 1)
        return _fit(parts, value, 0) if found is None else found


def _merged(pieces: Sequence[str | Written]) -> list[str | Written]:
    """Return literal texts, each as long as it can be, and the secrets between them."""
    parts: list[str | Written] = []
    for piece in pieces:
        if isinstance(piece, Written) and piece.text.startswith(_PREFIX):
            parts.append(piece)
            continue
        text = unescape(piece) if isinstance(piece, str) else piece.text
        if parts and isinstance(parts[-1], str):
            parts[-1] += text
        else:
            parts.append(text)
    return parts


def _fit(parts: Sequence[str | Written], value: str, least: int) -> dict[str, str] | None:
    """Return the shortest texts, from left to right, that make the parts the value.

    One pass without going back: where a literal is found first, the rest fits if it fits at all.
    For one secret that is there several times, its length says it; of several secrets of which one
    is there again, some ways to fit are not found, and the whole text counts as secret.

    Args:
        parts: literal texts and secrets.
        value: the text to cut.
        least: the fewest characters of a secret.
    """
    found = _repeated(parts, value)
    at = 0
    for index, part in enumerate(parts):
        text = part if isinstance(part, str) else found.get(part.text)
        if text is None:
            assert isinstance(part, Written)  # noqa: S101 - for the type checker
            end = _end(parts[index + 1 :], found, value, at + least)
            if end < at + least:
                return None
            text = found[part.text] = value[at:end]
        if not value.startswith(text, at):
            return None
        at += len(text)
    return found if at == len(value) and min(map(len, found.values())) >= least else None


def _end(rest: Sequence[str | Written], found: Mapping[str, str], value: str, earliest: int) -> int:
    """Return where a secret ends, by the part that follows it; -1 if that is not there."""
    if not rest:
        return len(value)
    part = rest[0]
    following = part if isinstance(part, str) else found.get(part.text, "")
    if len(rest) == 1 and following:
        return len(value) - len(following)
    return value.find(following, earliest)


def _repeated(parts: Sequence[str | Written], value: str) -> dict[str, str]:
    """Return the text of a secret that is the only one and there several times."""
    names = [part.text for part in parts if isinstance(part, Written)]
    if len(names) < 2 or len(set(names)) > 1:
        return {}
    start = len(parts[0]) if isinstance(parts[0], str) else 0
    size = (len(value) - sum(len(part) for part in parts if isinstance(part, str))) // len(names)
    return {names[0]: value[start : start + max(size, 0)]}


def _own(placeholder: str, lookup: Lookup) -> Any:
    """Return what a placeholder stands for by our own secrets."""
    name = placeholder.removeprefix(_PREFIX).removesuffix("}")
    bare = re.split(r"[.\[]", name, maxsplit=1)[0]
    if lookup(bare) is None:
        raise CredentialsError(
            f"the secret {bare!r} is not set",
            code="secret_missing",
            retryable=False,
            hint=f"set CONDUCTOR_SECRET_{bare} for the server, or HTTPTASK_SECRET_{bare} here",
        )
    return compile_template(placeholder).evaluate(_NOWHERE, lookup)


def _texts_of(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return set().union(*map(_texts_of, value.values()))
    if isinstance(value, list):
        return set().union(*map(_texts_of, value))
    return set() if value is None or isinstance(value, bool) else {str(value)}


def _at(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and _is_index(step, value):
            value = value[int(step)]
        else:
            return None
    return value


def _is_index(step: str, value: Sequence[Any]) -> bool:
    return step.isdecimal() and len(step) < 10 and int(step) < len(value)


def _put(value: Any, steps: Sequence[str], new: Any) -> Any:
    """Return the value with one place replaced."""
    if not steps:
        return new
    step, rest = steps[0], steps[1:]
    if isinstance(value, Mapping):
        return {**value, step: _put(value.get(step), rest, new)}
    if isinstance(value, list) and _is_index(step, value):
        index = int(step)
        return [*value[:index], _put(value[index], rest, new), *value[index + 1 :]]
    return value

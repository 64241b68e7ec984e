"""What of an operation is searched, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import urlsplit

from httptask.catalog.search.synonyms import ACTIONS
from httptask.catalog.search.words import STOP, split, stem, terms
from httptask.catalog.values import Operation

TEXT_TERMS = 110
_PARAMETER = re.compile(r"\{[^{}]*\}")
_EXTENSION = re.compile(r"\.(json|xml|do|php|aspx?)\Z")
_VERSION = re.compile(r"v?\d+(\.\d+)*\Z")
_HOST_WORDS = (
    "api apis www rest com org net io dev app co uk eu us gateway http https localhost example"
    " amazonaws azure-apim cloud"
)
_HOST_NOISE = frozenset(_HOST_WORDS.split())
_TITLE_WORDS = (
    "api rest openapi swagger specification spec documentation doc reference official public"
    " service version json yaml"
)
_TITLE_NOISE = frozenset(_TITLE_WORDS.split())


@dataclass(frozen=True, slots=True)
class Features:
    """Search terms of one operation by field.

    Attributes:
        api: words for the API: title, provider, host.
        path: words of the path's literal segments.
        tail: words of the last literal segment of the path.
        name: words of summary and operationId.
        title: words of the summary alone.
        tags: words of the author's groups.
        text: words of the description, and names of parameters and body fields.
        method: HTTP method.
        placeholders: how many placeholders the path has.
        head: the noun that the summary's verb is about, or ``""``.
    """

    api: tuple[str, ...]
    path: tuple[str, ...]
    tail: tuple[str, ...]
    name: tuple[str, ...]
    title: tuple[str, ...]
    tags: tuple[str, ...]
    text: tuple[str, ...]
    method: str
    placeholders: int
    head: str

    def row(self) -> str:
        """Return one line for the store."""
        fields = (self.api, self.path, self.tail, self.name, self.title, self.tags, self.text)
        return "\t".join(
            [self.method, str(self.placeholders), self.head, *(f" {' '.join(f)} " for f in fields)]
        )

    @classmethod
    def from_row(cls, row: str) -> Features:
        """Read what `row` wrote."""
        method, placeholders, head, *fields = row.split("\t")
        api, path, tail, name, title, tags, text = (tuple(field.split()) for field in fields)
        return cls(api, path, tail, name, title, tags, text, method, int(placeholders), head)

    def countable(self) -> set[str]:
        """Return the terms that are counted: those of names, and those of APIs marked ``@``."""
        named = (f"@{term}" for term in self.api)
        return {*self.api, *self.path, *self.name, *self.tags, *named}


def api_terms(title: str, provider: str, source: str, servers: Iterable[str]) -> tuple[str, ...]:
    """Return the words that name an API: as written, and run together.

    The file's folder and name count too: they are how its user calls it.
    """
    found: dict[str, None] = {}
    for text in (title, provider):
        found.update(dict.fromkeys(_joined(text)))
    path = urlsplit(source).path if "://" in source else source.partition(":")[2] or source
    place = PurePath(path.replace("!", "/"))
    for part in (place.parent.name, re.sub(r"__?[0-9a-f]{6,}\Z", "", place.stem)):
        found.update(dict.fromkeys(_joined(part)))
    for server in servers:
        host = urlsplit(server).hostname if "{" not in server else ""
        for label in (host or "").split("."):
            if label not in _HOST_NOISE and not label.isdecimal():
                found.update(dict.fromkeys(_joined(label)))
    return tuple(term for term in found if term not in _TITLE_NOISE)[:24]


def _joined(text: str) -> list[str]:
    words = [word for word in split(text) if word not in _TITLE_NOISE]
    found = [stem(word) for word in words if len(word) > 1]
    return found + [stem("".join(words[:size])) for size in (2, 3) if len(words) >= size]


def features(
    operation: Operation, definitions: Mapping[str, object], api: tuple[str, ...], about: str = ""
) -> Features:
    """Return the search terms of an operation.

    Args:
        operation: what is searched.
        definitions: at least those that its body refers to directly.
        api: terms that name its API.
        about: descriptions of its API and of its tags.
    """
    literals = [
        segment
        for segment in operation.path.partition("?")[0].split("/")
        if segment and not _VERSION.match(segment)
    ]
    words = [terms(_EXTENSION.sub("", _PARAMETER.sub(" ", segment))) for segment in literals]
    words = [found for found in words if found]
    title = operation.summary or first_sentence(operation.description)
    return Features(
        api=api,
        path=tuple(term for found in words for term in found)[:24],
        tail=tuple(words[-1]) if words else (),
        name=tuple(dict.fromkeys(terms(f"{operation.operation_id} {title}")))[:32],
        title=tuple(dict.fromkeys(terms(title)))[:16],
        tags=tuple(dict.fromkeys(terms(" ".join(operation.tags))))[:12],
        text=tuple(_text(operation, definitions, about)),
        method=operation.method,
        placeholders=operation.path.count("{"),
        head=head_noun(title or operation.operation_id),
    )


def first_sentence(text: str) -> str:
    """Return the first sentence or line of a description, at most 200 characters."""
    line = " ".join(text.strip().split("\n\n")[0].split())
    head, dot, _ = line.partition(". ")
    return (head + dot.strip())[:200]


def head_noun(text: str) -> str:
    """Return the stem of the last word before a preposition, after the verb if there is one."""
    words = split(text)[:24]
    verb = next((n for n, word in enumerate(words) if stem(word) in ACTIONS), -1)
    found = ""
    for word in words[verb + 1 :]:
        if word in STOP:
            if found:
                break
        elif len(word) > 1:
            found = stem(word)
    return found


def _text(operation: Operation, definitions: Mapping[str, object], about: str) -> list[str]:
    found = dict.fromkeys(terms(operation.description[:1200])[:60])
    names = [each.name for each in operation.parameters[:16]]
    if operation.body:
        for media in operation.body.media[:1]:
            names += _members(media.schema, definitions)
    found.update(dict.fromkeys(term for name in names[:40] for term in terms(name)))
    found.update(dict.fromkeys(terms(about[:800])))
    return list(found)[:TEXT_TERMS]


def _members(schema: object, definitions: Mapping[str, object]) -> list[str]:
    """Return names of a body's fields and the words that choose between its branches."""
    if not isinstance(schema, Mapping):
        return []
    target = schema.get("$ref")
    if isinstance(target, str):
        schema = definitions.get(target.removeprefix("#/$defs/"), {})
    if not isinstance(schema, Mapping):
        return []
    members = schema.get("properties")
    tag = schema.get("discriminator")
    found = list(tag["mapping"])[:24] if isinstance(tag, Mapping) else []
    for name, member in list(members.items())[:24] if isinstance(members, Mapping) else ():
        found.append(name)
        choices = member.get("enum", ()) if isinstance(member, Mapping) else ()
        found += [choice for choice in choices[:12] if isinstance(choice, str)]
    return found

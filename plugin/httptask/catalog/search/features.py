"""What of an operation is searched, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import urlsplit

from httptask.catalog.search.words import split, stem, terms
from httptask.catalog.values import Operation

TEXT_TERMS = 60
_PARAMETER = re.compile(r"\{[^{}]*\}")
_VERSION = re.compile(r"v?\d+(\.\d+)*\Z")
_HOST_NOISE = frozenset(
    ("api apis www rest com org net io dev app co uk eu us gateway http https localhost"
     " example amazonaws azure-apim cloud").split()
)  # fmt: skip
_TITLE_NOISE = frozenset(
    ("api rest openapi swagger specification spec documentation doc reference official public"
     " service version json yaml").split()
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Features:
    """Search terms of one operation by field.

    Attributes:
        api: words for the API: title, provider, host.
        path: words of the path's literal segments.
        tail: words of the last literal segment of the path.
        name: words of summary and operationId.
        tags: words of the author's groups.
        text: words of the description, and names of parameters and body fields.
        method: HTTP method.
        placeholders: how many placeholders the path has.
    """

    api: tuple[str, ...]
    path: tuple[str, ...]
    tail: tuple[str, ...]
    name: tuple[str, ...]
    tags: tuple[str, ...]
    text: tuple[str, ...]
    method: str
    placeholders: int

    def row(self) -> str:
        """Return one line for the store."""
        fields = (self.api, self.path, self.tail, self.name, self.tags, self.text)
        return "\t".join([self.method, str(self.placeholders), *(" ".join(f) for f in fields)])

    @classmethod
    def from_row(cls, row: str) -> Features:
        """Read what `row` wrote."""
        method, placeholders, *fields = row.split("\t")
        return cls(*(tuple(field.split()) for field in fields), method, int(placeholders))  # type: ignore[call-arg, arg-type]


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
    for size in (2, 3):
        if len(words) >= size:
            found.append(stem("".join(words[:size])))
    return found


def features(operation: Operation, api: tuple[str, ...]) -> Features:
    """Return the search terms of an operation."""
    literals = [
        segment
        for segment in operation.path.partition("?")[0].split("/")
        if segment and not _VERSION.match(segment)
    ]
    words = [terms(_PARAMETER.sub(" ", segment)) for segment in literals]
    words = [found for found in words if found]
    return Features(
        api=api,
        path=tuple(term for found in words for term in found)[:24],
        tail=tuple(words[-1]) if words else (),
        name=tuple(dict.fromkeys(terms(f"{operation.operation_id} {operation.summary}")))[:32],
        tags=tuple(dict.fromkeys(terms(" ".join(operation.tags))))[:12],
        text=tuple(_text(operation)),
        method=operation.method,
        placeholders=operation.path.count("{"),
    )


def _text(operation: Operation) -> list[str]:
    found = dict.fromkeys(terms(operation.description[:600]))
    names = [each.name for each in operation.parameters]
    if operation.body:
        for media in operation.body.media[:1]:
            names += _members(media.schema, operation.definitions)
    found.update(dict.fromkeys(term for name in names[:24] for term in terms(name)))
    return list(found)[:TEXT_TERMS]


def _members(schema: object, definitions: Mapping[str, object]) -> list[str]:
    if not isinstance(schema, Mapping):
        return []
    target = schema.get("$ref")
    if isinstance(target, str):
        schema = definitions.get(target.removeprefix("#/$defs/"), {})
    members = schema.get("properties") if isinstance(schema, Mapping) else None
    return list(members)[:24] if isinstance(members, Mapping) else []

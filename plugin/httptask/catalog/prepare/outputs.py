"""Output mappings that a response schema suggests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from httptask.catalog.prepare.naming import identifier
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.search.words import split, stem
from httptask.catalog.values import Json, Operation
from httptask.core.words import words

MAX_OUTPUTS = 8
_BODY: Final = "$.response.body"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
WRAPPERS = frozenset(
    {"data", "result", "results", "items", "value", "values", "records", "entries"}
)
_TELLING: Final = (
    ("id", "uuid", "guid", "identifier"),
    ("url", "uri", "href", "link"),
    ("status", "state"),
    ("name", "title", "subject", "label"),
    ("key", "token", "number", "code", "reference"),
    ("email", "phone", "type", "kind"),
    ("total", "count", "amount", "price", "balance", "score", "currency", "date", "text"),
    ("description",),
)
"""Last words of a field's name that say what somebody goes on with, the most telling first."""
_OTHERS: Final = 2
"""A field of a lower rank, an id or an address, is of something else if it says of what."""
_AMOUNT: Final = 6
_OF_ONE: Final = 4
"""A field of a lower rank, such as an id or a name, means one object and not a list."""
_COUNTS: Final = frozenset({"total", "count", "totalcount", "totalresults", "totalitems", "more"})
_NEXT: Final = frozenset({"next", "cursor", "nexttoken", "nextcursor", "nextpage", "nextlink"})
_SAID: Final = frozenset(
    {"message", "messages", "error", "errors", "warning", "warnings", "success", "ok", "version",
     "code", "statuscode", "responsecode", "headers", "links", "meta", "metadata", "timestamp",
     "request", "requestid", "debug", "took", "msg"}
)  # fmt: skip
"""Fields that say how it went: the last ones."""
_ENVELOPE: Final = {"statuscode", "headers", "body"}
_OF_FILE: Final = "$content"


def unwrapped(schema: Json, skeleton: Skeleton) -> Json:
    """Return the schema of the body itself, where a tool has described the whole response.

    Such a schema has exactly the members ``statusCode``, ``headers`` and ``body``.
    """
    members = skeleton.flattened(schema).get("properties", {})
    named = {name.lower(): name for name in members}
    if named.keys() != _ENVELOPE:
        return schema
    body = members[named["body"]]
    return body if skeleton.flattened(body).get("type") in ("object", "array") else schema


def is_file_content(schema: Json, skeleton: Skeleton) -> bool:
    """Tell whether a schema is how a tool describes the bytes of a file: ``$content``."""
    return _OF_FILE in skeleton.flattened(schema).get("properties", {})


def subject_of(operation: Operation) -> frozenset[str]:
    """Return the stems of the words that say what an operation is about."""
    literal = (part for part in operation.path.split("/") if "{" not in part)
    said = split(" ".join((*literal, operation.operation_id, operation.summary)))
    return frozenset(map(stem, said))


def suggest(
    schema: Json, skeleton: Skeleton, subject: frozenset[str] = frozenset()
) -> dict[str, Json]:
    """Return output name to mapping: files, else a list, else what one goes on with first.

    Args:
        schema: the schema of the response's body.
        skeleton: reads it.
        subject: see ``subject_of``.
    """
    found: dict[str, Json] = {}
    for name, mapping in _files(schema, skeleton):
        found.setdefault(name, mapping)
    flat = skeleton.flattened(schema)
    if flat.get("type") == "array" and not found:
        return {"items": _BODY}
    if not found:
        found.update(_telling(flat, skeleton, subject))
    if not found and flat.get("type") in _SCALARS | {"object"}:
        return {"result": _BODY}
    return dict(list(found.items())[:MAX_OUTPUTS])


def _files(
    schema: Json, skeleton: Skeleton, path: str = _BODY, depth: int = 0
) -> Iterator[tuple[str, Json]]:
    flat = skeleton.flattened(schema)
    if depth > 4:
        return
    if flat.get("contentEncoding") == "base64" or flat.get("format") == "byte":
        media = str(flat.get("contentMediaType", "") or "application/octet-stream")
        kind, _, _ = media.partition("/")
        name = kind if kind in ("image", "audio", "video") else _last(path)
        yield name, {"path": path, "as": "file", "encoding": "base64", "mediaType": media}
    elif flat.get("type") == "array" and "items" in flat:
        yield from _files(flat["items"], skeleton, f"{path}[0]", depth + 1)
    else:
        for name, child in flat.get("properties", {}).items():
            if "${" in name:
                continue
            yield from _files(child, skeleton, _member(path, name), depth + 1)


def _telling(
    flat: Mapping[str, Json], skeleton: Skeleton, subject: frozenset[str]
) -> Iterator[tuple[str, Json]]:
    properties: Mapping[str, Json] = flat.get("properties", {})
    kinds = {
        name: skeleton.flattened(child).get("type")
        for name, child in properties.items()
        if "${" not in name
    }
    required = set(flat.get("required", ()))
    lists = [name for name, kind in kinds.items() if kind == "array" and not _is_said(name)]
    is_one = any(_telling_rank(name) < _OF_ONE for name, kind in kinds.items() if kind in _SCALARS)
    is_list = len(lists) == 1 and not is_one
    if is_list:
        ranks = {name: _rank_beside_list(name) for name in kinds} | {lists[0]: 0}
    else:
        alike = Counter(_telling_rank(name) for name in kinds)
        ranks = {
            name: _rank(name, str(kind), subject, is_only=alike[_telling_rank(name)] == 1)
            for name, kind in kinds.items()
        }
    for name in sorted(ranks, key=lambda each: (ranks[each], each not in required)):
        yield output_name(name), _member(_BODY, name)


def _rank_beside_list(name: str) -> int:
    """Return how soon a field beside the one list of a response is an output."""
    said = words(name)
    if {"".join(said), *said[-1:]} & _COUNTS:
        return 1
    return 2 if "".join(said) in _NEXT or said[:1] == ["next"] else _rank(name)


def _rank(
    name: str,
    kind: str = "string",
    subject: frozenset[str] = frozenset(),
    *,
    is_only: bool = True,
) -> int:
    """Return how soon a field is an output, the lowest first.

    Args:
        name: its name.
        kind: its JSON type, or ``None``.
        subject: what the operation is about; ``order_id`` is an order's own id.
        is_only: whether no other field ends with such a word; of several ids some are of others.
    """
    said, telling = words(name), _telling_rank(name)
    *before, last = map(stem, said or [""])
    is_own = subject.issuperset(before)
    if _is_said(name):
        return 50
    may_be_it = kind in ("object", "array") or (kind in _SCALARS and is_own and telling)
    if last in subject and may_be_it:
        return 11
    if kind not in _SCALARS and not (kind == "object" and telling == _AMOUNT):
        if "".join(said) in WRAPPERS:
            return 16
        return 33 if kind == "array" else 40
    if telling == len(_TELLING):
        return 34
    if telling < _OTHERS and not (is_own or is_only):
        return 36 + telling
    return 10 + 2 * telling + (len(said) > 1)


def _telling_rank(name: str) -> int:
    last = next(reversed(words(name)), "")
    return next((rank for rank, each in enumerate(_TELLING) if last in each), len(_TELLING))


def _is_said(name: str) -> bool:
    return "".join(words(name)) in _SAID


def output_name(name: str) -> str:
    """Return a name that an output may have; the whole response has one already."""
    found = identifier(name)
    return "response_field" if found == "response" else found


def _member(path: str, name: str) -> str:
    if _PLAIN.match(name):
        return f"{path}.{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{escaped}']"


def _last(path: str) -> str:
    return output_name(re.sub(r"\[\d+\]$", "", path).rpartition(".")[2].strip("]'") or "file")

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

MAX_OUTPUTS = 12
_BODY: Final = "$.response.body"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SCALARS = frozenset({"string", "integer", "number", "boolean"})
WRAPPERS = frozenset(
    {"data", "result", "results", "items", "value", "values", "records", "entries", "attributes"}
)
_ENVELOPES: Final = WRAPPERS | {
    "response", "responsedata", "payload", "body", "output", "content", "d", "return", "object",
    "item", "record", "entity", "resource", "embedded",
}  # fmt: skip
"""Names of an object that say nothing of what stands in it."""
_DEEPEST: Final = 3
"""How many envelopes are opened, one in the other."""
_TELLING: Final = (
    ("id", "uuid", "guid", "identifier"),
    ("url", "uri", "href", "link"),
    ("status", "state"),
    ("name", "title", "subject", "label"),
    ("key", "token", "number", "code", "reference"),
    ("email", "phone", "type", "kind"),
    ("total", "count", "amount", "price", "balance", "score", "currency", "date", "datetime",
     "text"),
    ("description", "body", "content", "summary"),
)  # fmt: skip
"""Last words of a field's name that say what somebody goes on with, the most telling first."""
_STATUS: Final = 2
_OF_OTHERS: Final = (0, 1, 3)
"""Ranks of a field, an id, an address or a name, that is of something else if it says of what."""
_AMOUNT: Final = 6
_OF_ONE: Final = 4
"""A field of a lower rank, such as an id or a name, means one object and not a list."""
_COUNTS: Final = frozenset({"total", "count", "totalcount", "totalresults", "totalitems", "more"})
_NEXT: Final = frozenset({"next", "cursor", "nexttoken", "nextcursor", "nextpage", "nextlink"})
_NEXT_RANK: Final = 2
_PAGES: Final = frozenset({"pagination", "paging", "page", "pageinfo", "paginator"})
_SUCCESS: Final = frozenset({"success", "ok", "successful", "issuccess", "succeeded"})
_SAID: Final = _SUCCESS | {
    "message", "messages", "error", "errors", "warning", "warnings", "version", "code",
    "statuscode", "responsecode", "headers", "links", "meta", "metadata", "timestamp", "request",
    "requestid", "debug", "took", "msg",
}  # fmt: skip
"""Fields that say how it went: the last ones."""
_NAVIGATION: Final = frozenset(
    {"self", "first", "last", "next", "prev", "previous", "href", "rel", "method", "type", "title"}
)
_PLACEHOLDER: Final = re.compile(r"additionalProp\d|property\d|[<{\[].*[>}\]]|\$id")
"""Names that a tool, or an author, writes for the names that a map will have."""
_SENTENCE: Final = re.compile(r"|\w+ [\w ]+")
_ANNOTATION: Final = re.compile(r"[@$]|_?odata\b")
_DECORATION: Final = frozenset(
    {"documentation", "documentationurl", "terms", "termsofuse", "termsofservice", "copyright",
     "disclaimer", "etag", "color", "colour"}
)  # fmt: skip
_WHOLE: Final = {"statuscode", "headers", "body"}
_OF_FILE: Final = "$content"


def unwrapped(schema: Json, skeleton: Skeleton) -> Json:
    """Return the schema of the body itself, where a tool has described the whole response.

    Such a schema has exactly the members ``statusCode``, ``headers`` and ``body``.
    """
    members = skeleton.flattened(schema).get("properties", {})
    named = {name.lower(): name for name in members}
    if named.keys() != _WHOLE:
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
    """Return output name to mapping: files, then what one goes on with first; of a list, the list.

    Args:
        schema: the schema of the response's body.
        skeleton: reads it.
        subject: see ``subject_of``.
    """
    flat = skeleton.flattened(schema)
    found: dict[str, Json] = {}
    for name, mapping in _files(schema, skeleton):
        found.setdefault(name, mapping)
    if flat.get("type") == "array":
        return dict(list(found.items())[:MAX_OUTPUTS]) or {"items": _BODY}
    of_files = [str(mapping["path"]) for mapping in found.values()]
    for name, path in _telling(flat, skeleton, subject):
        of_file = any(f"{each}.".startswith((f"{path}.", f"{path}[")) for each in of_files)
        if not of_files or (_goes_with_file(name) and not of_file):
            found.setdefault(name, path)
    if not found and flat.get("type") != "null":
        return {"result": _BODY}
    return dict(list(found.items())[:MAX_OUTPUTS])


def _files(
    schema: Json, skeleton: Skeleton, path: str = _BODY, name: str = "file", depth: int = 0
) -> Iterator[tuple[str, Json]]:
    flat = skeleton.flattened(schema)
    if depth > 4:
        return
    if flat.get("contentEncoding") == "base64" or flat.get("format") == "byte":
        media = str(flat.get("contentMediaType", "") or "application/octet-stream")
        kind, _, _ = media.partition("/")
        shown = kind if kind in ("image", "audio", "video") else output_name(name)
        yield shown, {"path": path, "as": "file", "encoding": "base64", "mediaType": media}
    elif flat.get("type") == "array" and "items" in flat:
        yield from _files(flat["items"], skeleton, f"{path}[0]", name, depth + 1)
    else:
        for inner, child in flat.get("properties", {}).items():
            if "${" in inner:
                continue
            yield from _files(child, skeleton, _member(path, inner), inner, depth + 1)


def _goes_with_file(name: str) -> bool:
    return "".join(words(name)) in _SUCCESS or _telling_rank(name) < len(_TELLING)


def _telling(
    flat: Mapping[str, Json],
    skeleton: Skeleton,
    subject: frozenset[str],
    path: str = _BODY,
    depth: int = 0,
) -> Iterator[tuple[str, str]]:
    """Yield name and path of what one goes on with; an envelope gives what stands in it."""
    members: dict[str, Mapping[str, Json]] = {
        name: skeleton.flattened(child)
        for name, child in flat.get("properties", {}).items()
        if "${" not in name and not _is_none(name, subject)
    }
    if [name for name in members if _SENTENCE.fullmatch(name)] == list(members):
        return
    envelope = _envelope(members) if depth < _DEEPEST else ""
    if envelope:
        inner = members.pop(envelope)
        yield from _telling(inner, skeleton, subject, _member(path, envelope), depth + 1)
    kinds = {name: each.get("type") for name, each in members.items()}
    required = set(flat.get("required", ()))
    lists = [name for name, kind in kinds.items() if kind == "array" and not _is_said(name)]
    is_one = any(_telling_rank(name) < _OF_ONE for name, kind in kinds.items() if kind in _SCALARS)
    is_list = len(lists) == 1 and not is_one
    only = "" if is_one else _only_object(members)
    if is_list:
        ranks = {name: _rank_beside_list(name) for name in kinds} | {lists[0]: 0}
    else:
        alike = Counter(_telling_rank(name) for name in kinds)
        ranks = {
            name: _rank(name, members[name], subject, is_only=alike[_telling_rank(name)] == 1)
            for name in members
        }
    for name in sorted(ranks, key=lambda each: (ranks[each], each not in required)):
        yield output_name(name, kinds[name]), _member(path, name)
        if name == only:
            yield from _inside(members[name], name, _member(path, name), skeleton)


def _is_none(name: str, subject: frozenset[str]) -> bool:
    """Tell whether a name stands for other names, or for what only annotates or adorns."""
    if _PLACEHOLDER.fullmatch(name):
        return True
    if _ANNOTATION.match(name):
        return _telling_rank(name) >= _STATUS and _rank_beside_list(name) > _NEXT_RANK
    return "".join(words(name)) in _DECORATION and subject.isdisjoint(map(stem, words(name)))


def _objects(members: Mapping[str, Mapping[str, Json]]) -> list[str]:
    """Return the objects and lists among members that do not say how it went."""
    aside = _SAID | _PAGES
    return [
        name
        for name, each in members.items()
        if (each.get("type") in ("object", "array") or "properties" in each)
        and "".join(words(name)) not in aside
    ]


def _envelope(members: Mapping[str, Mapping[str, Json]]) -> str:
    """Return the member that is all that a response gives, under a name that says nothing."""
    is_one = any(
        _telling_rank(name) < _OF_ONE
        and _telling_rank(name) != _STATUS
        and not _is_said(name)
        and not _is_next(name)
        for name, each in members.items()
        if each.get("type") in _SCALARS
    )
    found = _only_object(members)
    said = words(found)
    says_nothing = "".join(said) in _ENVELOPES or {*said[-1:]} & {"response", "result", "payload"}
    return found if says_nothing and not is_one else ""


def _only_object(members: Mapping[str, Mapping[str, Json]]) -> str:
    """Return the only object of a response that has no list, if its members are described."""
    objects = _objects(members)
    is_one = len(objects) == 1 and members[objects[0]].get("properties")
    return objects[0] if is_one else ""


def _inside(
    flat: Mapping[str, Json], name: str, path: str, skeleton: Skeleton
) -> Iterator[tuple[str, str]]:
    """Yield the id, the address and the status of a response's only object."""
    kinds = {
        inner: skeleton.flattened(child).get("type") for inner, child in flat["properties"].items()
    }
    for rank in range(_STATUS + 1):
        found = [n for n, kind in kinds.items() if kind in _SCALARS and _telling_rank(n) == rank]
        if len(found) == 1 or (found and words(found[0]) == ["id"]):
            yield output_name(f"{name}_{found[0]}"), _member(path, found[0])


def _rank_beside_list(name: str) -> int:
    """Return how soon a field beside the one list of a response is an output."""
    said = words(name)
    if {"".join(said), *said[-1:]} & _COUNTS:
        return 1
    return _NEXT_RANK if _is_next(name) else _rank(name)


def _is_next(name: str) -> bool:
    """Tell whether a name is that of where the next page is."""
    said = words(name)
    return "".join(said) in _NEXT or said[:1] == ["next"]


def _rank(
    name: str,
    flat: Mapping[str, Json] | None = None,
    subject: frozenset[str] = frozenset(),
    *,
    is_only: bool = True,
) -> int:
    """Return how soon a field is an output, the lowest first.

    Args:
        name: its name.
        flat: its schema, or None for a text.
        subject: what the operation is about; ``order_id`` is an order's own id.
        is_only: whether no other field ends with such a word; of several ids some are of others.
    """
    flat = {"type": "string"} if flat is None else flat
    kind = flat.get("type")
    said, telling = words(name), _telling_rank(name)
    *before, last = map(stem, said or [""])
    is_own = subject.issuperset(before)
    if len(said) == 1 and said[0].endswith("id") and stem(said[0][:-2]) in subject:
        return 10
    if _is_said(name) and not _are_addresses(name, flat):
        return 30 if "".join(said) in _SUCCESS else 50
    may_be_it = kind in ("object", "array") or (kind in _SCALARS and is_own and telling)
    if last in subject and may_be_it:
        return 11
    if kind not in _SCALARS and not (kind == "object" and telling == _AMOUNT):
        return _rank_of_structure(name, flat)
    if telling == len(_TELLING):
        return 34
    if telling in _OF_OTHERS and not (is_own or is_only):
        return 31 if telling else 36
    if said == ["href"]:
        return 33
    return 10 + 2 * telling + (len(said) > 1)


def _rank_of_structure(name: str, flat: Mapping[str, Json]) -> int:
    """Return the rank of an object or a list."""
    if _are_addresses(name, flat):
        return 13
    if "".join(words(name)) in WRAPPERS:
        return 16
    items = flat.get("items")
    if isinstance(items, dict) and ({"$ref", "properties", "allOf"} & items.keys()):
        return 21
    if flat.get("type") == "array":
        return 33
    inner = [words(each)[-1:] for each in flat.get("properties", {})]
    return 29 if ["items"] in inner or ["status"] in inner else 40


def _are_addresses(name: str, flat: Mapping[str, Json]) -> bool:
    """Tell whether an object or a list holds addresses, other than of the response itself."""
    last = next(reversed(words(name)), "")
    if last not in ("urls", "links", "uris") or flat.get("type") not in ("object", "array"):
        return False
    items = flat.get("items", flat)
    inner = items.get("properties", {}) if isinstance(items, dict) else {}
    is_text = flat["type"] == "array" and isinstance(items, dict) and items.get("type") == "string"
    return is_text or not inner.keys() <= _NAVIGATION


def _telling_rank(name: str) -> int:
    said = words(name)
    last = next(reversed(said), "")
    if last in ("at", "on") and len(said) > 1:
        return _AMOUNT
    return next((rank for rank, each in enumerate(_TELLING) if last in each), len(_TELLING))


def _is_said(name: str) -> bool:
    return "".join(words(name)) in _SAID


def output_name(name: str, kind: Json = None) -> str:
    """Return a name that an output of a JSON type may have; the whole response has one already."""
    found = identifier(name)
    if found != "response":
        return found
    return "items" if kind == "array" else "result"


def _member(path: str, name: str) -> str:
    if _PLAIN.match(name):
        return f"{path}.{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"{path}['{escaped}']"

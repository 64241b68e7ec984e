"""What a task sends although nothing requires it, because a request without it says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from httptask.catalog.prepare.body import family, is_file
from httptask.catalog.prepare.optional import BODY
from httptask.catalog.prepare.prose import either_of, is_said_required, is_said_without_body
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, Json, Media, Operation, Parameter
from httptask.core.words import words

WRITING: Final = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose body is sent although it is optional."""
_FIELDS: Final = frozenset({"json", "form", "multipart"})
_FORMATS: Final = frozenset({"format", "fmt", "output", "alt", "outputformat"})
_EXTENSIONS: Final = _FORMATS | {"contenttype", "ext", "extension", "responseformat"}
_CREATES: Final = frozenset({"create", "add", "insert", "register", "send", "submit", "upload"})
_SEARCHES: Final = frozenset({"search", "find", "lookup", "autocomplete", "suggest", "query"})
_ACTS: Final = frozenset(
    {"delete", "remove", "cancel", "update", "revoke", "unsubscribe", "detach"}
)
_MAX_IDS: Final = 2
_TEXTS: Final = (
    "q",
    "query",
    "search",
    "searchfor",
    "term",
    "keyword",
    "keywords",
    "searchterm",
    "searchtext",
)
_SUBJECTS: Final = (
    *((each,) for each in ("text", "url", "address", "tel", "phone", "email", "domain", "ip")),
    ("lat", "lon"), ("lat", "lng"), ("latitude", "longitude"), ("id",),
)  # fmt: skip


def offered_body(operation: Operation, media: Media | None, skeleton: Skeleton) -> frozenset[str]:
    """Return labels of body fields: descriptions often leave out that a body is needed.

    Args:
        operation: the operation.
        media: what its body is sent as, or None.
        skeleton: knows the operation's schemas.
    """
    if media is None or operation.body is None or family(media.content_type) not in _FIELDS:
        return frozenset()
    if not operation.body.required and (
        operation.method not in WRITING or is_said_without_body(operation.body.description)
    ):
        return frozenset()
    if not skeleton.flattened(media.schema).get("properties"):
        return frozenset() if operation.body.required else frozenset({BODY})
    is_json = family(media.content_type) == "json"
    if text := _search_text(operation, skeleton.flattened(media.schema)):
        return frozenset({f"{BODY} {text}"})
    changes = operation.method != "POST"
    names = skeleton.offered(media.schema, media.example, whole=is_json, changes=changes)
    names += _upload(media, skeleton)
    as_whole = is_json and not names and skeleton.asks_nothing(media.schema)
    return frozenset({BODY} if as_whole else (f"{BODY} {name}" for name in names))


def _search_text(operation: Operation, flat: Mapping[str, Json]) -> str:
    """Return the field that is searched for, of a search whose body requires nothing, or ``""``."""
    needs = operation.body is None or operation.body.required or flat.get("required")
    if needs or not _SEARCHES.intersection(_said(operation)):
        return ""
    names = {"".join(words(name)): name for name in flat["properties"]}
    return next((names[each] for each in _TEXTS if each in names), "")


def _said(operation: Operation) -> list[str]:
    return words(f"{operation.path} {operation.operation_id} {operation.summary}")


def _upload(media: Media, skeleton: Skeleton) -> list[str]:
    """Return the first file of a form with parts that requires none: it is what the form is for."""
    flat = skeleton.flattened(media.schema)
    files = [
        name
        for name, each in flat.get("properties", {}).items()
        if is_file(skeleton.flattened(each), "") and family(media.content_type) == "multipart"
    ]
    return [] if set(files) & set(flat.get("required", ())) else files[:1]


def offered_parameters(
    operation: Operation, schema: Json, left_out: Callable[[Parameter], bool]
) -> frozenset[str]:
    """Return labels of what is required by words only, else of what a request is about.

    The latter where it requires nothing and gives no list.

    Args:
        operation: the operation.
        schema: JSON Schema of its response, or `MISSING`.
        left_out: tells of a parameter whether something else of the task sends it.
    """
    asked = [each for each in operation.parameters if not left_out(each)]
    optional = (each for each in asked if not each.required)
    said = {f"{e.location} {e.name}" for e in optional if is_said_required(e.description)}
    said |= _first_of_either(operation, asked)
    if said or any(each.required for each in asked):
        return frozenset(said)
    if operation.method != "GET":
        return _acted_on(operation, asked)
    open_ones = (e for e in asked if e.location == "query" and "default" not in _written(e.schema))
    names = {"".join(words(each.name)): each.name for each in open_ones}
    about = _said(operation)
    groups: list[tuple[str, ...]] = [(each,) for each in _TEXTS]
    groups = groups if _SEARCHES.intersection(about) else []
    if (
        schema is MISSING
        or Skeleton(operation.definitions).flattened(schema).get("type") != "array"
    ):
        groups += _SUBJECTS
    found = next((group for group in groups if set(group) <= names.keys()), ())
    return frozenset(f"query {names[each]}" for each in found)


def _first_of_either(operation: Operation, asked: list[Parameter]) -> set[str]:
    """Return the first of two parameters of which the words want one."""
    labels = {"".join(words(each.name)): f"{each.location} {each.name}" for each in asked}
    texts = (operation.description, *(each.description for each in asked))
    for pair in (pair for text in texts for pair in either_of(text)):
        first, second = ("".join(words(each)) for each in pair)
        if {first, second} <= labels.keys():
            return {labels[first]}
    return set()


def _acted_on(operation: Operation, asked: list[Parameter]) -> frozenset[str]:
    """Return the ids of what is changed or removed by a request that has nothing else to say it."""
    acts = operation.method != "POST" or _ACTS.intersection(_said(operation))
    ids = [each for each in asked if each.location == "query" and "id" in words(each.name)]
    if operation.body is not None or not acts or len(ids) > _MAX_IDS:
        return frozenset()
    own = [e for e in ids if not any(set(words(e.name)) > set(words(other.name)) for other in ids)]
    return frozenset(f"query {each.name}" for each in own)


def _written(schema: Json) -> Mapping[str, Json]:
    return schema if isinstance(schema, Mapping) else {}


def json_choice(parameter: Parameter, flat: Mapping[str, Json]) -> Json:
    """Return the choice of a parameter that asks for JSON, where another is the default."""
    last = next(reversed(words(parameter.name)), "")
    if parameter.location != "query" or last not in _FORMATS:
        return MISSING
    choices = flat.get("enum", ())
    found = next((each for each in choices if str(each).lower() == "json"), MISSING)
    usual = flat.get("default", MISSING)
    needed = parameter.required or (usual is not MISSING and usual != found)
    return found if needed else MISSING


def is_extension(name: str, path: str) -> bool:
    """Tell whether a path parameter says the format of the response: ``/pets.{format}``."""
    return f".{{{name}}}" in path and "".join(words(name)) in _EXTENSIONS


def names_nothing_to_create(operation: Operation) -> bool:
    """Tell whether an operation creates or sends something, and its description names no body."""
    said = words(f"{operation.operation_id} {operation.summary}")
    return operation.method == "POST" and not operation.body and bool(_CREATES.intersection(said))

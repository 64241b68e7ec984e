"""What a task sends although nothing requires it, because a request without it says nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from httptask.catalog.prepare.body import family
from httptask.catalog.prepare.optional import BODY
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, Json, Media, Operation, Parameter
from httptask.core.words import words

_WRITING: Final = frozenset({"POST", "PUT", "PATCH"})
_FIELDS: Final = frozenset({"json", "form", "multipart"})
_FORMATS: Final = frozenset({"format", "fmt", "output", "alt", "outputformat"})
_SEARCHES: Final = frozenset({"search", "find", "lookup", "autocomplete", "suggest", "query"})
_TEXTS: Final = frozenset(
    {"q", "query", "search", "term", "keyword", "keywords", "searchterm", "searchtext", "text"}
)


def offered_body(operation: Operation, media: Media | None, skeleton: Skeleton) -> frozenset[str]:
    """Return labels of body fields: descriptions often leave out that a body is needed.

    Args:
        operation: the operation.
        media: what its body is sent as, or None.
        skeleton: knows the operation's schemas.
    """
    if media is None or operation.body is None or family(media.content_type) not in _FIELDS:
        return frozenset()
    if not operation.body.required and operation.method not in _WRITING:
        return frozenset()
    if not skeleton.flattened(media.schema).get("properties"):
        return frozenset() if operation.body.required else frozenset({BODY})
    return frozenset(f"{BODY} {name}" for name in skeleton.offered(media.schema, media.example))


def offered_parameters(
    operation: Operation, left_out: Callable[[Parameter], bool]
) -> frozenset[str]:
    """Return the label of the text that is searched for, where a search requires nothing.

    Args:
        operation: the operation.
        left_out: tells of a parameter whether something else of the task sends it.
    """
    about = words(f"{operation.path} {operation.operation_id} {operation.summary}")
    if operation.method != "GET" or not _SEARCHES.intersection(about):
        return frozenset()
    query = [e for e in operation.parameters if e.location == "query" and not left_out(e)]
    texts = [each for each in query if "".join(words(each.name)) in _TEXTS]
    if any(each.required for each in query) or not texts:
        return frozenset()
    return frozenset({f"query {texts[0].name}"})


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

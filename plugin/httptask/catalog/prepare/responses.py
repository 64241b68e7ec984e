"""What an operation gives: its media types, its schema, and what a task makes of them."""

from __future__ import annotations

from typing import Final

from httptask.catalog.prepare.body import (
    FILE_KINDS,
    concrete,
    family,
    is_file,
    is_json,
    plain_first,
)
from httptask.catalog.prepare.literals import shape_of
from httptask.catalog.prepare.outputs import is_file_content, subject_of, suggest, unwrapped
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, Json, Media, Operation

_BODY: Final = "$.response.body"
_TABLES: Final = frozenset({"text/csv", "text/tab-separated-values"})
_WITHOUT_BODY: Final = frozenset({"204", "205"})
_STRUCTURE: Final = frozenset({"properties", "items", "additionalProperties", "anyOf", "oneOf"})


def success_media(operation: Operation) -> tuple[Media, ...]:
    """Return the media types of the responses that count as success.

    JSON comes first, plain JSON before a kind of it with the same schema; text that is listed as
    JSON beside a file is the file.
    """
    good = [response for response in operation.responses if response.successful]
    good = good or [response for response in operation.responses if response.status == "default"]
    media = [
        media
        for response in good
        if response.status not in _WITHOUT_BODY
        for media in response.media
    ]
    is_file_too = any(each.content_type.startswith(FILE_KINDS) for each in media)
    skeleton = Skeleton(operation.definitions)

    def rank(each: Media) -> int:
        structured = {"properties", "items"} & skeleton.flattened(each.schema).keys()
        if is_json(each.content_type) and (structured or not is_file_too):
            return 0
        return 1 if each.content_type.startswith(FILE_KINDS) else 2

    return tuple(plain_first(sorted(media, key=rank)))


def response_schema(operation: Operation) -> Json:
    """Return the JSON Schema of successful JSON responses, or `MISSING`."""
    skeleton = Skeleton(operation.definitions)
    schemas: list[Json] = []
    for media in success_media(operation):
        schema = unwrapped(media.schema, skeleton) if is_json(media.content_type) else True
        if schema not in (True, *schemas):
            schemas.append(schema)
    if not schemas:
        return MISSING
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def response_shape(operation: Operation) -> Json:
    """Return what is known of the JSON of a success: its schema, else one of its example."""
    schema = response_schema(operation)
    flat = Skeleton(operation.definitions).flattened(True if schema is MISSING else schema)
    if _STRUCTURE & flat.keys() or flat.get("type", "object") != "object":
        return schema
    media = (each for each in success_media(operation) if is_json(each.content_type))
    found = (each.example for each in media if isinstance(each.example, dict | list))
    return shape_of(next(found, MISSING)) or schema


def response_options(operation: Operation) -> dict[str, Json]:
    """Return the options of a task that say how a response is read and which outputs it has."""
    media = success_media(operation)
    if not media:
        return {"output": {"result": _BODY}} if _is_read(operation) else {}
    first = media[0]
    kind = family(first.content_type)
    if first.content_type.startswith("text/event-stream"):
        return {"response": {"format": "events"}, "output": {"events": _BODY}}
    if kind == "xml":
        return {"response": {"format": "xml"}, "output": {"result": _BODY}}
    if first.content_type.partition(";")[0].strip() in _TABLES:
        return {"response": {"format": "csv"}, "output": {"rows": _BODY}}
    schema = response_shape(operation)
    skeleton = Skeleton(operation.definitions)
    is_bytes = is_file(skeleton.resolved(first.schema), "") or is_file_content(schema, skeleton)
    if kind == "file" or is_bytes:
        return {"response": {"format": "file"}, "output": {"file": _BODY}}
    if schema is MISSING:
        return {"output": {"result": _BODY}}
    output = suggest(schema, skeleton, subject_of(operation))
    return {"output": output} if output else {}


def accepted_media(operation: Operation) -> str | list[Json]:
    """Return the media types that a task accepts: JSON, or what it gives instead."""
    kinds = [each.content_type for each in success_media(operation)]
    if kinds and is_json(kinds[0]) and "response" in response_options(operation):
        return "*/*"  # a file whose media type is not described
    if kinds and family(kinds[0]) == "file":
        files: list[Json] = [concrete(each) for each in kinds if family(each) == "file"]
        return files if len(files) > 1 else concrete(kinds[0])
    return concrete(kinds[0]) if kinds else "application/json"


def accepts_json(operation: Operation) -> bool:
    """Tell whether a task accepts JSON."""
    accepted = accepted_media(operation)
    return isinstance(accepted, str) and is_json(accepted)


def _is_read(operation: Operation) -> bool:
    """Tell whether an operation gives something although no media type is described."""
    statuses = [each.status for each in operation.responses if each.successful]
    statuses += [each.status for each in operation.responses if each.status == "default"]
    gives = not operation.responses or not _WITHOUT_BODY.issuperset(statuses)
    return operation.method == "GET" and gives

"""What an operation gives: the media types and the schema of its successful responses."""

from __future__ import annotations

from httptask.catalog.prepare.body import FILE_KINDS, is_json
from httptask.catalog.prepare.outputs import unwrapped
from httptask.catalog.prepare.skeleton import Skeleton
from httptask.catalog.values import MISSING, Json, Media, Operation


def success_media(operation: Operation) -> tuple[Media, ...]:
    """Return the media types of the responses that count as success.

    JSON comes first; text that is listed as JSON beside a file is the file.
    """
    good = [response for response in operation.responses if response.successful]
    good = good or [response for response in operation.responses if response.status == "default"]
    media = [media for response in good for media in response.media]
    is_file_too = any(each.content_type.startswith(FILE_KINDS) for each in media)
    skeleton = Skeleton(operation.definitions)

    def rank(each: Media) -> int:
        structured = {"properties", "items"} & skeleton.flattened(each.schema).keys()
        if is_json(each.content_type) and (structured or not is_file_too):
            return 0
        return 1 if each.content_type.startswith(FILE_KINDS) else 2

    return tuple(sorted(media, key=rank))


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

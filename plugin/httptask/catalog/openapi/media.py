"""Media types: schema, examples and encodings of request and response bodies."""

from __future__ import annotations

import re
from collections.abc import Mapping

from httptask.catalog.documents.resources import Node
from httptask.catalog.openapi.reading import Reading
from httptask.catalog.openapi.walking import expressive
from httptask.catalog.values import MISSING, Encoding, Json, Media

MEDIA_TYPE = re.compile(r"[^\s/;]+/[^\s/;]+\s*(;|\Z)")
"""A media type, or a range or template of some, as far as it matters here."""


def media_types(reading: Reading, content: Node) -> tuple[Media, ...]:
    """Read a ``content`` object; what is not a media type is noted."""
    return tuple(
        media
        for name, written in content.items()
        if not name.startswith("x-") and (media := _media(reading, name, written))
    )


def _media(reading: Reading, name: str, written: Node) -> Media | None:
    node = reading.follow(written)
    if node is None:
        return None
    if not isinstance(node.value, dict):
        reading.notes.add(written, "media_invalid", f"{name!r} has no description")
        return Media(name.strip().lower())
    if not MEDIA_TYPE.match(name.strip()):
        reading.notes.add(node, "media_invalid", f"{name[:60]!r} is not a media type")
    item = node.get("itemSchema")
    return Media(
        content_type=name.strip().lower(),
        schema=schema_of(reading, node),
        example=first_example(reading, node),
        encoding=_encodings(reading, node),
        item_schema=reading.schema(item) if item else MISSING,
    )


def schema_of(reading: Reading, node: Node) -> Json:
    """Return the converted ``schema`` member; True where there is none."""
    schema = node.get("schema")
    if schema is None or schema.value is None:
        return True
    return reading.schema(schema)


def first_example(reading: Reading, node: Node) -> Json:
    """Return the first example without expressions, or `MISSING`."""
    if "example" in node.value and not expressive(node.value["example"]):
        return node.value["example"]
    examples = node.get("examples")
    for _, written in examples.items() if examples else ():
        example = reading.follow(written)
        if example is not None and isinstance(example.value, dict):
            value = example.value.get("dataValue", example.value.get("value", MISSING))
            if value is not MISSING and not expressive(value):
                return value
    return MISSING


def _encodings(reading: Reading, node: Node) -> Mapping[str, Encoding]:
    result = {}
    encodings = node.get("encoding")
    for name, written in encodings.items() if encodings else ():
        if not isinstance(written.value, dict):
            reading.notes.add(written, "encoding_invalid", f"{name!r} has no encoding")
            continue
        explode = written.value.get("explode")
        result[name] = Encoding(
            written.text("contentType"),
            written.text("style"),
            explode if isinstance(explode, bool) else None,
        )
    return result

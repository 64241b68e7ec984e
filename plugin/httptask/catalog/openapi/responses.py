"""Responses of every dialect."""

from __future__ import annotations

from httptask.catalog.documents.resources import Node
from httptask.catalog.openapi.media import media_types, schema_of
from httptask.catalog.openapi.reading import Reading
from httptask.catalog.values import Media, Response


def read_responses(reading: Reading, operation: Node, root: Node) -> tuple[Response, ...]:
    """Read the responses; one that cannot be read is noted and left out."""
    responses = operation.get("responses")
    if responses is None or not isinstance(responses.value, dict):
        return ()
    statuses = {_status(name): each for name, each in responses.items() if name[:2] != "x-"}
    any_success = any(status[:1] == "2" for status in statuses)
    failing = reading.beside()
    found = []
    for status, written in statuses.items():
        success = status[:1] == "2" or not any_success
        response = _response(reading if success else failing, status, written, operation, root)
        found += [response] if response else []
    reading.take_failures(failing)
    return tuple(found)


def _response(
    reading: Reading, status: str, written: Node, operation: Node, root: Node
) -> Response | None:
    node = reading.follow(written)
    if node is None:
        return None
    if not isinstance(node.value, dict):
        reading.notes.add(written, "response_invalid", f"response {status} is not an object")
        return None
    old = reading.dialect == "2.0"
    media = _old_media(reading, node, operation, root) if old else reading.shared(node, _media)
    return Response(status, node.text("description"), media, reading.shared(node, _headers))


def _status(text: str) -> str:
    text = text.strip()
    return text.upper() if len(text) == 3 else text.lower()


def _media(reading: Reading, node: Node) -> tuple[Media, ...]:
    content = node.get("content")
    return media_types(reading, content) if content else ()


def _old_media(reading: Reading, node: Node, operation: Node, root: Node) -> tuple[Media, ...]:
    produces = operation.value.get("produces") or root.value.get("produces")
    kinds = [kind for kind in produces if isinstance(kind, str)] if produces else []
    if not isinstance(node.value.get("schema"), dict):
        kinds = [] if any("json" in kind.lower() for kind in kinds) else kinds
        return tuple(Media(kind.lower(), True) for kind in kinds)
    schema = schema_of(reading, node)
    return tuple(Media(kind.lower(), schema) for kind in kinds or ["application/json"])


def _headers(reading: Reading, node: Node) -> dict[str, str]:
    headers = node.get("headers")
    found = {}
    for name, written in headers.items() if headers else ():
        header = reading.follow(written)
        found[name] = header.text("description") if header else ""
    return found

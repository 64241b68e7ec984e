"""What people paste: a request in another format, or one item of a collection or recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httptask.app.import_ import read_requests, with_operations
from httptask.catalog.matching import Matcher
from httptask.core.json_text import encode
from httptask.definition.reading import parse
from httptask.errors import DefinitionError
from httptask.hooks import PluginManager

_MOST_REASONS = 50
_POSTMAN = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def read_pasted(text: str, manager: PluginManager, match: Matcher) -> dict[str, Any]:
    """Return ``{tasks, inputs, reasons}``: HTTP tasks, values of inputs, and what is not taken.

    A request that certainly calls an operation of the catalogue has its schemas and outputs.

    Raises:
        DefinitionError: the text holds no requests of a known format.
    """
    found = with_operations(read_requests(_whole(text), manager), match)
    return {
        "tasks": [each.task for each in found.tasks],
        "inputs": found.defaults,
        "reasons": [each.message for each in found.reasons][:_MOST_REASONS],
    }


def _whole(text: str) -> bytes:
    """Return the document that an item stands in: a recording's entry, or a collection's item."""
    try:
        value = parse(text.encode())
    except DefinitionError:
        return text.encode()
    if not isinstance(value, Mapping) or not isinstance(value.get("request"), Mapping):
        return text.encode()
    if "httpVersion" in value["request"] or "startedDateTime" in value:
        return encode({"log": {"version": "1.2", "entries": [value]}})
    info = {"name": str(value.get("name", "item")), "schema": _POSTMAN}
    return encode({"info": info, "item": [value]})

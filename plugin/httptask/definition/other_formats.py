"""Formats of others that people give to a command which reads another one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_CATALOG: Final = "httptask catalog add reads it, httptask new and add make tasks of its operations"
_IMPORT: Final = "httptask import makes tasks of its requests"
_NONE: Final = "it is not imported"


@dataclass(frozen=True, slots=True)
class OtherFormat:
    """A format that is none of ours.

    Attributes:
        name: what a file of it is, such as ``a Postman collection``.
        hint: the command that takes it.
    """

    name: str
    hint: str = ""


_HAR: Final = OtherFormat("a HAR", f"{_IMPORT}, httptask fixtures and --mock take its responses")
_POSTMAN: Final = OtherFormat("a Postman collection", _IMPORT)
_INSOMNIA: Final = OtherFormat("an export of Insomnia", _IMPORT)
_BRUNO: Final = OtherFormat("a Bruno request", _IMPORT)
API: Final = OtherFormat("an API description", _CATALOG)
"""What the catalogue reads."""
_KEYS: Final = {
    "workflowId": OtherFormat("an execution of a workflow"),
    "openapi": API,
    "swagger": API,
    "discoveryVersion": API,
    "arazzo": OtherFormat("an Arazzo description", _NONE),
    "StartAt": OtherFormat("a Step Functions state machine", _NONE),
    "nodes": OtherFormat("an n8n workflow", _NONE),
    "opencollection": OtherFormat("a Bruno collection in one file", _NONE),
    "__export_format": _INSOMNIA,
}
_START: Final = r"\A(?:[ \t]*(?:#[^\n]*)?\n)*\s*"
_TEXTS: Final = tuple(
    (re.compile(_START + sign), found)
    for sign, found in (
        (r"(?:\$ )?curl(?:\.exe)?\s", OtherFormat("a curl command", _IMPORT)),
        (r"(?:meta|http|get|post|put|patch|delete) \{\s*\n", _BRUNO),
        (r"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (?:https?://|\{\{|/)",
         OtherFormat("a file of requests", _IMPORT)),
        (r"(?:await\s+)?fetch\(", OtherFormat("a call of fetch", _IMPORT)),
        (r"(?:\$\w+\s*=\s*)?(?:Invoke-(?:RestMethod|WebRequest)|irm|iwr)\s",
         OtherFormat("a PowerShell command", _IMPORT)),
        (r"(?:import requests|from requests import)\b", OtherFormat("Python code", _NONE)),
        (r"(?:\$ )?https?\s+(?!://)\S", OtherFormat("an HTTPie command", _NONE)),
        (r"(?:---\s*\n)?(?:openapi|swagger)\s*:", API),
        (r"(?:---\s*\n)?type:\s*\"?collection\.insomnia", _INSOMNIA),
    )
)  # fmt: skip
MAX_SIGNS: Final = 4096
"""Characters of a text that are looked at."""


def other_format(value: Any) -> OtherFormat | None:
    """Return the format that a JSON value or a text has the signs of, or None.

    Args:
        value: a parsed document, or a text that is none.
    """
    if isinstance(value, str):
        text = value[:MAX_SIGNS].removeprefix("\ufeff")
        return next((found for sign, found in _TEXTS if sign.match(text)), None)
    if not isinstance(value, Mapping):
        return None
    info, log, http = (_object(value, name) for name in ("info", "log", "http"))
    if "item" in value and ("_postman_id" in info or "name" in info):
        return _POSTMAN
    if isinstance(log.get("entries"), list):
        return _HAR
    if "method" in http and info:
        return _BRUNO
    if str(value.get("type")).startswith("collection.insomnia"):
        return _INSOMNIA
    return next((found for key, found in _KEYS.items() if key in value), None)


def _object(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, Mapping) else {}

"""What a Conductor server's responses mean: values, or errors that say what the server says."""

from __future__ import annotations

import json
from typing import Any, Final

from httptask.core.json_text import decode
from httptask.errors import EngineError

WORTH_REPEATING: Final = frozenset({429, 500, 502, 503, 504})
_CODES: Final = {
    401: "server_unauthorized",
    403: "server_unauthorized",
    404: "server_not_found",
    405: "server_not_found",
}
_SHOWN: Final = 500


def value_of(call: str, base: str, status: int, media_type: str, data: bytes) -> Any:
    """Return the value of a response: JSON, a text, or None where it is empty.

    Args:
        call: method and path, for errors.
        base: address of the API, for errors.
        status: the response's status.
        media_type: value of its Content-Type, or "".
        data: its body.

    Raises:
        EngineError: the server refuses, or this is not its API.
    """
    if status >= 300:
        reason = _reason(data.decode("utf-8", "replace"))
        raise EngineError(
            f"{call}: the server responded with {status}: {reason}",
            code=_CODES.get(status, "server_refused"),
            hint="set CONDUCTOR_AUTH_KEY and CONDUCTOR_AUTH_SECRET" if status == 401 else "",
            retryable=status in WORTH_REPEATING,
        )
    if media_type.startswith("text/html"):
        raise EngineError(
            f"{base} is not the API of a Conductor server",
            code="server_not_found",
            hint="the address ends where /api begins",
        )
    if not data:
        return None
    return _read(call, data) if "json" in media_type else data.decode("utf-8", "replace")


def _read(call: str, data: bytes) -> Any:
    try:
        return decode(data)
    except (ValueError, RecursionError) as error:
        raise EngineError(
            f"{call}: the server's response cannot be read as JSON", code="server_refused"
        ) from error


def _reason(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text[:_SHOWN]
    if not isinstance(document, dict):
        return text[:_SHOWN]
    problems = document.get("validationErrors")
    found = problems if isinstance(problems, list) else []
    details = "; ".join(str(each.get("message", "")) for each in found if isinstance(each, dict))
    return (details or str(document.get("message", "")) or text)[:_SHOWN]

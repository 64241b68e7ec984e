"""Where the parts of an HTTP task stand in its inputs, as written, in either of the two shapes.

Wrapped: ``{"http_request": {...}, "httptask": {...}}``. Flat: the request's fields directly, with
``httptask`` beside them. A null ``http_request`` is the flat shape; any other one wins over flat
fields beside it, and fields are read from an object only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from httptask.definition.reading import escape

WRAPPER: Final = "http_request"
OPTIONS: Final = "httptask"


def written_request(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the object in ``inputParameters`` that holds ``uri`` and ``method``."""
    wrapper = inputs.get(WRAPPER)
    return inputs if wrapper is None else _object(wrapper)


def request_place(inputs: Mapping[str, Any]) -> str:
    """Return where that object stands: "/http_request" or ""."""
    return "" if inputs.get(WRAPPER) is None else f"/{WRAPPER}"


def written_options(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``httptask`` in ``inputParameters``; no fields if it is absent."""
    return _object(inputs.get(OPTIONS))


def written_auth(inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return ``httptask.auth`` in ``inputParameters``; no fields if it is absent."""
    return _object(written_options(inputs).get("auth"))


def stated_type(request: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the media type that a request states as written, and where below the request."""
    headers = request.get("headers")
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        if str(name).lower() == "content-type":
            return value, f"/headers/{escape(str(name))}"
    return request.get("contentType"), "/contentType"


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}

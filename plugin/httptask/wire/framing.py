"""The header lines that frame a request's body: written from the body, whatever stood there."""

from __future__ import annotations

from httptask.core.message import Headers, HttpRequest
from httptask.core.methods import WITH_CONTENT

_LENGTH = "Content-Length"
_FRAMING = frozenset({"content-length", "transfer-encoding"})


def framed(request: HttpRequest) -> HttpRequest:
    """Return the request with its body's length as its only framing; itself if it is so already."""
    body, lines = request.body, request.headers.lines
    has_length = body is not None or request.method in WITH_CONTENT
    wanted = [(_LENGTH, str(body.size if body else 0))] if has_length else []
    if [line for line in lines if line[0].lower() in _FRAMING] == wanted:
        return request
    others = [line for line in lines if line[0].lower() not in _FRAMING]
    return request.with_headers(Headers([*others, *wanted]))

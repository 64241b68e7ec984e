"""The header lines that frame a request's body: written from the body, whatever stood there."""

from __future__ import annotations

from httptask.core.message import Headers, HttpRequest
from httptask.core.methods import WITH_CONTENT

_LENGTH, _CODING = "Content-Length", "Transfer-Encoding"


def framed(request: HttpRequest) -> HttpRequest:
    """Return the request with its body's length as its only framing."""
    headers = request.headers
    if _LENGTH in headers or _CODING in headers:
        headers = headers.without(_LENGTH, _CODING)
    body = request.body
    if body is not None or request.method in WITH_CONTENT:
        headers = Headers((*headers.lines, (_LENGTH, str(body.size if body else 0))))
    return request if headers is request.headers else request.with_headers(headers)

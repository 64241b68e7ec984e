"""How a request is written: the head, and a body that is as long as the head says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest
from httptask.core.methods import WITH_CONTENT
from httptask.errors import InputError, TransportError

_LENGTH = "Content-Length"
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_NOT_SENDABLE = re.compile("[^\x01-\x09\x0b\x0c\x0e-\xff]")
_PIECE = 256 * 1024


def framed(request: HttpRequest) -> HttpRequest:
    """Return the request with its body's length as its only framing."""
    body = request.body
    lines = [line for line in request.headers.lines if line[0].lower() not in _FRAMING]
    if body is not None or request.method in WITH_CONTENT:
        lines.append((_LENGTH, str(body.size if body else 0)))
    return request.with_headers(Headers(lines))


def head(method: str, target: str, lines: Iterable[tuple[str, str]]) -> bytes:
    """Return the request line and the header lines as bytes.

    Raises:
        InputError: a character cannot be sent.
    """
    texts = [f"{method} {target} HTTP/1.1", *[f"{name}: {value}" for name, value in lines]]
    if _NOT_SENDABLE.search("".join(texts)):
        raise InputError(
            "a header has a line break, NUL or a character outside Latin-1",
            code="header_value_invalid",
            retryable=False,
        )
    return "\r\n".join([*texts, "\r\n"]).encode("latin-1")


def pieces(body: Body) -> Iterator[bytes]:
    """Yield the body in pieces so small that a timeout means silence, not slowness.

    Raises:
        TransportError: it has more or fewer bytes than its size says.
    """
    sent = 0
    for chunk in body.chunks():
        sent += len(chunk)
        if sent > body.size:
            break
        for at in range(0, len(chunk), _PIECE):
            yield chunk[at : at + _PIECE]
    if sent != body.size:
        found = "more" if sent > body.size else f"only {sent}"
        raise TransportError(
            f"the body is said to have {body.size} bytes, but has {found}",
            code="body_size_wrong",
            retryable=False,
        )

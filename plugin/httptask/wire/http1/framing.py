"""What is written to a connection: the head and the body, which is as long as the head says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from httptask.core.body import Body
from httptask.errors import InputError, TransportError
from httptask.wire.http1.connection import Stream

_NOT_SENDABLE = re.compile("[^\x01-\x09\x0b\x0c\x0e-\xff]")
_PIECE = 256 * 1024


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


def send(stream: Stream, start: bytes, body: Body | None) -> None:
    """Send a head and a body; the head goes with the first piece of the body.

    Raises:
        TransportError: the body has more or fewer bytes than its size says.
        OSError: the connection broke, or took nothing for too long.
    """
    for piece in pieces(body) if body else ():
        stream.send(start + piece)
        start = b""
    stream.send(start)


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

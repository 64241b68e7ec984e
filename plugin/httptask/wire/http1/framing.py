"""What is written to a connection: the head and the body, which is as long as the head says."""

from __future__ import annotations

import re
from collections.abc import Iterable

from httptask.core.body import Body
from httptask.errors import InputError, TransportError
from httptask.wire.http1.connection import Stream

_NOT_SENDABLE = re.compile("[^\x01-\x09\x0b\x0c\x0e-\xff]")
_TOGETHER = 64 * 1024


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
    """Send a head and a body; the head goes with the first bytes of the body.

    Raises:
        TransportError: the body has more or fewer bytes than its size says.
        OSError: the connection broke, or took nothing for too long.
    """
    size, sent = (body.size, 0) if body else (0, 0)
    for chunk in body.chunks() if body else ():
        sent += len(chunk)
        if sent > size:
            break
        stream.send(start + chunk[:_TOGETHER])
        stream.send(memoryview(chunk)[_TOGETHER:])
        start = b""
    if sent != size:
        found = "more" if sent > size else f"only {sent}"
        raise TransportError(
            f"the body is said to have {size} bytes, but has {found}",
            code="body_size_wrong",
            retryable=False,
        )
    stream.send(start)

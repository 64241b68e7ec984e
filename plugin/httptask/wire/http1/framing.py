"""What is written to a connection: the head and the body, which is as long as the head says."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator

from httptask.core.body import Body
from httptask.errors import InputError, TransportError

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


def send(sock: socket.socket, start: bytes, body: Body | None) -> None:
    """Send a head and a body; the head goes with the first piece of the body.

    Raises:
        TransportError: the body has more or fewer bytes than its size says.
        OSError: the connection broke, or took nothing for too long.
    """
    size, sent = (0, 0) if body is None else (body.size, 0)
    for piece in _pieces(body):
        sent += len(piece)
        if sent > size:
            break
        sock.sendall(start + piece)
        start = b""
    if sent != size:
        found = "more" if sent > size else f"only {sent}"
        raise TransportError(
            f"the body is said to have {size} bytes, but has {found}",
            code="body_size_wrong",
            retryable=False,
        )
    if start:
        sock.sendall(start)


def _pieces(body: Body | None) -> Iterator[bytes]:
    """Yield the body in pieces so small that a timeout means silence, not slowness."""
    for chunk in body.chunks() if body else ():
        for at in range(0, len(chunk), _PIECE):
            yield chunk[at : at + _PIECE]

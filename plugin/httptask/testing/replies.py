"""What a handler of a loopback server responds with.

A handler takes a `ReceivedRequest` and returns an `AnyReply`: a `Reply` for well-formed HTTP, a
`RawReply` for the exact bytes of anything else. Bodies may be iterables in which a number is a
pause in seconds, so that a slow or streamed body is a plain list.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

from httptask.testing.wire import Connection, ReceivedRequest

HeaderPairs = tuple[tuple[str, str], ...]
Parts = Iterable[bytes | float]


class AnyReply(Protocol):
    """Anything that can respond to a request on its connection."""

    def send_on(self, connection: Connection, request: ReceivedRequest) -> bool:
        """Send the response; return whether the connection may be used again."""


Handler = Callable[[ReceivedRequest], AnyReply]


@dataclass(frozen=True, slots=True)
class Reply:
    """A well-formed HTTP response.

    Attributes:
        status: three digits.
        headers: sent as given, in order, repeated ones repeated. ``Content-Length`` (bytes) or
            ``Transfer-Encoding: chunked`` (an iterable) is added unless one of them is there.
        body: bytes, or an iterable of bytes and pauses (a number, seconds).
        reason: reason phrase; the standard one when None.
        delay: seconds to wait before the first byte.
    """

    status: int = 200
    headers: HeaderPairs = ()
    body: bytes | Parts = b""
    reason: str | None = None
    delay: float = 0.0

    def send_on(self, connection: Connection, request: ReceivedRequest) -> bool:
        """Send the response; return whether the connection may be used again."""
        connection.pause(self.delay)
        chunked = self._chunked(request)
        reusable = request.keep_alive and self._reusable(chunked)
        head = self._head(chunked, reusable)
        if request.method == "HEAD" or self.status in (204, 304):
            connection.send(head)
        elif isinstance(self.body, bytes):
            connection.send(head + self.body)
        else:
            connection.send(head)
            _send_parts(connection, _chunks(self.body) if chunked else self.body)
        return reusable

    def _has(self, name: str) -> bool:
        return any(key.lower() == name for key, _ in self.headers)

    def _chunked(self, request: ReceivedRequest) -> bool:
        streamed = not isinstance(self.body, bytes) and not self._has("content-length")
        return streamed and request.version != "HTTP/1.0"

    def _reusable(self, chunked: bool) -> bool:
        framed = chunked or isinstance(self.body, bytes) or self._has("content-length")
        return framed and ("connection", "close") not in {
            (name.lower(), value.lower()) for name, value in self.headers
        }

    def _head(self, chunked: bool, reusable: bool) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {self._reason()}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if chunked:
            lines.append("Transfer-Encoding: chunked")
        elif isinstance(self.body, bytes) and self.status != 204 and not self._has_framing():
            lines.append(f"Content-Length: {len(self.body)}")
        if not reusable and not self._has("connection"):
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def _has_framing(self) -> bool:
        return self._has("content-length") or self._has("transfer-encoding")

    def _reason(self) -> str:
        if self.reason is not None:
            return self.reason
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return "Unknown"


@dataclass(frozen=True, slots=True)
class RawReply:
    """Exact bytes, well-formed or not; the connection closes after them.

    Attributes:
        parts: bytes and pauses (a number, seconds).
        reset: close with a TCP reset instead of an orderly end.
    """

    parts: Parts = ()
    reset: bool = False

    def send_on(self, connection: Connection, request: ReceivedRequest) -> bool:
        """Send the bytes; the connection is never used again."""
        _send_parts(connection, self.parts)
        if self.reset:
            linger = struct.pack("ii", 1, 0)
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        return False


def json_reply(value: Any, status: int = 200, headers: HeaderPairs = ()) -> Reply:
    """Build a reply with a JSON body."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Reply(status, (("Content-Type", "application/json"), *headers), body)


def text_reply(text: str, status: int = 200, headers: HeaderPairs = ()) -> Reply:
    """Build a reply with a UTF-8 text body."""
    return Reply(status, (("Content-Type", "text/plain; charset=utf-8"), *headers), text.encode())


def _send_parts(connection: Connection, parts: Parts) -> None:
    for part in parts:
        if isinstance(part, bytes):
            connection.send(part)
        else:
            connection.pause(part)


def _chunks(parts: Parts) -> Parts:
    for part in parts:
        if not isinstance(part, bytes):
            yield part
        elif part:
            yield b"%x\r\n%b\r\n" % (len(part), part)
    yield b"0\r\n\r\n"

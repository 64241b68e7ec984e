"""HTTP/1.1 as it stands on the wire: one connection of a loopback server and what it received.

Written here instead of taken from ``http.server`` because that one normalises: it collapses a
leading ``//``, folds headers and hides the request line. A test about encoding needs the bytes.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl

MAX_HEAD = 1 << 20


class MalformedRequestError(ValueError):
    """The client sent something that is not an HTTP/1.x request."""


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request as it arrived.

    Attributes:
        method: as written, upper or lower case.
        target: the request target, raw: still percent-encoded, absolute-form for a proxy.
        version: ``HTTP/1.1`` or ``HTTP/1.0``.
        headers: (name, value) in order, repeated ones repeated, names as written; latin-1.
        body: content after transfer decoding (chunks joined), content codings untouched.
        head: request line and headers, the exact bytes, with the empty line.
        connection: 1 for the first connection the server accepted, 2 for the second, ...
        at: ``time.monotonic()`` when the last byte had arrived, seconds.
    """

    method: str
    target: str
    version: str = "HTTP/1.1"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    head: bytes = b""
    connection: int = 0
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        """The path of the target, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query of the target without ``?``, still percent-encoded."""
        return self.target.partition("?")[2]

    @property
    def arguments(self) -> list[tuple[str, str]]:
        """The query as decoded (name, value) pairs in order, form rules (``+`` is a space)."""
        return parse_qsl(self.query, keep_blank_values=True)

    def argument(self, name: str, default: str = "") -> str:
        """Return the first value of a query argument, or ``default``."""
        return next((value for key, value in self.arguments if key == name), default)

    def all(self, name: str) -> list[str]:
        """Return every value of a header in order; the name in any case."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    def header(self, name: str, default: str = "") -> str:
        """Return the first value of a header, or ``default``; the name in any case."""
        return next(iter(self.all(name)), default)

    @property
    def text(self) -> str:
        """The body as UTF-8; bytes that are not UTF-8 become U+FFFD."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body as JSON; raises ``ValueError`` if it is none."""
        return json.loads(self.body)

    @property
    def keep_alive(self) -> bool:
        """Whether the client is willing to use the connection again."""
        wish = self.header("Connection").lower()
        return wish == "keep-alive" if self.version == "HTTP/1.0" else wish != "close"


class Connection:
    """One accepted socket of a loopback server.

    Attributes:
        socket: the accepted socket, TLS already on it where the server has TLS.
        number: 1 for the first connection of the server, 2 for the second, ...
    """

    def __init__(self, sock: socket.socket, number: int, closing: threading.Event) -> None:
        self.socket = sock
        self.number = number
        self._closing = closing
        self._reader = cast("BinaryIO", sock.makefile("rb", buffering=1 << 16))

    @property
    def closing(self) -> bool:
        """Whether the server is closing."""
        return self._closing.is_set()

    def send(self, data: bytes) -> None:
        """Send all of ``data``; raises ``OSError`` when the client has gone."""
        self.socket.sendall(data)

    def pause(self, seconds: float) -> None:
        """Wait; raises ``ConnectionAbortedError`` when the server closes meanwhile."""
        if seconds > 0 and self._closing.wait(seconds):
            raise ConnectionAbortedError("the server is closing")

    def receive(self) -> ReceivedRequest | None:
        """Read one request, or None when the client has closed the connection.

        Raises:
            MalformedRequestError: what came is not an HTTP/1.x request.
            OSError: the client has gone in the middle.
        """
        head = self._read_head()
        if not head:
            return None
        method, target, version, headers = parse_head(head)
        received = ReceivedRequest(method, target, version, headers)
        if received.header("Expect").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._read_body(received)
        return ReceivedRequest(method, target, version, headers, body, head, self.number)

    def close(self) -> None:
        """Close the socket; never fails."""
        for closable in (self._reader, self.socket):
            try:
                closable.close()
            except OSError:
                continue

    def _read_head(self) -> bytes:
        lines = []
        size = 0
        while line := self._reader.readline(MAX_HEAD):
            lines.append(line)
            size += len(line)
            if line == b"\r\n" and len(lines) > 1:
                return b"".join(lines)
            if size > MAX_HEAD:
                raise MalformedRequestError("the head is too long")
        if lines:
            raise MalformedRequestError("the connection ended inside the head")
        return b""

    def _read_body(self, request: ReceivedRequest) -> bytes:
        if request.header("Transfer-Encoding").lower().endswith("chunked"):
            return b"".join(iter(self._read_chunk, b""))
        length = request.header("Content-Length", "0")
        if not length.isdigit():
            raise MalformedRequestError(f"Content-Length is {length!r}")
        return self._read_exactly(int(length))

    def _read_chunk(self) -> bytes:
        size_line = self._reader.readline(1024)
        try:
            size = int(size_line.partition(b";")[0], 16)
        except ValueError:
            raise MalformedRequestError(f"chunk size is {size_line!r}") from None
        if size == 0:
            while self._reader.readline(MAX_HEAD) not in (b"\r\n", b""):
                continue
            return b""
        chunk = self._read_exactly(size)
        if self._reader.readline(2) != b"\r\n":
            raise MalformedRequestError("a chunk is longer than its size")
        return chunk

    def _read_exactly(self, size: int) -> bytes:
        data = self._reader.read(size)
        if len(data) != size:
            raise MalformedRequestError(f"the body ended after {len(data)} of {size} bytes")
        return data


def parse_head(head: bytes) -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    """Split the bytes of a request's head into method, target, version and headers.

    Raises:
        MalformedRequestError: the request line or a header is not HTTP/1.x.
    """
    lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = lines[0].split(" ")
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise MalformedRequestError(f"the request line is {lines[0]!r}")
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise MalformedRequestError(f"a header line is {line!r}")
        headers.append((name, value.strip(" \t")))
    return parts[0], parts[1], parts[2], tuple(headers)

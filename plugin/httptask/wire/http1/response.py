"""A response on a connection: its head read strictly, its body in pieces.

The standard library's class is not used. It takes a connection that ends inside the head for the
head's end, a line that is not a header for the start of the body, and a sign for part of a chunk's
size; it loses what arrives behind a response; and it takes longer than all the rest of a short one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

from httptask.core.message import Headers
from httptask.errors import TransportError
from httptask.wire.header_lines import fields, lines_of

_MOST_HEAD = 256 * 1024
_MOST_INTERIM = 100
_READ_SIZE = 64 * 1024
_PIECE = 1024 * 1024
_LONGEST_LINE = 8192
_STATUS_LINE = re.compile(r"HTTP/(1\.[0-9])\s+([1-9][0-9]{2})(?:\s(.*))?", re.DOTALL)
_HEAD_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(r"0*[0-9]{1,18}")
_FIRST_CHUNK = re.compile(
    rb"[ \t]{0,9}0{0,99}([0-9A-Fa-f]{1,15})[ \t]{0,99}(?:;[^\n]{0,8000}|\r?)\n"
)
_NEXT_CHUNK = re.compile(rb"\r?\n" + _FIRST_CHUNK.pattern)
_SWITCHING = 101
_ENDLESS = sys.maxsize
_NO_CODINGS = frozenset({"", "identity"})
_BODILESS = frozenset({204, 304, _SWITCHING})


class ProtocolError(ConnectionError):
    """What arrived is not a response of HTTP/1, or not all of one."""


class WireResponse:
    """One response.

    Args:
        recv: gives the next bytes, at most so many; none at the end.
        method: the request's method.

    Raises:
        ProtocolError: this is not a response of HTTP/1, its head is cut short, or its framing makes
            no sense.
        TransportError: its head is too large.
        OSError: the connection broke, or was silent for too long.
    """

    def __init__(self, recv: Callable[[int], bytes], method: str) -> None:
        self._recv = recv
        self._data, self._at, self._room = b"", 0, _MOST_HEAD
        self.status = 0
        for _ in range(_MOST_INTERIM):
            lines = lines_of(self._until_blank_line())
            line = lines.pop(0)
            found = _STATUS_LINE.fullmatch(line)
            if found is None:
                raise ProtocolError(f"the response begins with {line[:80]!r}, which is not HTTP/1")
            self.status, self.reason = int(found[2]), (found[3] or "").strip(" \t\r")
            if self.status >= 200 or self.status == _SWITCHING:
                break
        else:
            raise ProtocolError(f"got {_MOST_INTERIM} interim responses")
        self.headers = Headers(fields(lines))
        self.version = "1.0" if found[1] == "1.0" else "1.1"
        tunnel = method == "CONNECT" and self.status < 300
        self._frame(bodiless=tunnel or self.status in _BODILESS or method == "HEAD")

    @property
    def is_all(self) -> bool:
        """Tell whether it was read, and is all that arrived."""
        return self._complete and self._at == len(self._data)

    @property
    def reusable(self) -> bool:
        """Tell whether its connection can be used again."""
        return self.is_all and not self._once

    def _until_blank_line(self) -> bytes:
        """Return what comes before the next blank line."""
        data, seen = bytearray(self._data[self._at :]), 0
        while (end := _HEAD_END.search(data, seen)) is None and len(data) <= self._room:
            seen = max(len(data) - 2, 0)
            more = self._recv(_READ_SIZE)
            if not more:
                cut = "inside the head of its response" if data else "without a response"
                raise ProtocolError(f"the server closed the connection {cut}")
            data += more
        if end is None or end.start() > self._room:
            begun = _STATUS_LINE.match(data[:16].decode("latin-1"))
            status = int(begun[2]) if begun else self.status
            raise TransportError(
                f"the head of the response has more than {_MOST_HEAD} bytes",
                code="head_too_large",
                retryable=False,
                status=status if status >= 200 else None,
            )
        self._room -= end.start()
        self._data, self._at = bytes(data), end.end()
        return self._data[: end.start()]

    def _frame(self, *, bodiless: bool) -> None:
        """Find out where the body ends (RFC 9112, section 6.3)."""
        self._chunked = self._is_chunked()
        self._opening, self._last = _FIRST_CHUNK, not self._chunked
        self._due = 0 if self._chunked else self._stated_length()
        self._until_closed = self._due == _ENDLESS and not bodiless
        framed_twice = self._chunked and "Content-Length" in self.headers
        switched = self.status == _SWITCHING
        self._once = self._until_closed or framed_twice or switched or self._says_close()
        self._complete = bodiless or not (self._due or self._chunked)

    def _is_chunked(self) -> bool:
        codings = [each for each in self._listed("Transfer-Encoding") if each not in _NO_CODINGS]
        if codings and codings != ["chunked"]:
            raise ProtocolError("the Transfer-Encoding of the response is not chunked")
        return bool(codings)

    def _stated_length(self) -> int:
        values = set(self._listed("Content-Length"))
        if not values:
            return _ENDLESS
        value = values.pop()
        if values or not _LENGTH.fullmatch(value):
            raise ProtocolError("the Content-Length of the response is not a number")
        return int(value[-18:])

    def _listed(self, name: str) -> list[str]:
        values = self.headers.get_all(name)
        stated = ",".join(values).lower().split(",") if values else ()
        return [part.strip(" \t") for part in stated]

    def _says_close(self) -> bool:
        said = (self.headers.get("Connection") or "").lower()
        return "close" in said if self.version == "1.1" else "keep-alive" not in said

    def chunks(self) -> Iterator[bytes]:
        """Yield the body, as much at once as has arrived, at most 1 MiB.

        Raises:
            ProtocolError: the body broke off before its end, or its chunks make no sense.
            TransportError: what follows its last chunk is too large.
            OSError: the connection broke, or was silent for too long.
        """
        while not self._complete:
            if arrived := self._arrived():
                yield arrived
            if self._due or not self._last:
                self._receive()
            else:
                self._end()

    def _arrived(self) -> bytes:
        """Return what of the body has arrived, the lines of chunks taken out."""
        data, at, due, parts = self._data, self._at, self._due, []
        while True:
            if part := data[at : at + due]:
                parts.append(part)
                at += len(part)
                due -= len(part)
            found = None if due or self._last else self._opening.match(data, at)
            if found is None:
                break
            due, at = int(found[1], 16), found.end()
            self._opening, self._last = _NEXT_CHUNK, not due
        self._at, self._due = at, due
        return b"".join(parts)

    def _receive(self) -> None:
        rest = self._data[self._at :]
        lines = 1 if self._opening is _FIRST_CHUNK else 2
        if not self._due and (rest.count(b"\n") >= lines or len(rest) > _LONGEST_LINE):
            raise ProtocolError("a chunk has no size")  # whatever follows
        more = self._recv(_PIECE if self._due > _READ_SIZE else _READ_SIZE)
        if not more and not self._until_closed:
            missing = "its last chunk is" if self._chunked else f"{self._due} bytes are"
            raise ProtocolError(f"{missing} missing")
        self._complete = not more
        self._data, self._at = rest + more, 0

    def _end(self) -> None:
        if self._chunked:
            self._at -= 1  # a blank line ends the trailers, or follows the last chunk's at once
            with suppress(ProtocolError):  # a peer may close instead
                self._until_blank_line()
        self._complete = True

"""A response on a connection: its head read strictly, its body in pieces.

The standard library's class is not used. It takes a connection that ends inside the head for the
head's end, a line that is not a header for the start of the body, and a sign for part of a chunk's
size; it loses what arrives behind a response; and it takes longer than all the rest of a short one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import quote_from_bytes

from httptask.core.message import Headers
from httptask.wire.http1.failures import HeadTooLargeError, ProtocolError

MOST_HEAD = 256 * 1024
_MOST_INTERIM = 100
_READ_SIZE = 64 * 1024
_PIECE = 1024 * 1024
_LONGEST_LINE = 8192
_STATUS_LINE = re.compile(r"HTTP/(1\.[0-9])\s+([1-9][0-9]{2})(?:\s(.*))?", re.DOTALL)
_HEAD_END = re.compile(rb"\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_LENGTH = re.compile(r"0*[0-9]{1,18}")
_FIRST_CHUNK = re.compile(
    rb"[ \t]{0,9}0{0,99}([0-9A-Fa-f]{1,15})[ \t]{0,99}(?:;[^\n]{0,8000}|\r?)\n"
)
_NEXT_CHUNK = re.compile(rb"\r?\n" + _FIRST_CHUNK.pattern)
_SWITCHING = 101
_BODILESS = frozenset({204, 304, _SWITCHING})


class WireResponse:
    """One response.

    Args:
        recv: gives the next bytes, at most so many; none at the end.
        method: the request's method.

    Raises:
        ProtocolError: this is not a response of HTTP/1, its head is cut short or too large, or its
            framing makes no sense.
        OSError: the connection broke, or was silent for too long.
    """

    def __init__(self, recv: Callable[[int], bytes], method: str) -> None:
        self._recv = recv
        self._data, self._at, self._room = b"", 0, MOST_HEAD
        self.status = 0
        for _ in range(_MOST_INTERIM):
            lines = _lines(self._until_blank_line())
            version, self.status, self.reason = _status(lines.pop(0))
            if self.status >= 200 or self.status == _SWITCHING:
                break
        else:
            raise ProtocolError(f"got {_MOST_INTERIM} interim responses")
        self.headers = Headers(_fields(lines))
        self.version = "1.0" if version == "1.0" else "1.1"
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
        data: bytes | bytearray = self._data
        start, seen = self._at, self._at
        while (end := _HEAD_END.search(data, seen)) is None and len(data) - start <= self._room:
            seen = max(start, len(data) - 2)
            more = self._recv(_READ_SIZE)
            if not more:
                cut = "inside the head of its response" if data else "without a response"
                raise ProtocolError(f"the server closed the connection {cut}")
            data = bytearray(data) if seen and isinstance(data, bytes) else data
            data += more
        found = len(data) if end is None else end.start()
        self._room -= found - start
        if self._room < 0:
            begun = _STATUS_LINE.match(data[start : start + 16].decode("latin-1"))
            status = int(begun[2]) if begun else self.status
            raise HeadTooLargeError(MOST_HEAD, status if status >= 200 else None)
        self._data, self._at = bytes(data), end.end() if end else found
        return self._data[start:found]

    def _frame(self, *, bodiless: bool) -> None:
        """Find out where the body ends (RFC 9112, section 6.3)."""
        self._chunked = self._is_chunked()
        self._length = None if self._chunked else self._stated_length()
        until_closed = self._length is None and not self._chunked and not bodiless
        framed_twice = self._chunked and "Content-Length" in self.headers
        switched = self.status == _SWITCHING
        self._once = until_closed or framed_twice or switched or self._says_close()
        self._complete = bodiless or self._length == 0

    def _is_chunked(self) -> bool:
        if "Transfer-Encoding" not in self.headers:
            return False
        stated = ",".join(self.headers.get_all("Transfer-Encoding")).lower().split(",")
        codings = [name for part in stated if (name := part.strip()) not in {"", "identity"}]
        if codings and codings != ["chunked"]:
            raise ProtocolError("the Transfer-Encoding of the response is not chunked")
        return bool(codings)

    def _stated_length(self) -> int | None:
        lines = self.headers.get_all("Content-Length")
        if not lines:
            return None
        value, *others = {part.strip(" \t") for line in lines for part in line.split(",")}
        if others or not _LENGTH.fullmatch(value):
            raise ProtocolError("the Content-Length of the response is not a number")
        return int(value[-18:])

    def _says_close(self) -> bool:
        said = (self.headers.get("Connection") or "").lower()
        return "close" in said if self.version == "1.1" else "keep-alive" not in said

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it arrives, in pieces of at most 1 MiB.

        Raises:
            ProtocolError: the body broke off before its end, or its chunks make no sense.
            OSError: the connection broke, or was silent for too long.
        """
        if self._complete:
            return
        if self._chunked:
            yield from self._unchunked()
        else:
            yield from self._counted(self._length)
        self._complete = True

    def _counted(self, left: int | None) -> Iterator[bytes]:
        """Yield so many bytes, or all there are until the peer closes."""
        while left != 0:
            most = _PIECE if left is None else min(left, _PIECE)
            piece = self._data[self._at : self._at + most]
            self._at += len(piece)
            piece = piece or self._recv(most)
            if not piece:
                if left is None:
                    return
                raise ProtocolError(f"{left} bytes are missing")
            left = left if left is None else left - len(piece)
            yield piece

    def _unchunked(self) -> Iterator[bytes]:
        """Yield together what of the chunks has arrived, then wait for more."""
        data, at, due, opening = self._data, self._at, 0, _FIRST_CHUNK
        last = False
        while True:
            parts = []
            while not last:
                if due:
                    part = data[at : at + due]
                    parts.append(part)
                    at += len(part)
                    due -= len(part)
                    if due:
                        break
                found = opening.match(data, at)
                if found is None:
                    break
                due, at, opening = int(found[1], 16), found.end(), _NEXT_CHUNK
                last = not due
            if parts:
                yield parts[0] if len(parts) == 1 else b"".join(parts)
            if last:
                break
            data, at = data[at:], 0
            if not due:
                _require_hope(data, lines=1 if opening is _FIRST_CHUNK else 2)
            more = self._recv(_PIECE if due > _READ_SIZE else _READ_SIZE)
            if not more:
                raise ProtocolError("its last chunk is missing")
            data += more
        self._data, self._at = data, at - 1
        with suppress(ProtocolError):  # a peer may close instead of ending the trailers
            self._until_blank_line()


def _require_hope(data: bytes, lines: int) -> None:
    """Refuse what cannot become the line of a chunk whatever follows."""
    if data.count(b"\n") >= lines or len(data) > _LONGEST_LINE:
        raise ProtocolError("a chunk has no size")


def _status(line: str) -> tuple[str, int, str]:
    """Read a status line; return the version, the status and the reason phrase."""
    found = _STATUS_LINE.fullmatch(line)
    if found is None:
        raise ProtocolError(f"the response begins with {line[:80]!r}, which is not HTTP/1")
    return found[1], int(found[2]), (found[3] or "").strip(" \t\r")


def header_fields(head: bytes) -> Iterator[tuple[str, str]]:
    """Yield name and value of each header line of a head."""
    return _fields(_lines(head))


def _lines(head: bytes) -> list[str]:
    """Return the lines of a head, a folded one as one."""
    if b"\n " in head or b"\n\t" in head:
        head = _FOLD.sub(b" ", head)
    with suppress(UnicodeDecodeError):
        return head.decode("ascii").split("\n")
    return [_text(line) for line in head.split(b"\n")]


def _text(line: bytes) -> str:
    """Return a line as UTF-8 if it is, else as Latin-1.

    A cookie goes back as it came: one character for each byte. A Location that is not UTF-8 is
    percent-encoded, or its bytes could not be told from those of UTF-8 any more.
    """
    name = line.partition(b":")[0].strip().lower()
    with suppress(UnicodeDecodeError):
        if name != b"set-cookie":
            return line.decode()
    if name == b"location":
        return quote_from_bytes(line, safe=bytes(range(128)))
    return line.decode("latin-1")


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and (name := name.rstrip(" \t")):
            yield name, value.strip(" \t\r")

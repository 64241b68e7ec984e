"""An answer on a connection: its head read strictly, its body in pieces.

The standard library's class is not used. It takes a connection that ends inside the head for the
head's end, a line that is no header for the start of the body, and a sign for part of a chunk's
size; it loses what arrives behind an answer; and it takes longer than all the rest of a short one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from http.client import BadStatusLine, HTTPException, IncompleteRead, RemoteDisconnected

from httptask.builtin.transport.incoming import Incoming
from httptask.core.message import Headers

_MOST_LINES = 100
_MOST_INTERIM = 100
_STATUS_LINE = re.compile(r"HTTP/(1\.[0-9])\s+([1-9][0-9]{2})(?:\s(.*))?", re.DOTALL)
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]+")
_LINE_ENDS = frozenset({b"\r\n", b"\n"})
_SWITCHING = 101
_BODILESS = frozenset({204, 304, _SWITCHING})


class Answer:
    """One answer.

    Args:
        incoming: where it arrives.
        method: the request's method.

    Attributes:
        status: status code.
        reason: the reason phrase, maybe empty.
        version: version of HTTP, "1.0" or "1.1".
        headers: header lines in the order received.
        give_back: takes the connection back; told whether it can be used again.

    Raises:
        OSError: the connection broke, its head is cut short, or its framing makes no sense.
        HTTPException: a line is too long, there are too many, or this is no HTTP/1.
    """

    give_back: Callable[[bool], None]

    def __init__(self, incoming: Incoming, method: str) -> None:
        self._incoming = incoming
        for _ in range(_MOST_INTERIM):
            version, self.status, self.reason = _status(incoming)
            self.headers = Headers(_fields(incoming))
            if self.status >= 200 or self.status == _SWITCHING:
                break
        else:
            raise HTTPException(f"got {_MOST_INTERIM} interim answers")
        self.version = "1.0" if version == "1.0" else "1.1"
        self._frame(bodiless=self.status in _BODILESS or method == "HEAD")

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
            raise ConnectionError("the answer's Transfer-Encoding is not chunked")
        return bool(codings)

    def _stated_length(self) -> int | None:
        lines = self.headers.get_all("Content-Length")
        if not lines:
            return None
        value, *others = {part.strip() for line in lines for part in line.split(",")}
        if others or not (value.isascii() and value.isdecimal()):
            raise ConnectionError("the answer's Content-Length is no number")
        return int(value)

    def _says_close(self) -> bool:
        said = (self.headers.get("Connection") or "").lower()
        return "close" in said if self.version == "1.1" else "keep-alive" not in said

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the body as it arrives, in pieces of at most ``size`` bytes.

        Raises:
            OSError: the connection broke, or was silent for too long.
            HTTPException: the body broke off before its end, or its chunks make no sense.
        """
        if self._complete:
            return
        if self._chunked:
            yield from self._unchunked(size)
        elif self._length is None:
            yield from iter(partial(self._incoming.piece, size), b"")
        else:
            yield from self._pieces(self._length, size)
        self._complete = True

    def _pieces(self, left: int, size: int) -> Iterator[bytes]:
        while left:
            piece = self._incoming.piece(min(size, left))
            if not piece:
                raise IncompleteRead(b"", left)
            left -= len(piece)
            yield piece

    def _unchunked(self, size: int) -> Iterator[bytes]:
        while left := self._chunk_size():
            yield from self._pieces(left, size)
            if self._incoming.line("end of a chunk") not in _LINE_ENDS:
                raise IncompleteRead(b"")
        for _ in range(_MOST_LINES):
            if self._incoming.line("trailer line") in {*_LINE_ENDS, b""}:
                return
        raise HTTPException(f"got more than {_MOST_LINES} trailers")

    def _chunk_size(self) -> int:
        size = self._incoming.line("chunk size").partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(size):
            raise IncompleteRead(b"")
        return int(size, 16)

    def release(self, *, usable: bool) -> None:
        """Let go of the connection.

        Args:
            usable: whether it can be used again if all that arrived was the answer.
        """
        whole = self._complete and self._incoming.empty
        self.give_back(usable and whole and not self._once)


def _status(incoming: Incoming) -> tuple[str, int, str]:
    """Read a status line; return the version, the status and the reason phrase."""
    line = incoming.line("status line").decode("latin-1")
    if not line:
        raise RemoteDisconnected("Remote end closed connection without response")
    found = _STATUS_LINE.fullmatch(line)
    if found is None:
        raise BadStatusLine(line)
    return found[1], int(found[2]), (found[3] or "").strip()


def _fields(incoming: Incoming) -> Iterator[tuple[str, str]]:
    """Yield the header lines of a head; a folded one as one, one without a name not at all."""
    name = value = ""
    for _ in range(_MOST_LINES):
        line = incoming.line("header line")
        if not line.endswith(b"\n"):
            raise ConnectionError("the head of the answer is cut short")
        text = line.decode("latin-1").rstrip("\r\n")
        if text[:1] in {" ", "\t"}:
            value = f"{value} {text.strip()}"
            continue
        if name:
            yield name, value
        if not text:
            return
        name, colon, value = text.partition(":")
        name, value = name.rstrip() if colon else "", value.strip()
    raise HTTPException(f"got more than {_MOST_LINES} headers")

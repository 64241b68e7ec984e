"""An answer on a connection: its head read strictly, its body in pieces.

The standard class does the framing of bodies. Its way to read a head is not used: it takes a
connection that ends inside the head for the head's end, and a line that is no header for the
start of the body; and it takes longer than all the rest of a short answer.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable, Iterator
from typing import Any

from httptask.core.message import Headers

_LONGEST_LINE = 65536
_MOST_LINES = 100
_MOST_INTERIM = 100
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]+")
_VERSIONS = {"HTTP/1.1": 11, "HTTP/1.0": 10}
_SWITCHING = 101


class Answer(http.client.HTTPResponse):
    """One answer.

    Attributes:
        length: bytes of the body that are still to come; None if only its end will tell.
        give_back: takes the connection back; told whether it can be used again.
    """

    fp: Any
    headers: Headers  # type: ignore[assignment]
    give_back: Callable[[bool], None]

    def begin(self) -> None:
        """Read the head, past those of interim answers.

        Raises:
            ConnectionError: the head is cut short, or its framing makes no sense.
            HTTPException: a line is too long, there are too many, or this is no HTTP/1.
        """
        for _ in range(_MOST_INTERIM):
            version, status, reason = self._read_status()  # type: ignore[attr-defined]
            self.headers = Headers(_fields(self.fp))
            if status >= 200 or status == _SWITCHING:
                break
        else:
            raise http.client.HTTPException(f"got {_MOST_INTERIM} interim answers")
        if not version.startswith("HTTP/1."):
            raise http.client.UnknownProtocol(version)
        self.version = _VERSIONS.get(version, 11)
        self.code = self.status = status
        self.reason = reason.strip()
        self._frame(status)

    def _frame(self, status: int) -> None:
        """Find out where the body ends (RFC 9112, section 6.3)."""
        self.chunked = self._is_chunked()
        self.chunk_left = None
        self.length = None if self.chunked else self._stated_length()
        if status in {204, 304, _SWITCHING} or self._method == "HEAD":  # type: ignore[attr-defined]
            self.length = 0
        once = status == _SWITCHING or (self.length is None and not self.chunked)
        framed_twice = self.chunked and "Content-Length" in self.headers
        self.will_close = once or framed_twice or self._check_close()  # type: ignore[attr-defined]

    def _is_chunked(self) -> bool:
        stated = ",".join(self.headers.get_all("Transfer-Encoding")).lower().split(",")
        codings = [name for part in stated if (name := part.strip()) not in {"", "identity"}]
        if codings and codings != ["chunked"]:
            raise ConnectionError("the answer's Transfer-Encoding is not chunked")
        return bool(codings)

    def _stated_length(self) -> int | None:
        stated = self.headers.get_all("Content-Length")
        values = {part.strip() for value in stated for part in value.split(",")}
        if not values:
            return None
        value = values.pop()
        if values or not (value.isascii() and value.isdecimal()):
            raise ConnectionError("the answer's Content-Length is no number")
        return int(value)

    def chunks(self, size: int) -> Iterator[bytes]:
        """Yield the body as it arrives, in pieces of at most ``size`` bytes.

        Raises:
            OSError: the connection broke, or was silent for too long.
            HTTPException: the body broke off before its end, or its chunks make no sense.
        """
        while self.length != 0:
            chunk = self.read1(size)
            if not chunk:
                break
            yield chunk
        if self.length:
            raise http.client.IncompleteRead(b"", self.length)
        self.length = 0

    def _read_next_chunk_size(self) -> int:
        """Read a chunk's size; Python's own way takes a sign and underscores for part of it."""
        size = self._chunk_line("chunk size").partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(size):
            raise ValueError("a chunk's size is no number")
        return int(size, 16)

    def _read_and_discard_trailer(self) -> None:
        """Read past the trailer; Python's own way reads on for as long as lines come."""
        for _ in range(_MOST_LINES):
            if self._chunk_line("trailer line") in {b"\r\n", b"\n", b""}:
                return
        raise http.client.HTTPException(f"got more than {_MOST_LINES} trailers")

    def _chunk_line(self, what: str) -> bytes:
        line: bytes = self.fp.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise http.client.LineTooLong(what)
        return line

    def release(self, *, usable: bool) -> None:
        """Let go of the connection.

        Args:
            usable: whether it can be used again if the body was read to its end.
        """
        self.close()
        self.give_back(usable and self.length == 0 and not self.will_close)


def _fields(file: Any) -> Iterator[tuple[str, str]]:
    """Yield the header lines of a head; a folded one as one, one without a name not at all."""
    name = value = ""
    for _ in range(_MOST_LINES):
        line = file.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise http.client.LineTooLong("header line")
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
    raise http.client.HTTPException(f"got more than {_MOST_LINES} headers")

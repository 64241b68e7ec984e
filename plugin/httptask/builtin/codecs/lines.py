"""Newline-delimited JSON, as it arrives."""

from __future__ import annotations

from typing import Any

from httptask.builtin.codecs.jsontext import decode_json
from httptask.errors import DecodeError

MAX_LINE_BYTES = 16 * 1024 * 1024


class JsonLinesParser:
    """Reads one JSON value per line (``application/x-ndjson``) from chunks of any size.

    Blank lines are skipped; lines end with LF or CRLF; the last one may lack its end. Chunks that
    hold no line end are kept unjoined, so a long line costs one copy however it is cut.

    Args:
        max_line_bytes: longest line that is accepted.
    """

    def __init__(self, max_line_bytes: int = MAX_LINE_BYTES) -> None:
        self._max = max_line_bytes
        self._pending: list[bytes] = []
        self._size = 0
        self._number = 0

    def feed(self, chunk: bytes) -> list[Any]:
        """Return the values whose lines end in this chunk.

        Raises:
            DecodeError: a line is not JSON, or too long; the message names the line.
        """
        end = chunk.rfind(b"\n") + 1
        if not end:
            self._keep(chunk)
            return []
        lines = chunk[: end - 1].split(b"\n")
        lines[0] = b"".join((*self._pending, lines[0]))
        self._pending.clear()
        self._size = 0
        values = self._decode(lines)
        self._keep(chunk[end:])
        return values

    def close(self) -> list[Any]:
        """Return the value of a last line that had no line end.

        Raises:
            DecodeError: that line is not JSON.
        """
        last = b"".join(self._pending)
        self._pending.clear()
        self._size = 0
        return self._decode([last]) if last else []

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._pending.append(rest)
            self._size += len(rest)
            self._check(self._size, self._number + 1)

    def _check(self, size: int, number: int) -> None:
        if size > self._max:
            raise DecodeError(
                f"Line {number} has more than {self._max} bytes", code="line_too_long"
            )

    def _decode(self, lines: list[bytes]) -> list[Any]:
        values = []
        for line in lines:
            self._number += 1
            self._check(len(line), self._number)
            if not line or line.isspace():
                continue
            try:
                values.append(decode_json(line))
            except DecodeError as error:
                raise DecodeError(
                    f"Line {self._number}: {error.message}", code=error.code
                ) from None
        return values

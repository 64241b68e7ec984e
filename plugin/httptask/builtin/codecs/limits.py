"""How much of a response is decoded in memory, counted before it is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from httptask.errors import DecodeError

TOO_LARGE: Final = "response_too_large"
MEMORY_LIMIT: Final = 64 * 1024 * 1024
FILE_LIMIT: Final = 8 * 1024 * 1024 * 1024
MAX_VALUES: Final = 3_000_000
"""Values of JSON, by its commas and brackets: 300,000 records of eight fields have fewer."""

MAX_CONTAINERS: Final = 900_000
"""Lists and objects of JSON, which take ten times as long as other values."""

MAX_EVENT_LINES: Final = 400_000
MAX_LINES: Final = 1_000_000


@dataclass(slots=True)
class Count:
    """Counts what is in the bytes of a body, in a tenth of the time that decoding takes.

    What stands inside strings is counted as well.

    Attributes:
        pointer: JSON Pointer of the option that a message points at.
        max_lines: the most lines, or None where lines do not matter.
    """

    pointer: str = ""
    max_lines: int | None = None
    _values: int = 0
    _containers: int = 0
    _lines: int = 0

    def add(self, data: bytes) -> None:
        """Count a part of a body.

        Raises:
            DecodeError: with this part there are too many values or lines.
        """
        containers = data.count(b"[") + data.count(b"{")
        self._containers += containers
        self._values += containers + data.count(b",")
        if self._containers > MAX_CONTAINERS:
            raise too_large(f"{MAX_CONTAINERS:,} lists and objects", self.pointer)
        if self._values > MAX_VALUES:
            raise too_large(f"{MAX_VALUES:,} values", self.pointer)
        if self.max_lines is not None:
            self._lines += max(data.count(b"\n"), data.count(b"\r"))
            if self._lines > self.max_lines:
                raise too_large(f"{self.max_lines:,} lines", self.pointer)


def may_hold_too_many(data: bytes) -> bool:
    """Tell whether JSON is long enough to hold too many values: each takes a byte at least."""
    return len(data) > min(MAX_VALUES, MAX_CONTAINERS)


def too_large(limit: str, pointer: str, hint: str = "") -> DecodeError:
    """Return the error that a response has more of something than is decoded in memory."""
    return DecodeError(
        f"the response has more than {limit}, too many to decode in memory",
        code=TOO_LARGE,
        pointer=pointer,
        retryable=False,
        hint=hint or "ask for fewer with paging, or set httptask.response.format to file",
    )

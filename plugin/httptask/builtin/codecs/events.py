"""Server-sent events (WHATWG ``text/event-stream``), as they arrive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from httptask.builtin.codecs.jsontext import decode_json
from httptask.errors import DecodeError

MAX_EVENT_BYTES = 64 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_MAX_RETRY_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream.

    Attributes:
        event: its type; "message" when the stream names none.
        id: the last id that the stream has set, or "".
        data: its data lines, joined with LF.
    """

    event: str
    id: str
    data: str

    def to_json(self) -> dict[str, Any]:
        """Return ``{event, id, data}``, the data as text."""
        return {"event": self.event, "id": self.id, "data": self.data}


def structured_data(text: str) -> Any:
    """Return the JSON object or array that an event's data is; any other data as it is."""
    if text[:1] not in {"{", "["} and text.lstrip()[:1] not in {"{", "["}:
        return text
    try:
        return decode_json(text)
    except DecodeError:
        return text


class EventStreamParser:
    """Parses an event stream from chunks of any size; how it is cut makes no difference.

    Bytes are only searched and copied by whole chunks and lines, and chunks that hold no line end
    are kept unjoined, so an event of megabytes costs a few copies.

    Args:
        max_event_bytes: the most that one line, or the data of one event, may hold.

    Attributes:
        retry: the reconnection time that the stream asks for, in milliseconds, or None.
    """

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self.retry: int | None = None
        self._max = max_event_bytes
        self._started = False
        self._after_cr = False
        self._pending: list[bytes] = []
        self._pending_size = 0
        self._event = b""
        self._id = ""
        self._data: list[bytes] = []
        self._data_size = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """Return the events that this chunk completes.

        Raises:
            DecodeError: a line or an event is larger than ``max_event_bytes``.
        """
        if not self._started:
            chunk = self._start(chunk)
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if not chunk:
            return []
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
        if not end:
            self._keep(chunk)
            return []
        self._after_cr = chunk.endswith(b"\r")
        lines = _split(chunk[:end])
        lines[0] = b"".join((*self._pending, lines[0]))
        self._pending.clear()
        self._pending_size = 0
        events = self._read(lines)
        self._keep(chunk[end:])
        return events

    def close(self) -> list[Event]:
        """Return nothing: the standard drops an event whose blank line has not come."""
        self._pending.clear()
        self._data.clear()
        self._pending_size = self._data_size = 0
        return []

    def _start(self, chunk: bytes) -> bytes:
        """Take off a leading byte-order mark; hold back what may be the beginning of one."""
        head = b"".join((*self._pending, chunk))
        self._pending.clear()
        if len(head) < len(_BOM) and _BOM.startswith(head):
            self._pending.append(head)
            return b""
        self._started = True
        return head.removeprefix(_BOM)

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._pending.append(rest)
            self._pending_size += len(rest)
            self._check(self._pending_size)

    def _check(self, size: int) -> None:
        if size > self._max:
            raise DecodeError(
                f"An event of the stream has more than {self._max} bytes", code="event_too_large"
            )

    def _read(self, lines: list[bytes]) -> list[Event]:
        events = []
        for line in lines:
            if line:
                self._check(len(line))
                self._field(line)
            elif self._data:
                events.append(self._dispatch())
            else:
                self._event = b""
        return events

    def _field(self, line: bytes) -> None:
        colon = line.find(b":")
        name = line if colon < 0 else line[:colon]
        start = colon + 2 if line[colon + 1 : colon + 2] == b" " else colon + 1
        value = b"" if colon < 0 else line[start:]
        if name == b"data":
            self._data.append(value)
            self._data_size += len(value) + 1
            self._check(self._data_size - 1)
        elif name == b"event":
            self._event = value
        elif name == b"id" and b"\0" not in value:
            self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit() and len(value) <= _MAX_RETRY_DIGITS:
            self.retry = int(value)

    def _dispatch(self) -> Event:
        data = b"\n".join(self._data).decode("utf-8", "replace")
        event = Event(self._event.decode("utf-8", "replace") or "message", self._id, data)
        self._event = b""
        self._data.clear()
        self._data_size = 0
        return event


def _split(block: bytes) -> list[bytes]:
    """Split whole lines at CR, LF and CRLF; searching for LF alone is the faster way."""
    if b"\r" in block:
        return block.splitlines()
    return block.split(b"\n")[:-1]

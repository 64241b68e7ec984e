"""Read the body of a response, and turn it into a JSON value.

``auto`` goes by the media type: JSON, event streams and JSON lines are parsed, text is decoded (a
text that is a whole JSON object or array is parsed as Conductor does), everything else becomes a
stored file. XML and CSV are values only where the task asks for that: ``auto`` leaves them texts,
as Conductor does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from httptask.builtin.codecs.csv_text import decode_csv
from httptask.builtin.codecs.disposition import file_name
from httptask.builtin.codecs.events import EventStreamParser, structured_data
from httptask.builtin.codecs.jsontext import decode_json
from httptask.builtin.codecs.limits import (
    FILE_LIMIT,
    MAX_EVENT_LINES,
    MAX_LINES,
    MEMORY_LIMIT,
    TOO_LARGE,
    Count,
    may_hold_too_many,
    too_large,
)
from httptask.builtin.codecs.lines import JsonLinesParser
from httptask.builtin.codecs.text import (
    decode_text,
    is_json,
    is_utf8,
    known_charset,
    parse_media_type,
)
from httptask.builtin.codecs.xml_document import XML_LIMIT, decode_xml
from httptask.builtin.files import FileWriter
from httptask.core.message import HttpRequest, HttpResponse
from httptask.core.xml_text import is_xml
from httptask.errors import DecodeError
from httptask.hooks import hookimpl
from httptask.hooks.views import Attempt, Claim, DecodedBody

_LINES = frozenset(
    {"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"}
)
_UTF_8 = frozenset({"", "utf-8", "utf8"})
_TEXT = frozenset(
    {
        "",
        "application/graphql",
        "application/javascript",
        "application/x-www-form-urlencoded",
        "application/x-yaml",
        "application/yaml",
    }
)


class DecodeResponse:
    """Implements ``decode_response``."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the formats."""
        return [
            Claim("decode_response", "json", "application/json, *+json; integers stay exact"),
            Claim("decode_response", "text", "text/*, XML, YAML, in the charset it says"),
            Claim("decode_response", "events", "text/event-stream and JSON lines, as they arrive"),
            Claim("decode_response", "xml", "XML and SOAP as objects, where format says so"),
            Claim("decode_response", "csv", "CSV and TSV as objects, where format says so"),
            Claim("decode_response", "file", "anything else, stored under its SHA-256"),
        ]

    @hookimpl(trylast=True)
    def httptask_decode_response(
        self, attempt: Attempt, request: HttpRequest, response: HttpResponse
    ) -> DecodedBody:
        """Decode by the asked format, or by the media type."""
        media_type, parameters = parse_media_type(response.headers.get("Content-Type"))
        wanted = attempt.task.resolved.options.response.format
        if request.method == "HEAD" or response.status in {204, 304}:
            return DecodedBody(None, "none")
        kind = _kind(media_type) if wanted == "auto" else wanted
        is_error = not 200 <= response.status < 300
        if is_error and wanted != "auto" and not (wanted == "xml" and is_xml(media_type)):
            kind = _kind(media_type)
        reader = _Reader(attempt, response, media_type, parameters.get("charset", ""))
        match kind:
            case "events":
                return reader.lines() if media_type in _LINES else reader.events()
            case "file":
                return reader.file()
            case "json":
                return reader.json()
            case "xml":
                return reader.xml()
            case "csv":
                return reader.csv()
        return reader.text(sniff=wanted == "auto")


def _kind(media_type: str) -> str:
    if media_type == "text/event-stream" or media_type in _LINES:
        return "events"
    if is_json(media_type):
        return "json"
    if media_type.startswith("text/") or media_type in _TEXT or is_xml(media_type):
        return "text"
    return "file"


class _Reader:
    def __init__(
        self, attempt: Attempt, response: HttpResponse, media_type: str, charset: str
    ) -> None:
        self._attempt, self._response = attempt, response
        self._media_type, self._charset = media_type, charset
        self._options = attempt.task.resolved.options.response
        self._size = 0

    def json(self) -> DecodedBody:
        data = b"".join(self._chunks(MEMORY_LIMIT))
        if not data.strip():
            return DecodedBody(None, "none", len(data), text=self._as_sent(data))
        self._check_size(data)
        try:
            return DecodedBody(self._value(data), "json", len(data), text=self._as_sent(data))
        except DecodeError as error:
            return DecodedBody(self._decoded(data), "text", len(data), error=error)

    def text(self, *, sniff: bool) -> DecodedBody:
        data = b"".join(self._chunks(MEMORY_LIMIT))
        if not data:
            return DecodedBody(None, "none")
        if sniff and data[:4096].lstrip()[:1] in {b"{", b"["}:
            self._check_size(data)
            try:
                return DecodedBody(decode_json(data), "json", len(data), text=self._as_sent(data))
            except DecodeError:
                return DecodedBody(self._decoded(data), "text", len(data))
        return DecodedBody(self._decoded(data), "text", len(data))

    def xml(self) -> DecodedBody:
        return self._parsed(
            XML_LIMIT, lambda text: decode_xml(text, self._options.lists, self._schema())
        )

    def csv(self) -> DecodedBody:
        delimiter = self._options.delimiter
        if delimiter is None and self._media_type == "text/tab-separated-values":
            delimiter = "\t"
        return self._parsed(
            MEMORY_LIMIT,
            lambda text: decode_csv(text, delimiter, self._schema(), header=self._options.header),
        )

    def _parsed(self, limit: int, parse: Callable[[str], Any]) -> DecodedBody:
        """Return what a parser makes of the text, or why it cannot."""
        data = b"".join(self._chunks(limit))
        if not data.strip():
            return DecodedBody(None, "none", len(data), text=self._as_sent(data))
        text = self._decoded(data)
        try:
            return DecodedBody(parse(text), "json", len(data), text=self._as_sent(data))
        except DecodeError as error:
            if error.code == TOO_LARGE:
                error.pointer = self._count().pointer
                raise
            return DecodedBody(text, "text", len(data), error=error)

    def _schema(self) -> Any:
        schema = self._attempt.task.call.task.schemas.get("responseSchema")
        return True if schema is None else schema.document

    def events(self) -> DecodedBody:
        parser = EventStreamParser(self._limit(MEMORY_LIMIT))
        found = []
        for chunk in self._chunks(MEMORY_LIMIT, self._count(MAX_EVENT_LINES)):
            for event in parser.feed(chunk):
                shown = event.to_json() | {"data": structured_data(event.data)}
                self._attempt.emit(shown)
                found.append(shown)
        parser.close()
        return DecodedBody(found, "events", self._size)

    def lines(self) -> DecodedBody:
        parser = JsonLinesParser()
        found = []
        for chunk in self._chunks(MEMORY_LIMIT, self._count(MAX_LINES)):
            for record in parser.feed(chunk):
                self._attempt.emit(record)
                found.append(record)
        for record in parser.close():
            self._attempt.emit(record)
            found.append(record)
        return DecodedBody(found, "events", self._size)

    def file(self) -> DecodedBody:
        chunks = self._chunks(FILE_LIMIT)
        first = next(chunks, None)
        if first is None:
            return DecodedBody(None, "none")
        with FileWriter(self._attempt.task.call.files) as writer:
            writer.write(first)
            for chunk in chunks:
                writer.write(chunk)
            name = file_name(self._response.headers.get("Content-Disposition"))
            stored = writer.commit(self._media_type, name)
        return DecodedBody(stored.to_json(), "file", stored.size, stored)

    def _decoded(self, data: bytes) -> str:
        return decode_text(data, self._response.headers.get("Content-Type"), self._options.charset)

    def _as_sent(self, data: bytes) -> str | None:
        """Return the text of a response that is not a success, for the task's reason."""
        if 200 <= self._response.status < 300:
            return None
        return decode_text(data, self._response.headers.get("Content-Type"))

    def _value(self, data: bytes) -> Any:
        """Return the value of JSON: UTF-8 as it has to be, or else read as any other text."""
        try:
            return decode_json(data)
        except DecodeError:
            charset = self._options.charset or known_charset(self._charset) or ""
            if charset.lower() in _UTF_8 and is_utf8(data):
                raise
            return decode_json(self._decoded(data))

    def _limit(self, default: int) -> int:
        return self._options.max_bytes or default

    def _check_size(self, data: bytes) -> None:
        """Refuse a whole body that holds too many values."""
        if may_hold_too_many(data):
            self._count().add(data)

    def _count(self, max_lines: int | None = None) -> Count:
        return Count(f"{self._attempt.task.call.task.pointer}/httptask/response/format", max_lines)

    def _chunks(self, default: int, count: Count | None = None) -> Iterator[bytes]:
        """Yield the body, as long as it is within its limits and the task within its time."""
        limit, pointer = self._limit(default), self._attempt.task.call.task.pointer
        for chunk in self._response.stream:
            self._size += len(chunk)
            if self._size > limit:
                where, hint = f"{pointer}/httptask/response/maxBytes", "raise maxBytes, or set "
                raise too_large(f"{limit} bytes", where, f"{hint}httptask.response.format to file")
            if count is not None:
                count.add(chunk)
            self._attempt.task.check_time()
            yield chunk

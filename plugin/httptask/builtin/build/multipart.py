"""Bodies of the media type ``multipart/form-data`` (RFC 7578), files streamed from disk."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from httptask.builtin.build.file_source import FileSource, file_chunks
from httptask.builtin.build.headers import header_line
from httptask.builtin.build.values import Json, check_unicode, child, json_bytes, text_of
from httptask.errors import InputError

MULTIPART = "/multipart"
_PART_KEYS = frozenset({"value", "file", "filename", "contentType", "headers"})
_ESCAPES = str.maketrans({"\r": "%0D", "\n": "%0A", '"': "%22"})
_OWN_HEADERS = frozenset({"content-disposition", "content-type"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form.

    Attributes:
        name: the field's name.
        content: bytes in memory, or a file.
        filename: the file name that is sent, or None to send none.
        content_type: the part's media type, or "" to send none.
        headers: further header lines.
    """

    name: str
    content: bytes | FileSource
    filename: str | None = None
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def size(self) -> int:
        """Return the bytes of the content."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.size


OpenFile = Callable[[Json, str], FileSource]


def multipart_parts(
    fields: Mapping[str, Json], open_file: OpenFile, pointer: str = MULTIPART
) -> tuple[Part, ...]:
    """Return the parts for ``httptask.multipart``.

    A field is a value, ``{"value" | "file", "filename", "contentType", "headers"}``, or a list of
    these (repeated parts); null is not sent. A string is sent as it is, a number or boolean as
    its JSON text, both without Content-Type; a map or an inner list as ``application/json``.
    A map with other keys than these, or with neither ``value`` nor ``file``, is a JSON value.

    Args:
        fields: by field name, sent in this order.
        open_file: finds the file for the value of ``file`` and its pointer; it decides what may
            be read.
        pointer: where the fields stand, for errors.

    Raises:
        InputError: both ``value`` and ``file``, a value without a text, or a wrong header.
    """
    parts: list[Part] = []
    for name, field in fields.items():
        where = child(pointer, name)
        if isinstance(field, list):
            found = [(item, child(where, index)) for index, item in enumerate(field)]
        else:
            found = [(field, where)]
        parts += [_part(name, item, open_file, at) for item, at in found if item is not None]
    return tuple(parts)


def make_boundary(seed: str) -> str:
    """Return a boundary that is always the same for one seed.

    Take a seed that stays the same over retries of one request (the task execution's id).
    """
    return "httptask-" + hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:40]


class MultipartBody:
    """A form's bytes: of known size, always the same, to be read any number of times.

    Args:
        parts: the parts in order.
        boundary: text that divides them; see ``make_boundary``.

    Attributes:
        content_type: value of the Content-Type header.
        size: bytes in all.

    Raises:
        InputError: a part holds the boundary, or its name or file name has a lone surrogate.
    """

    def __init__(self, parts: Sequence[Part], boundary: str) -> None:
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._boundary = boundary.encode("ascii")
        self._end = b"--" + self._boundary + b"--\r\n"
        self._parts = [(self._head(part), part) for part in parts]
        framing = sum(len(head) + len(b"\r\n") for head, _ in self._parts) + len(self._end)
        self.size = framing + sum(part.size for part in parts)

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes from the start, files in pieces of 1 MiB.

        Raises:
            InputError: a file cannot be read, changed its size, or holds the boundary.
        """
        ready: list[bytes] = []
        for head, part in self._parts:
            ready.append(head)
            if isinstance(part.content, bytes):
                ready.append(part.content)
            else:
                yield b"".join(ready)
                ready = []
                yield from _without(self._boundary, part.content)
            ready.append(b"\r\n")
        yield b"".join((*ready, self._end))

    def _head(self, part: Part) -> bytes:
        where = child(MULTIPART, part.name)
        if isinstance(part.content, bytes) and self._boundary in part.content:
            raise _boundary_found(where)
        disposition = f'form-data; name="{_quotable(part.name, where)}"'
        if part.filename is not None:
            disposition += f'; filename="{_quotable(part.filename, where)}"'
        lines = [("Content-Disposition", disposition)]
        if part.content_type:
            lines.append(("Content-Type", part.content_type))
        text = "".join(f"{name}: {value}\r\n" for name, value in (*lines, *part.headers))
        return b"--" + self._boundary + b"\r\n" + text.encode() + b"\r\n"


def _is_part(field: Json) -> bool:
    return (
        isinstance(field, dict)
        and field.keys() <= _PART_KEYS
        and ("value" in field or "file" in field)
    )


def _part(name: str, field: Json, open_file: OpenFile, pointer: str) -> Part:
    check_unicode(name, pointer)
    if not _is_part(field):
        return _value_part(name, field, {}, pointer)
    if "file" not in field:
        return _value_part(name, field["value"], field, pointer)
    if "value" in field:
        raise InputError("A part has either a value or a file", pointer=pointer)
    source = open_file(field["file"], child(pointer, "file"))
    filename = _filename(field, pointer) or source.filename
    guessed = source.media_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
    content_type = _content_type(field, guessed, pointer)
    return Part(name, source, filename, content_type, _headers(field, pointer))


def _value_part(name: str, value: Json, options: Mapping[str, Json], pointer: str) -> Part:
    where = child(pointer, "value") if options else pointer
    if isinstance(value, dict | list):
        content, default = json_bytes(value, where), "application/json"
    else:
        content, default = b"" if value is None else text_of(value, where).encode(), ""
    return Part(
        name,
        content,
        _filename(options, pointer),
        _content_type(options, default, pointer),
        _headers(options, pointer),
    )


def _filename(options: Mapping[str, Json], pointer: str) -> str | None:
    filename = options.get("filename")
    return None if filename is None else text_of(filename, child(pointer, "filename"))


def _content_type(options: Mapping[str, Json], default: str, pointer: str) -> str:
    headers = _stated_headers(options, pointer)
    stated = next((v for k, v in headers.items() if k.lower() == "content-type"), None)
    chosen = options.get("contentType") or stated or default
    where = child(pointer, "contentType")
    return header_line("Content-Type", text_of(chosen, where), where)[1]


def _stated_headers(options: Mapping[str, Json], pointer: str) -> Mapping[str, Json]:
    headers = options.get("headers") or {}
    if not isinstance(headers, dict):
        raise InputError("A part's headers are a map", pointer=child(pointer, "headers"))
    return headers


def _headers(options: Mapping[str, Json], pointer: str) -> tuple[tuple[str, str], ...]:
    lines = []
    for name, value in _stated_headers(options, pointer).items():
        where = child(pointer, "headers", name)
        if name.lower() == "content-disposition":
            raise InputError("Content-Disposition follows from the part's name", pointer=where)
        if name.lower() not in _OWN_HEADERS and value is not None:
            lines.append(header_line(name, text_of(value, where), where))
    return tuple(lines)


def _quotable(text: str, pointer: str) -> str:
    """Escape a name as browsers do: UTF-8, with CR, LF and the double quote as ``%XX``."""
    check_unicode(text, pointer)
    return text.translate(_ESCAPES)


def _without(boundary: bytes, source: FileSource) -> Iterator[bytes]:
    """Yield a file's bytes.

    Raises:
        InputError: they hold the boundary, or cannot be read.
    """
    tail = b""
    for chunk in file_chunks(source):
        if boundary in chunk or boundary in tail + chunk[: len(boundary)]:
            raise _boundary_found(source.pointer)
        tail = (tail + chunk)[-len(boundary) :]
        yield chunk


def _boundary_found(pointer: str) -> InputError:
    return InputError("The part holds the form's own boundary", pointer=pointer)

"""A strict reader of ``multipart/form-data``, for servers and for tests of what was sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form.

    Attributes:
        name: field name.
        filename: as sent, or None for a plain field. Never a path to write to.
        content_type: as sent, or ``text/plain`` for a part that says none.
        headers: (name, value) in order.
        content: the bytes.
    """

    name: str
    filename: str | None
    content_type: str
    headers: tuple[tuple[str, str], ...]
    content: bytes

    @property
    def text(self) -> str:
        """The content as UTF-8."""
        return self.content.decode()


def parse_multipart(content_type: str, body: bytes) -> list[Part]:
    """Read a whole form.

    Raises:
        ValueError: the media type, a delimiter, or a part breaks RFC 2046 or RFC 7578.
    """
    delimiter = b"\r\n--" + _boundary(content_type).encode()
    first, *pieces = (b"\r\n" + body).split(delimiter)
    if first.strip(b"\r\n") or not pieces or not pieces[-1].startswith(b"--"):
        raise ValueError("the form does not begin and end with its boundary")
    return [_part(piece) for piece in pieces[:-1]]


def _boundary(content_type: str) -> str:
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary")
    if message.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        raise ValueError(f"not a form with a boundary: {content_type!r}")
    return boundary


def _part(piece: bytes) -> Part:
    head, empty_line, content = piece.partition(b"\r\n\r\n")
    if not empty_line or not head.startswith(b"\r\n"):
        raise ValueError("a part has no empty line after its headers")
    lines = head.decode().split("\r\n")[1:]
    headers = tuple((name, value.strip()) for name, _, value in (x.partition(":") for x in lines))
    fields = {name.lower(): value for name, value in headers}
    disposition = fields.get("content-disposition", "")
    name = _parameter(disposition, "name")
    if not disposition.startswith("form-data") or name is None:
        raise ValueError(f"a part is not form-data with a name: {disposition!r}")
    kind = fields.get("content-type", "text/plain")
    return Part(name, _parameter(disposition, "filename"), kind, headers, content)


def _parameter(disposition: str, name: str) -> str | None:
    """Read a quoted parameter; browsers write ``"``, CR and LF in it as ``%22 %0D %0A``."""
    found = re.search(rf'; *{name}="([^"]*)"', disposition)
    if found is None:
        return None
    return re.sub("%(22|0D|0A)", lambda code: chr(int(code[1], 16)), found[1])

"""Header lines from the task's ``headers``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from httptask.builtin.build.styles import SerializationStyle, header_value
from httptask.builtin.build.values import Json, child
from httptask.errors import InputError

HEADERS = "/headers"
FRAMING = frozenset({"content-length", "transfer-encoding"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REFUSED = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def build_headers(
    headers: Mapping[str, Json] | None,
    defaults: Iterable[tuple[str, str]] = (),
    styles: Mapping[str, SerializationStyle] | None = None,
    pointer: str = HEADERS,
) -> list[tuple[str, str]]:
    """Return header lines: the defaults that the task does not set itself, then the task's own.

    - A default that the task names, in any case, is replaced where the task puts it; with null it
      is not sent at all.
    - null is not sent; numbers and booleans are their JSON text; a list is one line per item, but
      the items of ``Cookie`` are one line; a map, or a header that has a style, is written as
      OpenAPI's style ``simple``.
    - Content-Length and Transfer-Encoding are left out, as Conductor does: they follow the body.
    - Blanks around a value are taken off, as they are not part of it.
    - Values are sent as Latin-1. Other characters are refused, not replaced: no encoding of them
      is understood by all servers.

    Args:
        headers: names and JSON values as the task has them.
        defaults: lines to send unless the task names them.
        styles: OpenAPI styles by header name.
        pointer: where the headers stand, for errors.

    Raises:
        InputError: pointer ``/headers/NAME``: a name that is not a token; a value with CR, LF, NUL
            or other control characters, or with characters outside Latin-1.
    """
    headers, styles = headers or {}, styles or {}
    own = {name.lower() for name in headers}
    lines = [line for line in defaults if line[0].lower() not in own]
    for name, value in headers.items():
        if value is None or name.lower() in FRAMING:
            continue
        where = child(pointer, name)
        style = styles.get(name)
        if style is not None:
            lines.append(header_line(name, header_value(value, style, where), where))
        elif isinstance(value, list):
            lines += [
                header_line(name, header_value(item, pointer=where), child(where, index))
                for index, item in enumerate(value)
                if item is not None
            ]
        else:
            lines.append(header_line(name, header_value(value, pointer=where), where))
    return _with_one_cookie(lines) if "cookie" in own else lines


def _with_one_cookie(lines: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the lines with all cookies in one, as RFC 6265 5.4 demands."""
    cookies = [line for line in lines if line[0].lower() == "cookie"]
    if not cookies:
        return lines
    others = [line for line in lines if line[0].lower() != "cookie"]
    joined = "; ".join(value for _, value in cookies if value)
    others.insert(lines.index(cookies[0]), (cookies[0][0], joined))
    return others


def header_line(name: str, value: str, pointer: str) -> tuple[str, str]:
    """Return one header line, checked, without blanks around the value.

    Raises:
        InputError: the name is not a token, or the value cannot stand in a header.
    """
    if not _TOKEN.fullmatch(name):
        raise InputError(
            "The header's name is not a token", pointer=pointer, code="header_name_invalid"
        )
    value = value.strip(" \t")
    if _REFUSED.search(value):
        raise InputError(
            "The header's value has line breaks or control characters",
            pointer=pointer,
            code="header_value_invalid",
        )
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        raise InputError(
            "The header's value has characters outside Latin-1",
            pointer=pointer,
            code="header_value_invalid",
            hint="encode it as the server expects, for example with percent-encoding",
        ) from None
    return name, value

"""The file name that a response gives its body (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote_to_bytes

from httptask.builtin.codecs.text import decode_text, known_charset, parse_parameters

MAX_NAME: Final = 255
"""Bytes of a file name, as file systems have it."""

_SUFFIX: Final = 32
_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of a text around."""


def file_name(disposition: str | None) -> str:
    """Return the file name in a Content-Disposition, without any folder, or ""; never raises.

    Args:
        disposition: the header's value, its bytes as Latin-1, or None.
    """
    parameters = parse_parameters(disposition or "")
    return plain_name(_extended(parameters) or _plain(parameters.get("filename", "")))


def plain_name(text: str) -> str:
    """Return the last part of a path, as a name that no file system can mistake, or ""."""
    last = re.split(r"[/\\]", _UNSAFE.sub("", text).strip())[-1].strip()
    return "" if last in {".", ".."} else _cut(last)


def _cut(name: str) -> str:
    """Return a name that is short enough, with its suffix."""
    stem, dot, suffix = name.rpartition(".")
    end = f".{suffix}".encode("utf-8", "replace") if dot and len(suffix) < _SUFFIX else b""
    start = (stem if end else name).encode("utf-8", "replace")[: MAX_NAME - len(end)]
    return (start + end).decode("utf-8", "ignore")


def _extended(parameters: Mapping[str, str]) -> str:
    """Return the name of ``filename*``, which says its charset."""
    charset, mark, rest = parameters.get("filename*", "").partition("'")
    name = known_charset(charset) if mark else None
    data = unquote_to_bytes(rest.partition("'")[2])
    return data.decode(name, "replace") if name is not None else ""


def _plain(text: str) -> str:
    """Return the name of ``filename``: UTF-8 by habit, or else Latin-1."""
    return decode_text(text.encode("latin-1", "replace"))

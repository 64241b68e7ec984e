"""The header lines of a response: read in one way, whichever transport received them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from urllib.parse import quote_from_bytes

_FOLD = re.compile(rb"\r?\n[ \t]+")


def lines_of(head: bytes) -> list[str]:
    """Return the lines of a head, a folded one as one."""
    if b"\n " in head or b"\n\t" in head:
        head = _FOLD.sub(b" ", head)
    with suppress(UnicodeDecodeError):
        return head.decode("ascii").split("\n")
    return [_text(line) for line in head.split(b"\n")]


def fields(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield name and value of each header line."""
    for line in lines:
        name, colon, value = line.partition(":")
        if colon and (name := name.rstrip(" \t")):
            yield name, value.strip(" \t\r")


def _text(line: bytes) -> str:
    """Return a line as UTF-8 if it is, else as Latin-1.

    A cookie goes back as it came: one character for each byte. A Location that is not UTF-8 is
    percent-encoded, or its bytes could not be told from those of UTF-8 any more.
    """
    name = line.partition(b":")[0].strip().lower()
    with suppress(UnicodeDecodeError):
        if name != b"set-cookie":
            return line.decode()
    if name == b"location":
        return quote_from_bytes(line, safe=bytes(range(128)))
    return line.decode("latin-1")

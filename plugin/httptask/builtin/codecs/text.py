"""Media types and the charset of a text."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from httptask.errors import DecodeError

_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_PARAMETER = re.compile(r';\s*([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_CHARSETS = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined"})


@lru_cache(maxsize=256)
def _parse(value: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    kind = value.partition(";")[0].strip().lower()
    if not _TYPE.match(kind):
        return "", ()
    found: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(value):
        text = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted else plain.strip()
        found.setdefault(name.lower(), text)
    return kind, tuple(found.items())


def parse_media_type(value: str | None) -> tuple[str, dict[str, str]]:
    """Read the value of a Content-Type header; never raises.

    Args:
        value: for example ``text/html; charset="utf-8"``, or None.

    Returns:
        The lower-case ``type/subtype``, or "" when there is none that can be read, and its
        parameters by lower-case name; of a repeated parameter the first counts.
    """
    if not value:
        return "", {}
    kind, parameters = _parse(value)
    return kind, dict(parameters)


def is_json(media_type: str) -> bool:
    """Tell whether a ``type/subtype`` is JSON: ``application/json``, ``text/json``, ``*+json``."""
    return media_type in {"application/json", "text/json"} or media_type.endswith("+json")


def known_charset(name: str) -> str | None:
    """Return Python's name of a charset, or None when it is unknown or no charset at all."""
    try:
        found = codecs.lookup(name.strip())
        " ".encode(found.name)  # refuses codecs that are not text: hex, zip, base64
    except (LookupError, ValueError):
        return None
    return None if found.name.replace("_", "-") in _NOT_CHARSETS else found.name


def decode_text(data: bytes, content_type: str | None = None, charset: str | None = None) -> str:
    """Decode a text body.

    The charset is, in this order: the one the task asks for; the byte-order mark; the one of the
    Content-Type; UTF-8, and Latin-1 when the bytes are not valid UTF-8. Under a charset that was
    stated, wrong bytes become U+FFFD, as in browsers: a call that has had its effect does not
    fail over one broken character. For the same reason a Content-Type whose charset is unknown
    counts as one that names none.

    Args:
        data: the whole body, content encodings undone.
        content_type: value of the Content-Type header.
        charset: the charset that the task asks for.

    Raises:
        DecodeError: the charset that the task asks for is unknown.
    """
    stated = charset or _mark(data) or parse_media_type(content_type)[1].get("charset", "")
    name = known_charset(stated)
    if name is None and charset:
        raise DecodeError(
            f"The charset {charset[:40]!r} is unknown",
            code="charset_unknown",
            hint="name another one with httptask.response.charset, or leave it out",
        )
    if name is None:
        return _guess(data)
    return data.decode("utf-8-sig" if name == "utf-8" else name, "replace")


def _mark(data: bytes) -> str:
    return next((name for mark, name in _BOMS if data.startswith(mark)), "")


def _guess(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")

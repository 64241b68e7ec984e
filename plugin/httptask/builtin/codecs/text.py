"""Media types and the charset of a text."""

from __future__ import annotations

import codecs
import encodings
import re
import sys
from functools import lru_cache

from httptask.builtin.codecs.declared import declared_charset
from httptask.errors import DecodeError

_TYPE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_PARAMETER = re.compile(r';\s*([^\s;="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.DOTALL)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\0?\0", "utf-16-le"),  # XML may leave the mark out
    (b"\0<\0?", "utf-16-be"),
)
_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "unicode-escape", "undefined", "utf-7"}
)

MAX_WRONG = 250_000
"""Places of a text that may be wrong under its charset: each takes as long as 1,000 right ones."""

_PIECE = 256 * 1024
_WITH_MARK = frozenset({"utf-16", "utf-32"})
_LEFT_OUT = "\ufffe"
"""Stands in Python's tables of characters for a byte that means nothing."""

_ALSO = {
    "dos-874": "cp874",
    "iso-10646-ucs-2": "utf-16-le",
    "iso-8859-8-i": "iso8859-8",
    "koi8-ru": "koi8-u",
    "ucs-2": "utf-16-le",
    "unicode": "utf-16-le",
    "unicode-1-1-utf-8": "utf-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
    "x-sjis": "cp932",
    "x-x-big5": "big5hkscs",
    **{f"x-cp{number}": f"cp{number}" for number in range(1250, 1259)},
}
"""Labels of the Encoding Standard that Python does not know."""

_READ_AS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "utf-8": "utf-8-sig",
}
"""Codecs by Python's name of a charset: the larger charsets that browsers read under its label."""


@lru_cache(maxsize=256)
def _parse(value: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    kind = value.partition(";")[0].strip().lower()
    if not _TYPE.match(kind):
        return "", ()
    return kind, tuple(parse_parameters(value).items())


def parse_parameters(value: str) -> dict[str, str]:
    """Return the parameters of a header's value by lower-case name; of each name the first."""
    found: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(value):
        text = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted else plain.strip()
        found.setdefault(name.lower(), text)
    return found


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
    """Return Python's name of a charset, or None when it is unknown or not a charset at all."""
    try:
        label = name.strip()
        found = codecs.lookup(_ALSO.get(label.lower(), label))
        " ".encode(found.name)  # refuses codecs that are not text: hex, zip, base64
    except (LookupError, ValueError):
        return None
    return None if found.name.replace("_", "-") in _NOT_CHARSETS else found.name


def decode_text(data: bytes, content_type: str | None = None, charset: str | None = None) -> str:
    """Decode a text body.

    The charset is, in this order: the one the task asks for; the byte-order mark; the one of the
    Content-Type; the one that the document declares (XML, HTML); UTF-8; and windows-1252 when the
    bytes are not valid UTF-8. Labels mean what they mean to browsers: windows-1252 under
    ``iso-8859-1`` or ``us-ascii``. Under a charset that was stated, wrong bytes become U+FFFD, as
    in browsers: a call that has had its effect does not fail over one broken character. For the
    same reason an unknown charset counts as none, and so does one under which most is wrong.

    Args:
        data: the whole body, content encodings undone.
        content_type: value of the Content-Type header.
        charset: the charset that the task asks for.

    Raises:
        DecodeError: the charset that the task asks for is unknown.
    """
    if charset and known_charset(charset) is None:
        raise DecodeError(
            f"The charset {charset[:40]!r} is unknown",
            code="charset_unknown",
            hint="name another one with httptask.response.charset, or leave it out",
        )
    kind, parameters = parse_media_type(content_type)
    stated = charset or _mark(data) or parameters.get("charset", "")
    name = known_charset(stated) or known_charset(declared_charset(data, kind))
    return _guess(data) if name is None else _decoded(data, _READ_AS.get(name, name))


def is_utf8(data: bytes) -> bool:
    """Tell whether bytes are valid UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _mark(data: bytes) -> str:
    return next((name for mark, name in _BOMS if data.startswith(mark)), "")


def _decoded(data: bytes, codec: str) -> str:
    if characters := _characters(codec):
        return codecs.charmap_decode(data, "strict", characters)[0]
    if codec in _WITH_MARK and _mark(data) != codec:
        codec = f"{codec}-le"
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return _mended(data, codec) or _guess(data)


@lru_cache(maxsize=64)
def _characters(codec: str) -> str:
    """Return the characters by byte of a charset in which each byte is one; "" of others.

    A byte that the charset leaves out is U+FFFD; in windows-1252, a control character.
    """
    name = encodings.normalize_encoding(codec)
    table = getattr(sys.modules.get(f"encodings.{name}"), "decoding_table", "")
    if codec == "cp1252":
        return "".join(chr(at) if each == _LEFT_OUT else each for at, each in enumerate(table))
    return table.replace(_LEFT_OUT, "\ufffd")


def _mended(data: bytes, codec: str) -> str:
    """Return the text with U+FFFD in the places that are wrong; "" if there are too many."""
    decoder, text, wrong = codecs.getincrementaldecoder(codec)("replace"), [], 0
    for at in range(0, len(data), _PIECE):
        piece = decoder.decode(data[at : at + _PIECE])
        wrong += piece.count("\ufffd")
        if wrong > MAX_WRONG:
            return ""
        text.append(piece)
    return "".join([*text, decoder.decode(b"", final=True)])


def _guess(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        cut_off = error.end == len(data) and "end of data" in error.reason
        if cut_off and not data[: error.start].isascii():
            return data.decode("utf-8", "replace")
        return _decoded(data, "cp1252")

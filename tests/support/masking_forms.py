"""The table of forms that a secret may travel in: each with a function that makes it.

A form is bytes, as a body has them. ``BASE64`` forms leave the characters at their edges, which
say something of their neighbours as well.
"""

from __future__ import annotations

import base64
import html
import html.entities
import json
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, quote_plus

Form = Callable[[str], bytes]

_NAMES = {
    meaning: name for name, meaning in html.entities.html5.items() if name.endswith(";")
}  # fmt: skip


def _units(text: str, upper: bool) -> str:
    data = text.encode("utf-16-be")
    pairs = [data[at : at + 2].hex() for at in range(0, len(data), 2)]
    return "".join(f"\\u{pair.upper() if upper else pair}" for pair in pairs)


def _in_json(text: str, depth: int, ascii_only: bool) -> str:
    for _ in range(depth):
        text = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
    return text


def _every_byte(text: str, times: int = 1, upper: bool = True) -> str:
    sign = "%" + "25" * (times - 1)
    return "".join(f"{sign}{byte:02X}" if upper else f"{sign}{byte:02x}" for byte in text.encode())


def _quoted(text: str, times: int) -> str:
    for _ in range(times):
        text = quote(text, safe="")
    return text


def _named(text: str) -> str:
    return "".join(f"&{_NAMES[each]}" if each in _NAMES else each for each in text)


def _texts() -> dict[str, Callable[[str], str]]:
    forms: dict[str, Callable[[str], str]] = {
        "raw": str,
        "lower case": lambda text: text.lower() if len(text.lower()) == len(text) else text,
        "form": quote_plus,
        "percent, letters and digits plain": lambda text: "".join(
            each if each.isascii() and each.isalnum() else _every_byte(each) for each in text
        ),
        "percent, every byte, lower": partial(_every_byte, upper=False),
        "entities as html.escape": html.escape,
        "entities, named": _named,
        "entities, decimal": lambda text: "".join(f"&#{ord(each)};" for each in text),
        "entities, hexadecimal": lambda text: "".join(f"&#x{ord(each):x};" for each in text),
        "entities, upper, zeros": lambda text: "".join(f"&#X{ord(each):06X};" for each in text),
        "entities twice": lambda text: html.escape(html.escape(text)),
        "u escapes": partial(_units, upper=False),
        "u escapes, upper": partial(_units, upper=True),
        "u escapes in JSON": lambda text: _units(text, upper=False).replace("\\", "\\\\"),
        "JSON with slashes escaped": lambda text: _in_json(text, 1, True).replace("/", r"\/"),
        "JSON, then form": lambda text: quote_plus(_in_json(text, 1, False)),
        "JSON, then entities": lambda text: html.escape(_in_json(text, 1, False)),
        "read as Latin-1": lambda text: text.encode().decode("latin-1"),
        "hexadecimal": lambda text: text.encode().hex(),
        "hexadecimal, upper": lambda text: text.encode().hex().upper(),
    }
    for depth in (1, 2, 3):
        for ascii_only in (False, True):
            name = f"JSON, {depth} deep{', ASCII' if ascii_only else ''}"
            forms[name] = partial(_in_json, depth=depth, ascii_only=ascii_only)
    for times in range(1, 6):
        forms[f"percent, {times} times"] = partial(_quoted, times=times)
        forms[f"percent, every byte, {times} times"] = partial(_every_byte, times=times)
    return forms


def _lines(data: bytes, width: int, end: bytes) -> bytes:
    return end.join(data[at : at + width] for at in range(0, len(data), width))


def _base64(
    text: str, before: int, encode: Callable[[bytes], bytes], width: int, end: bytes, percent: bool
) -> bytes:
    data = encode(b"\xfb\xef"[:before] + text.encode() + b"\xff")
    data = _lines(data, width, end) if width else data
    return quote(data, safe="").encode() if percent else data


TEXTS = _texts()
CHARSETS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
WIDE: dict[str, Form] = {
    f"{name} in {charset}": lambda text, make=make, charset=charset: make(text).encode(charset)
    for name, make in {key: TEXTS[key] for key in ("raw", "JSON, 1 deep", "form")}.items()
    for charset in CHARSETS
}
WHOLE: dict[str, Form] = {
    **{name: lambda text, make=make: make(text).encode() for name, make in TEXTS.items()},
    **WIDE,
}
LINES = (
    (0, b""),
    (76, b"\r\n"),
    (76, b"\n"),
    (64, b"\r\n"),
    (64, b"\n"),
    (16, b"\r\n"),
    (16, b"\n"),
    (16, b"\\n"),
)
BASE64: dict[str, Form] = {
    f"{encode.__name__} at {before}, lines of {width}, {end!r}{', percent' * percent}": partial(
        _base64, before=before, encode=encode, width=width, end=end, percent=percent
    )
    for encode in (base64.b64encode, base64.urlsafe_b64encode)
    for before in range(3)
    for width, end in LINES
    for percent in (False, True)
}

"""The forms in which a secret may travel: two tables of patterns.

They are of UTF-8 without NUL: so ASCII in UTF-16 and UTF-32 is ASCII.
"""

from __future__ import annotations

import base64
import html.entities
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Final

_SHORTEST_ENCODED: Final = 4
"""Characters below which a value's few hexadecimal digits would be those of others."""
_REPEATED: Final = 12
"""Characters that the longest escape of a byte has: percent-encoded five times, or so."""

_PERCENT: Final = "%(?:25)*"
_AMPERSAND: Final = "&(?:amp;)*"
_BACKSLASH: Final = rf"(?:\\|{_PERCENT}5[cC]|{_AMPERSAND}(?:#0*92|#[xX]0*5[cC]|bsol);)"
_LINE_BREAK: Final = rf"(?:[\r\n\t ]|{_BACKSLASH}+[rn]|{_PERCENT}0[aAdD]|&#1[03];)*"
_LETTERS: Final = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}


def to_bytes(text: str) -> bytes:
    """Return what is searched; every text has such bytes, and no two texts have the same."""
    return text.encode("utf-8", "surrogatepass")


def sent_bytes(text: str) -> bytes:
    """Return the bytes under which a text is sent: those of the environment as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _raw(character: str) -> Iterator[str]:
    """Yield a character as it is, in either case, and its bytes read as Latin-1, also twice."""
    for each in {character, character.lower(), character.upper()}:
        yield _literal(to_bytes(each))
        for charset in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"):
            data = each.encode(charset, "surrogatepass").replace(b"\0", b"")
            yield _literal(_as_latin_1(data))
            yield _literal(_as_latin_1(_as_latin_1(data)))
    yield _literal(_as_latin_1(sent_bytes(character)))


def _as_latin_1(data: bytes) -> bytes:
    return to_bytes(data.decode("latin-1"))


def _percent(character: str) -> Iterator[str]:
    """Yield a character percent-encoded, any number of times."""
    yield _percent_bytes(sent_bytes(character))
    yield _percent_bytes(character.encode("latin-1", "ignore"))


def _percent_bytes(data: bytes) -> str:
    return "".join(f"{_PERCENT}{_digits(byte, 2)}" for byte in data)


def _form(character: str) -> Iterator[str]:
    yield r"\+" if character == " " else ""


def _entity(character: str) -> Iterator[str]:
    """Yield a character as an HTML entity: decimal, hexadecimal, by each of its names."""
    number = ord(character)
    names = [_literal(name.encode()) for name in entity_names().get(character, ())]
    ways = [f"#0*{number};", f"#[xX]0*{_digits(number)};", *names]
    yield f"{_AMPERSAND}(?:{'|'.join(ways)})"


def _json(character: str) -> Iterator[str]:
    """Yield a character escaped in a JSON text, which may be in JSON texts itself."""
    units = character.encode("utf-16-be", "surrogatepass")
    pairs = [int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
    yield "".join(f"(?:{_BACKSLASH}+|{_PERCENT})u{_digits(pair, 4)}" for pair in pairs)
    if ord(character) < 256:
        yield f"{_BACKSLASH}+x{_digits(ord(character), 2)}"
    if character in _LETTERS:
        yield f"{_BACKSLASH}+{_LETTERS[character]}"


def _hexadecimal(secret: str) -> Iterator[list[str]]:
    for data in _encoded(secret):
        yield [_digits(byte, 2) for byte in data]


def _base64(secret: str) -> Iterator[list[str]]:
    """Yield a secret's characters of base64, at each of three alignments, in lines or not."""
    for data in _encoded(secret):
        for offset in range(3):
            text = base64.b64encode(bytes(offset) + data).decode()
            whole = text[(0, 2, 3)[offset] : (offset + len(data)) * 8 // 6]
            first, *others = map(_sextet, whole)
            yield [first, *(_LINE_BREAK + each for each in others)]


def _sextet(character: str) -> str:
    other = {"+": "-", "/": "_"}.get(character)
    return f"(?:{_mixed(character)}|{_mixed(other)})" if other else character


def _characters(secret: str) -> Iterator[list[str]]:
    yield list(map(_mixed, secret))


CHARACTER_FORMS: Final[dict[str, Callable[[str], Iterable[str]]]] = {
    "raw": _raw,
    "percent": _percent,
    "form": _form,
    "entity": _entity,
    "json": _json,
}
"""Each character of a secret may have any of these forms: encoders differ in what they leave."""

TEXT_FORMS: Final[dict[str, Callable[[str], Iterable[list[str]]]]] = {
    "characters": _characters,
    "hexadecimal": _hexadecimal,
    "base64": _base64,
}
"""A secret may have any of these forms as a whole; each is a sequence of patterns."""


@lru_cache(maxsize=2048)
def _mixed(character: str) -> str:
    """Return a pattern of a character in any form, also behind backslashes."""
    if character == "\\":
        return f"(?:{_BACKSLASH}|{'|'.join(_json(character))})+"
    ways = {way for form in CHARACTER_FORMS.values() for way in form(character)} - {""}
    escaped = "" if character.isascii() and character.isalnum() else f"{_BACKSLASH}*"
    return f"{escaped}(?:{'|'.join(sorted(ways))})"


@lru_cache(maxsize=1)
def entity_names() -> dict[str, list[str]]:
    """Return the names of HTML's entities by the character that they mean."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for name, meaning in html.entities.html5.items():
        names[meaning].append(name)
    return names


def longest_form(secret: str) -> int:
    """Return how many characters the longest usual form of a secret has."""
    names = entity_names()
    return sum(
        max([_REPEATED * len(to_bytes(each)), *(len(name) + 1 for name in names.get(each, ()))])
        for each in secret
    )


def ends_clearly(pattern: str) -> bool:
    """Tell whether a pattern is one of a letter or digit: nothing that follows prolongs it."""
    return not pattern.startswith((f"{_BACKSLASH}*", f"(?:{_BACKSLASH}"))


def patterns(secret: str) -> Iterator[list[str]]:
    """Yield each form of a secret, as a sequence of patterns."""
    for form in TEXT_FORMS.values():
        if form is _characters or len(secret) >= _SHORTEST_ENCODED:
            yield from form(secret)


def _encoded(secret: str) -> Iterator[bytes]:
    yield sent_bytes(secret)
    if not secret.isascii() and all(ord(character) < 256 for character in secret):
        yield secret.encode("latin-1")


def _literal(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)


def _digits(number: int, width: int = 0) -> str:
    """Return a pattern of a number in hexadecimal, in either case."""
    return "".join(f"[{each}{each.upper()}]" if each.isalpha() else each
                   for each in f"{number:0{width}x}")  # fmt: skip

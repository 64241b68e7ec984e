"""Secrets are registered when used, and replaced by value on the way out."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from httptask.core.numbers import integer, number

MASK = "***"
MIN_LENGTH = 8
_LONGEST_FORM = 12
SENSITIVE_HEADERS = frozenset(
    {
        "api-key",
        "apikey",
        "authorization",
        "cookie",
        "private-token",
        "proxy-authorization",
        "set-cookie",
        "x-access-token",
        "x-amz-security-token",
        "x-api-key",
        "x-auth-token",
        "x-goog-api-key",
    }
)

_PLAIN = re.compile("[A-Za-z0-9]")


def secret_pattern(secret: str) -> str:
    """Return a regular expression of the texts under which a secret may travel.

    - Its characters percent-encoded (up to five times), form-encoded or as HTML entities, or
      escaped for JSON once or twice, in any mixture with plain ones: encoders differ in what
      they leave alone.
    - Its bytes in base64 or base64url, at each of the three alignments inside a longer text.
    - Its bytes in hexadecimal.
    """
    mixtures = {"".join(map(way, secret)) for way in (_in_url, _in_json, _in_json_twice)}
    forms = sorted(set(_base64_forms(secret)), key=len, reverse=True)
    hexadecimal = _bytes(secret).hex()
    forms += [hexadecimal, hexadecimal.upper()]
    return "|".join([*sorted(mixtures), *map(re.escape, forms)])


@lru_cache(maxsize=1024)
def _in_url(character: str) -> str:
    if _PLAIN.fullmatch(character):
        return re.escape(character)
    data = _bytes(character)
    number = ord(character)
    ways = {re.escape(character), re.escape(data.decode("latin-1"))}
    ways |= {rf"&#0*{number};", rf"&#x0*{number:x};"}
    ways |= {re.escape(html.escape(character)), _percent(data)}
    ways.add(_percent(character.encode("latin-1", "ignore") or data))
    if character == " ":
        ways.add(r"\+")
    return _one_of(ways)


def _in_json(character: str, depth: int = 1) -> str:
    """Return the ways to write a character in a JSON text that is nested in ``depth`` others."""
    if character == "\\":
        return r"\\" * (1 << depth)
    if _PLAIN.fullmatch(character):
        return re.escape(character)
    escape = r"\\" * (1 << depth - 1)
    units = [data[index : index + 2].hex() for data in (_utf_16(character),) for index in (0, 2)]
    ways = {"".join(f"{escape}u{unit}" for unit in units if unit)}
    escaped = json.dumps(character, ensure_ascii=False)[1:-1]
    if character == '"':
        ways.add(r"\\" * ((1 << depth) - 1) + '"')
    elif escaped != character:
        ways.add(escape + escaped[1:])
    else:
        ways |= {re.escape(character), re.escape(_bytes(character).decode("latin-1"))}
        ways |= {rf"{escape}/"} if character == "/" else set()
    return _one_of(ways)


def _in_json_twice(character: str) -> str:
    return _in_json(character, 2)


def _one_of(ways: set[str]) -> str:
    return f"(?i:{'|'.join(sorted(ways, key=len, reverse=True))})"


def _utf_16(character: str) -> bytes:
    return character.encode("utf-16-be", "surrogatepass")


def _percent(data: bytes) -> str:
    return "".join(f"%(?:25){{0,4}}{byte:02x}" for byte in data)


def _bytes(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _base64_forms(secret: str) -> Iterator[str]:
    for raw in {_bytes(secret), secret.encode("latin-1", "replace")}:
        for offset in range(3):
            padded = bytes(offset) + raw
            start = (0, 2, 3)[offset]
            whole = len(padded) * 8 // 6
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                yield encode(padded).decode()[start:whole]


def texts_in_json(secret: str) -> list[str]:
    """Return the texts and numbers inside a secret that is JSON; each may travel alone."""
    if secret.lstrip()[:1] not in {"{", "["}:
        return []
    try:
        return list(_texts(json.loads(secret, parse_float=number, parse_int=integer)))
    except (ValueError, RecursionError):
        return []


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


class Redactor:
    """Replaces every registered secret in texts, bytes and JSON values by ``***``.

    Values under 8 characters would hit innocent text; they are masked by field name only.

    Attributes:
        named: secrets that were registered with a name, by that name.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self._fields: set[str] = set(SENSITIVE_HEADERS)
        self.named: dict[str, str] = {}
        for secret in secrets:
            self.register(secret)

    @property
    def armed(self) -> bool:
        """Tell whether any secret has been registered."""
        return bool(self._secrets)

    def register(self, secret: str, name: str = "") -> None:
        """Mask this value, in all its encoded forms, from now on."""
        if name:
            self.named[name] = secret
        for value in (secret, secret.strip()):
            if len(value) >= MIN_LENGTH and value not in self._secrets:
                self._secrets.add(value)
                self._pattern = None

    def register_field(self, name: str) -> None:
        """Mask the whole value of headers, query and form fields of this name."""
        self._fields.add(name.lower())

    @property
    def names_fields(self) -> bool:
        """Tell whether fields were registered, besides the headers that always are."""
        return len(self._fields) > len(SENSITIVE_HEADERS)

    def is_sensitive_field(self, name: str) -> bool:
        """Tell whether a field is masked whatever its value."""
        return name.lower() in self._fields

    def contains_secret(self, text: str) -> bool:
        """Tell whether a text carries a registered secret: in any form, or a short one as it is."""
        if self._secrets and self._compiled().search(text) is not None:
            return True
        return any(value and value in text for value in self.named.values())

    def text(self, text: str) -> str:
        """Return the text with every secret replaced."""
        return self._compiled().sub(MASK, text) if self._secrets else text

    def start(self, text: str) -> str:
        """Return the start of a longer text, cut before a secret that the cut may have split."""
        if not self._secrets:
            return text
        longest = _LONGEST_FORM * max(map(len, self._secrets))
        return self.text(text)[:-longest]

    def data(self, data: bytes) -> bytes:
        """Return the bytes with every secret replaced."""
        return self.text(data.decode("latin-1")).encode("latin-1") if self._secrets else data

    def header(self, name: str, value: str) -> str:
        """Return the value of a header as it may be shown."""
        return MASK if self.is_sensitive_field(name) else self.text(value)

    def value(self, value: Any) -> Any:
        """Return a JSON value with every secret replaced, keys included."""
        if not self._secrets:
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.text(str(key)): self.value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.value(item) for item in value]
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return MASK if self._compiled().search(str(value)) else value
        return value

    def _compiled(self) -> re.Pattern[str]:
        if self._pattern is None:
            ordered = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(secret_pattern, ordered)))
        return self._pattern

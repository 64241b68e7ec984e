"""Secrets are registered when used, and replaced by value on the way out."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

MASK = "***"
MIN_LENGTH = 8
_LONGEST_FORM = 6
SENSITIVE_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token"}
)

_PLAIN = re.compile("[A-Za-z0-9_.~-]")


def secret_pattern(secret: str) -> str:
    """Return a regular expression of the texts under which a secret may travel.

    Each character as it is, escaped for JSON (also twice), percent- or form-encoded or as an HTML
    entity, in any mixture, since encoders differ in what they leave alone. The whole in base64 or
    base64url at each of the three alignments it can have inside a longer text.
    """
    forms = sorted(set(_base64_forms(secret)), key=len, reverse=True)
    return "|".join(["".join(map(_character, secret)), *map(re.escape, forms)])


@lru_cache(maxsize=1024)
def _character(character: str) -> str:
    if _PLAIN.fullmatch(character):
        return character if character != "." else r"\."
    data = _bytes(character)
    ways = {re.escape(character), re.escape(data.decode("latin-1"))}
    ways |= {re.escape(html.escape(character)), rf"&#0*{ord(character)};"}
    ways |= {_percent(data), _percent(character.encode("latin-1", "ignore") or data)}
    escaped = json.dumps(character)[1:-1]
    if escaped.startswith("\\u"):
        ways.add("".join(rf"\\+u{unit}" for unit in escaped.split("\\u")[1:]))
    elif escaped != character:
        ways.add(rf"\\+{re.escape(escaped[1:])}")
    if character in "/'":
        ways.add(rf"\\+{character}")
    if character == " ":
        ways.add(r"\+")
    if character.isascii():
        ways.add(rf"\\+u{ord(character):04x}")
    longest_first = sorted(ways, key=len, reverse=True)
    return f"(?i:{'|'.join(longest_first)})"


def _percent(data: bytes) -> str:
    return "".join(f"%{byte:02x}" for byte in data)


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
        return value

    def _compiled(self) -> re.Pattern[str]:
        if self._pattern is None:
            ordered = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile("|".join(map(secret_pattern, ordered)))
        return self._pattern

"""Secrets are registered when used, and replaced by value on the way out."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
MIN_LENGTH = 8
SENSITIVE_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key", "x-auth-token"}
)

_ESCAPE = re.compile("%[0-9A-F]{2}")
_UNICODE_ESCAPE = re.compile(r"((?<!\\)(?:\\\\)*\\u)([0-9a-f]{4})")


def encoded_forms(secret: str) -> set[str]:
    """Return the texts under which a secret may travel.

    Raw, JSON-escaped, percent- and form-encoded, and base64 and base64url at each of the three
    alignments it can have inside a longer text.
    """
    raw = _utf8(secret)
    forms = {secret, quote(raw, safe=""), quote(raw), quote_plus(raw)}
    forms |= {_ESCAPE.sub(lambda match: match[0].lower(), form) for form in forms}
    escaped = json.dumps(secret)[1:-1]
    forms |= {escaped, json.dumps(secret, ensure_ascii=False)[1:-1]}
    forms.add(_UNICODE_ESCAPE.sub(lambda match: match[1] + match[2].upper(), escaped))
    forms |= {form.replace("/", "\\/") for form in forms}
    for data in {raw, secret.encode("latin-1", "replace")}:
        forms |= set(_aligned_base64(data))
    return {form for form in forms if len(form) >= MIN_LENGTH}


def _utf8(text: str) -> bytes:
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _aligned_base64(raw: bytes) -> Iterable[str]:
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
        longest = max(map(len, self._forms()))
        return self.text(text)[: -longest + 1 or None]

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
            ordered = sorted(self._forms(), key=len, reverse=True)
            self._pattern = re.compile("|".join(map(re.escape, ordered)))
        return self._pattern

    def _forms(self) -> set[str]:
        forms = {form for secret in self._secrets for form in encoded_forms(secret)}
        return forms | {_utf8(form).decode("latin-1") for form in forms}

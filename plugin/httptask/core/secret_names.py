"""What is a secret: by the name of its place, or by its value."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Final

from httptask.core.words import words

_WORDS: Final = frozenset(
    [
        "key",
        "apikey",
        "token",
        "secret",
        "password",
        "passwd",
        "pwd",
        "passphrase",
        "signature",
        "sig",
        "auth",
        "authorization",
        "session",
        "sessionid",
        "sid",
        "credential",
        "credentials",
        "jwt",
        "appid",
        "subscriptionkey",
        "accesskey",
        "authtoken",
        "accesstoken",
        "refreshtoken",
        "clientsecret",
        "phpsessid",
        "jsessionid",
        "sess",
        "csrftoken",
        "xsrftoken",
    ]
)
_HARMLESS: Final = frozenset(
    [
        "page",
        "next",
        "previous",
        "prev",
        "continuation",
        "sync",
        "sort",
        "order",
        "idempotency",
        "public",
        "partition",
        "primary",
        "foreign",
        "type",
        "expires",
        "expiration",
        "algorithm",
        "method",
        "url",
        "uri",
        "limit",
        "count",
        "name",
    ]
)
_ID_OF_KEY: Final = frozenset({"key", "auth"})
_PREFIX: Final = re.compile(
    r"(?:[sr]k_(?:live|test)_|gh[opsur]_|github_pat_|xox[abeprs]-|AKIA|ASIA|glpat-|AIza|sk-|SG\.)"
    r"[A-Za-z0-9_.-]{6,}|eyJ[\w-]+\.[\w-]+\.[\w-]*"
)
_TOKEN: Final = re.compile(r"[A-Za-z0-9_+=~-]{20,}")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ENTROPY: Final = 3.5


def is_secret_name(name: str) -> bool:
    """Tell whether what stands under a name is a secret."""
    parts = words(name)
    found = _WORDS.intersection(parts)
    if not found or _HARMLESS.intersection(parts):
        return False
    return not ("id" in parts and found <= _ID_OF_KEY)


def is_secret_value(value: str) -> bool:
    """Tell whether a text has the form of a known kind of secret."""
    return _PREFIX.fullmatch(value.strip()) is not None


def is_random(value: str) -> bool:
    """Tell whether a header's value looks drawn at random."""
    if not _TOKEN.fullmatch(value) or _UUID.fullmatch(value):
        return False
    if not (any(c.isdigit() for c in value) and any(c.isalpha() for c in value)):
        return False
    shares = [number / len(value) for number in Counter(value).values()]
    return -sum(share * math.log2(share) for share in shares) >= _ENTROPY

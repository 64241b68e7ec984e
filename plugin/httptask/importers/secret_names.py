"""What is a secret, by the name of its place or by its value, and what it is called."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from httptask.core.words import free_name

_SPLIT: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
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
_PLACEHOLDER: Final = re.compile(
    r"(?:<|\[)?\s*(?:your|my|insert)?[\s_-]*([a-z][a-z_ -]*)(?:[\s_-]*here)?\s*(?:>|\])?",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(r"<|\[|\byour|\bmy_|insert|here", re.IGNORECASE)
_GENERIC: Final = frozenset({"api", "www", "app", "id", "com", "co", "org", "net", "example"})


def split_words(name: str) -> list[str]:
    """Split a name into lower-case words."""
    return [word.lower() for word in _SPLIT.split(name) if word]


def is_secret_name(name: str) -> bool:
    """Tell whether what stands under a name is a secret."""
    words = split_words(name)
    found = _WORDS.intersection(words)
    if not found or _HARMLESS.intersection(words):
        return False
    return not ("id" in words and found <= _ID_OF_KEY)


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


@dataclass(slots=True)
class SecretNames:
    """Names of the secrets of one import; the same value has the same name everywhere.

    Attributes:
        used: the names, in the order in which they were given.
    """

    used: dict[str, None] = field(default_factory=dict)
    _of_value: dict[str, str] = field(default_factory=dict)

    @property
    def values(self) -> dict[str, str]:
        """Return the secrets that stand in the source, by name."""
        return {name: value for value, name in self._of_value.items()}

    def of_variable(self, name: str) -> str:
        """Return the name of a secret that the source has as a variable."""
        made = "_".join(re.findall(r"[A-Za-z0-9]+", name)).upper() or "SECRET"
        made = f"_{made}" if made[0].isdigit() else made
        self.used[made] = None
        return made

    def of_value(self, value: str, place: str, url: str) -> str:
        """Return the name of a secret that stands in the source as a value.

        Args:
            value: the secret.
            place: name of the header, parameter or field that holds it.
            url: the request's address.
        """
        if value not in self._of_value:
            wanted = _from_placeholder(value) or _host_and(place, url)
            self._of_value[value] = free_name(wanted, self.used.__contains__)
        self.used[self._of_value[value]] = None
        return self._of_value[value]


def _from_placeholder(value: str) -> str:
    found = _PLACEHOLDER.fullmatch(value) if len(value) <= 60 and _PLACE.search(value) else None
    words = [word for word in split_words(found[1]) if word != "here"] if found else []
    return "_".join(words).upper()


def _host_and(place: str, url: str) -> str:
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        labels = []
    named = (each for each in labels[-2::-1] if each not in _GENERIC and not each.isdecimal())
    host = next(named, "")
    words = [*split_words(host), *(word for word in split_words(place) if word != "x")]
    name = "_".join(re.sub(r"[^a-z0-9]", "", word) for word in words).upper().strip("_")
    return f"_{name}" if name[:1].isdigit() else name or "SECRET"

"""What the secrets of an import are called."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from httptask.core.words import free_name, words

OWN_VARIABLE: Final = "HTTPTASK_SECRET_"
_PLACEHOLDER: Final = re.compile(
    r"(?:<|\[)?\s*(?:your|my|insert)?[\s_-]*([a-z][a-z_ -]*)(?:[\s_-]*here)?\s*(?:>|\])?",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(r"<|\[|\byour|\bmy_|insert|here", re.IGNORECASE)
_GENERIC: Final = frozenset({"api", "www", "app", "id", "com", "co", "org", "net", "example"})


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
        """Return the name of a secret that the source has as a variable; of one of ours its own."""
        if name.startswith(OWN_VARIABLE):
            self.used[name.removeprefix(OWN_VARIABLE)] = None
            return name.removeprefix(OWN_VARIABLE)
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
    kept = [word for word in words(found[1]) if word != "here"] if found else []
    return "_".join(kept).upper()


def _host_and(place: str, url: str) -> str:
    try:
        labels = (urlsplit(url).hostname or "").split(".")
    except ValueError:
        labels = []
    named = (each for each in labels[-2::-1] if each not in _GENERIC and not each.isdecimal())
    host = next(named, "")
    parts = [*words(host), *(word for word in words(place) if word != "x")]
    name = "_".join(parts).upper()
    return f"_{name}" if name[:1].isdigit() else name or "SECRET"

"""Secrets that were given in the panel: for this server's life, in its memory only."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from httptask.hooks import hookimpl
from httptask.hooks.views import Claim


@dataclass(slots=True)
class SessionSecrets:
    """A provider of secrets that comes before the others."""

    _values: dict[str, str] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, name: str, value: str) -> None:
        """Keep a secret; an empty one is forgotten."""
        with self._lock:
            if value:
                self._values[name] = value
            else:
                self._values.pop(name, None)

    def names(self) -> set[str]:
        """Return the names of the secrets that are kept."""
        with self._lock:
            return set(self._values)

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the session."""
        return [Claim("get_secret", "session", "set in the editor panel, until it is stopped")]

    @hookimpl(tryfirst=True)
    def httptask_get_secret(self, name: str) -> str | None:
        """Return the secret's value."""
        with self._lock:
            return self._values.get(name)

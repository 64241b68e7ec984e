"""What the authentication of a task puts into its requests, as far as that is known."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

_FAMILIES: Final = {
    "bearer": "bearer",
    "oauth2": "bearer",
    "openIdConnect": "bearer",
    "jwt": "bearer",
    "basic": "basic",
    "digest": "digest",
    "apiKey": "apiKey",
    "none": "none",
}
"""What is sent, by the name of a kind; another kind may send anything."""

CARRIERS: Final = frozenset({"authorization", "cookie", "proxy-authorization"})
"""Header fields that hold credentials of any kind."""

_LABEL: Final = re.compile(r"(?P<kind>[^ ]+)(?: \((?P<about>.*)\))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sent:
    """What proves who calls.

    Attributes:
        family: "bearer", "basic", "digest", "apiKey" or "none".
        place: of an API key, where it is sent.
        name: of an API key, its name.
    """

    family: str
    place: str = ""
    name: str = ""

    @classmethod
    def of(cls, auth: Mapping[str, Any]) -> Self | None:
        """Return what ``httptask.auth`` sends; None if that is not known."""
        return cls._of(str(auth.get("type")), auth.get("in") or "header", auth.get("name"))

    @classmethod
    def labelled(cls, label: str) -> Self | None:
        """Return what a label of ``httptask.operation.auth`` stands for; None if unknown."""
        found = _LABEL.fullmatch(label)
        if found is None:
            return None
        place, _, name = (found["about"] or "").partition(" ")
        return cls._of(found["kind"], place, name)

    @classmethod
    def _of(cls, kind: str, place: Any, name: Any) -> Self | None:
        family = _FAMILIES.get(kind)
        if family != "apiKey":
            return cls(family) if family else None
        named = str(name).lower() if place == "header" else str(name)
        return None if named in CARRIERS else cls(family, str(place), named)

    def __str__(self) -> str:
        return f"apiKey ({self.place} {self.name})" if self.name else self.family


NOTHING: Final = Sent("none")

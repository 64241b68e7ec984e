"""What a task says of the operation that it was prepared from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from httptask.core.methods import KNOWN
from httptask.definition.written import written_options

_SEAL: Final = re.compile(r"-[0-9a-f]{6}\Z")
_WHOLE: Final = 75
"""A longer path may be cut in an id."""


@dataclass(frozen=True, slots=True)
class Described:
    """``httptask.operation``; tasks of earlier versions have an id only, which tells of more.

    Attributes:
        id: its id, ``API/METHOD-PATH``.
        method: its method, or "".
        path: its path, or None if it is not written; then ``path_words`` may tell of it.
        path_words: the words of its path, of the id.
        servers: where it is called; empty if that is not known.
        auth: the kinds of authentication that it takes; empty if that is not known.
        media_types: media types of its body; empty if they are not known.
        statuses: statuses of its responses; empty if they are not known.
        deprecated: whether its authors advise against it.
    """

    id: str
    method: str
    path: str | None
    path_words: str
    servers: tuple[str, ...]
    auth: tuple[str, ...]
    media_types: tuple[str, ...]
    statuses: tuple[str, ...]
    deprecated: bool

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> Self | None:
        """Return what ``inputParameters`` say of the operation, or None."""
        written = written_options(inputs).get("operation")
        name = written.get("id") if isinstance(written, Mapping) else None
        if not isinstance(written, Mapping) or not isinstance(name, str):
            return None
        verb, _, rest = name.rpartition("/")[2].partition("-")
        method, path = written.get("method"), written.get("path")
        own = verb.upper() if verb.upper() in KNOWN else ""
        return cls(
            id=name,
            method=method if isinstance(method, str) else own,
            path=path if isinstance(path, str) else None,
            path_words=_SEAL.sub("", rest) if own and len(rest) < _WHOLE else "",
            servers=_texts(written.get("servers")),
            auth=_texts(written.get("auth")),
            media_types=_texts(written.get("mediaTypes")),
            statuses=_texts(written.get("statuses")),
            deprecated=written.get("deprecated") is True,
        )

    @property
    def api(self) -> str:
        """Return the API's part of the id."""
        return self.id.rpartition("/")[0]


def _texts(value: Any) -> tuple[str, ...]:
    """Return the texts of a list as written."""
    listed = value if isinstance(value, list) else []
    return tuple(each for each in listed if isinstance(each, str))

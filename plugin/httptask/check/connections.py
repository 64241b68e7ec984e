"""Whether this machine has the connections that a definition names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from httptask.definition.auth_options import CONNECTION_NAME
from httptask.definition.findings import Finding
from httptask.definition.structure import raw_tasks
from httptask.errors import HttpTaskError
from httptask.hooks.connections import load_connections, missing

_KEYS = ("inputParameters", "httptask", "auth")


def lacks_none(name: str) -> Sequence[str]:
    """Say that a connection lacks no scope."""
    del name
    return ()


def check_connections(
    document: Any,
    path: Path,
    source: str = "",
    *,
    lacking: Callable[[str], Sequence[str]] = lacks_none,
) -> Iterator[Finding]:
    """Yield a warning for each connection which this machine lacks, or whose token lacks scopes.

    Args:
        document: a workflow definition or a task, as written.
        path: the machine's file of connections.
        source: the file of the definition.
        lacking: tells the scopes that the token of a connection does not have.
    """
    if not isinstance(document, dict):
        return
    try:
        known = load_connections(path)
    except HttpTaskError as error:
        yield Finding.of(error)
        return
    tasks: Iterable[tuple[str, Any]] = [("", document), *raw_tasks(document)]
    for pointer, task in tasks:
        auth: Any = task
        for key in _KEYS:
            auth = auth.get(key) if isinstance(auth, dict) else None
        if not isinstance(auth, dict) or auth.get("type") != "connection":
            continue
        name = auth.get("name")
        if not isinstance(name, str) or not re.match(CONNECTION_NAME, name):
            continue
        where = f"{pointer}/{'/'.join(_KEYS)}/name"
        if name not in known:
            yield _warning(missing(name, known, where), source)
        elif scopes := lacking(name):
            yield Finding(
                "scope_missing",
                "warning",
                f"the token of the connection {name!r} lacks {', '.join(scopes)}",
                where,
                f"httptask auth login {name}, once somebody may grant them",
                source,
            )


def _warning(error: HttpTaskError, source: str) -> Finding:
    return Finding(error.code, "warning", error.message, error.pointer, error.hint, source)

"""Whether this machine has the connections that a definition names, with the scopes it needs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from httptask.builtin.auth.scopes import not_among
from httptask.check.almost import KEEP_APART, literal_credentials
from httptask.check.described import Described
from httptask.check.operation_auth import asked_scopes, lack, needed_scopes, told
from httptask.definition.auth_options import CONNECTION_NAME
from httptask.definition.findings import Finding
from httptask.definition.oauth2_options import SIGN_INS
from httptask.definition.structure import raw_tasks
from httptask.errors import HttpTaskError
from httptask.hooks.connections import Connection, load_connections, missing, refused
from httptask.hooks.task import written_origin

_KEYS = ("inputParameters", "httptask", "auth")


def tells_none(name: str) -> Sequence[str]:
    """Say that the token of a connection tells no scope."""
    del name
    return ()


def check_connections(
    document: Any,
    path: Path,
    source: str = "",
    *,
    granted: Callable[[str], Sequence[str]] = tells_none,
) -> Iterator[Finding]:
    """Yield a warning for each connection that is missing, unsafe, or lacks scopes or the origin.

    Args:
        document: a workflow definition or a task, as written.
        path: the machine's file of connections.
        source: the file of the definition.
        granted: tells the scopes that the token of a connection has; none if it does not tell.
    """
    if not isinstance(document, dict):
        return
    try:
        known = load_connections(path)
    except HttpTaskError as error:
        text = f"{error.source}#{error.pointer}: {error.message}"
        yield Finding(error.code, "error", text, "", error.hint, source)
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
        else:
            needed = _needed(task)
            yield from _literal(name, known[name].auth, where, source)
            yield from _origin(name, known[name], task["inputParameters"], where, source)
            yield from _scopes(name, known[name].auth, needed, granted(name), where, source)


def _literal(name: str, auth: Mapping[str, Any], where: str, source: str) -> Iterator[Finding]:
    """Yield a warning for each credential that stands in a connection."""
    for key in literal_credentials(auth):
        text = f"the connection {name!r} has its {key} written out: whoever reads the file has it"
        yield Finding("secret_literal", "warning", text, where, KEEP_APART, source)


def _origin(
    name: str, connection: Connection, inputs: Mapping[str, Any], where: str, source: str
) -> Iterator[Finding]:
    """Yield a warning if a connection may not be used for the address of its task."""
    origin = written_origin(inputs)
    if origin is not None and origin not in connection.literal_origins:
        yield _warning(refused(name, connection.literal_origins, origin, where), source)


def _needed(task: Mapping[str, Any]) -> list[list[str]]:
    """Return sets of scopes, one of which the task's operation needs; none if that is not known."""
    described = Described.of(task["inputParameters"])
    return needed_scopes(described) if described is not None else []


def _scopes(
    name: str,
    auth: Mapping[str, Any],
    needed: Sequence[Sequence[str]],
    granted: Sequence[str],
    where: str,
    source: str,
) -> Iterator[Finding]:
    """Yield a warning if a connection does not ask for a scope, or its token was not granted it."""
    asked = asked_scopes(auth) if auth.get("type") == "oauth2" else None
    again = f"httptask auth {'login' if auth.get('grant') in SIGN_INS else 'logout'} {name}"
    lacks = not_among(asked or (), granted) if granted else ()
    if asked is not None and lack(needed, asked):
        code, hint = "operation_scopes", f"add it to the connection's scopes, then {again}"
        text = f"the operation needs {told(needed)}; the connection {name!r} does not ask for it"
    elif granted and lack(needed, granted):
        code, hint = "scope_missing", f"{again}, once it may be granted"
        text = f"the token of the connection {name!r} lacks {told(needed)}"
    elif lacks and not needed:
        code, hint = "scope_missing", f"{again}, once it may be granted"
        text = f"the token of the connection {name!r} lacks {', '.join(lacks)}"
    else:
        return
    yield Finding(code, "warning", text, where, hint, source)


def _warning(error: HttpTaskError, source: str) -> Finding:
    return Finding(error.code, "warning", error.message, error.pointer, error.hint, source)

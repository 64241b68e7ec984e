"""Connections: named credentials outside of definitions, in a file of the machine's.

``{NAME: {"auth": {...}, "origins": ["https://api.example.com"]}}``: ``auth`` is what may stand
under ``httptask.auth``, its secrets by ``${workflow.secrets.NAME}``. The credentials go to the
origins that are named, and to the addresses that stand in ``auth``: nowhere else, whatever a
definition says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from httptask.core.message import Origin
from httptask.core.permissions import SecretOrigins
from httptask.definition.auth_options import CONNECTION_NAME
from httptask.definition.explain import explain
from httptask.definition.field_types import Model
from httptask.definition.messages import did_you_mean
from httptask.definition.reading import escape, read_document
from httptask.definition.scalars import Name
from httptask.errors import CredentialsError, DefinitionError, HttpTaskError
from httptask.expressions import compile_template
from httptask.hooks.task import CompiledTask, Connected, literal_origin, literal_origins

Connections = Mapping[str, "Connection"]


class Connection(Model):
    """One connection as it is written."""

    auth: dict[Name, Any] = Field(description="What may stand under httptask.auth.")
    origins: Annotated[list[Name], Field(min_length=1)] = Field(
        description="The only origins that the credentials may go to."
    )

    @property
    def literal_origins(self) -> frozenset[Origin]:
        """Return the origins as values."""
        return frozenset(filter(None, map(literal_origin, self.origins)))


class _File(Model):
    connections: dict[Annotated[str, Field(pattern=CONNECTION_NAME)], Connection]


def load_connections(path: Path) -> Connections:
    """Return the connections in a file, by name; none if there is no file.

    Raises:
        DefinitionError: the file cannot be read, or is not what it should be.
    """
    return _loaded(path, _state(path))


def _state(path: Path) -> tuple[int, ...]:
    """Return what changes with every write; () if there is no file."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size


@lru_cache(maxsize=8)
def _loaded(path: Path, state: tuple[int, ...]) -> Connections:
    if not state:  # with another one the file is read again
        return {}
    document = read_document(path)
    return parse_connections(document.value, document.source)


def parse_connections(document: Any, source: str) -> Connections:
    """Return connections by name.

    Raises:
        DefinitionError: the document is not what it should be.
    """
    try:
        found = _File.model_validate({"connections": document}).connections
    except ValidationError as error:
        first = explain(error, {"connections": document}, "", source)[0].to_error()
        first.code, first.pointer = (
            "connections_invalid",
            first.pointer.removeprefix("/connections"),
        )
        raise first from None
    for name, connection in found.items():
        _check(name, connection, source)
    return found


def _check(name: str, connection: Connection, source: str) -> None:
    wrong = next((text for text in connection.origins if not _is_origin(text)), None)
    kind = connection.auth.get("type")
    if wrong is not None:
        message, pointer = f"{wrong!r} is not an origin, such as https://api.example.com", "origins"
    elif not isinstance(kind, str) or kind == "connection":
        message, pointer = "auth needs a type, and another one than connection", "auth/type"
    else:
        return
    raise DefinitionError(
        message, code="connections_invalid", pointer=f"/{escape(name)}/{pointer}", source=source
    )


def _is_origin(text: str) -> bool:
    """Tell whether a text is an origin and no more: a path would narrow nothing."""
    authority = text.partition("://")[2].removesuffix("/")
    return literal_origin(text) is not None and not set("/?#") & set(authority)


def connected(task: CompiledTask, path: Path) -> CompiledTask:
    """Return a task with the connection that it names; if there is none, with the reason.

    Args:
        task: a task whose ``auth`` is of the type ``connection``.
        path: the file of connections.
    """
    written = task.written["httptask"]["auth"].get("name")
    name = written if isinstance(written, str) else ""
    try:
        state = _state(path)
        known = _loaded(path, state)
        if name not in known:
            raise missing(name, known, f"{task.pointer}/httptask/auth/name")
        connection = _compiled(path, state, name)
    except HttpTaskError as error:
        connection = Connected(name, fault=error)
    origins = task.option_origins | connection.calls
    return replace(task, connection=connection, option_origins=origins)


def missing(name: str, known: Connections, pointer: str) -> CredentialsError:
    """Return the error that there is no such connection."""
    return CredentialsError(
        f"this machine has no connection {name!r}",
        code="connection_missing",
        pointer=pointer,
        retryable=False,
        hint=did_you_mean(name, known) or f"httptask auth add {name} makes it",
    )


def refused(name: str, origins: Iterable[Origin], origin: Origin, pointer: str) -> CredentialsError:
    """Return the error that a connection may not be used for an origin.

    Args:
        name: its name.
        origins: where it may be used.
        origin: where the request goes.
        pointer: the place of its name.
    """
    return CredentialsError(
        f"the connection {name!r} may not be used for {origin}",
        code="connection_origin_refused",
        pointer=pointer,
        retryable=False,
        hint=f"it is for {', '.join(sorted(map(str, origins)))}; httptask auth add {name} --force "
        "changes it",
    )


@lru_cache(maxsize=1000)
def _compiled(path: Path, state: tuple[int, ...], name: str) -> Connected:
    """Return a connection; compiled once for each state of the file."""
    connection = _loaded(path, state)[name]
    auth = dict(connection.auth)
    return Connected(
        name,
        compile_template(auth),
        str(auth["type"]),
        connection.literal_origins,
        frozenset(literal_origins(auth)),
    )


def bound_secrets(
    task: CompiledTask, configured: Mapping[str, SecretOrigins]
) -> Mapping[str, SecretOrigins]:
    """Return where secrets may go, those of the task's connection to its own origins only."""
    connection = task.connection
    if connection is None:
        return configured
    own = frozenset(map(str, connection.origins | connection.calls))
    return {
        **configured,
        **{name: _bound(configured.get(name), own) for name in connection.secrets},
    }


def _bound(configured: SecretOrigins | None, own: frozenset[str]) -> SecretOrigins:
    narrowed = own & configured.origins if configured is not None and configured.only else own
    return SecretOrigins(narrowed, only=True)

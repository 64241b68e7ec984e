"""The connections of this machine: adding one, and how each stands. Never a token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pluggy
from pydantic import ValidationError

from httptask.builtin.auth.scopes import lacking
from httptask.builtin.auth.token_store import Token, TokenStore
from httptask.definition.explain import explain
from httptask.definition.field_types import AUTHORING, secret_texts
from httptask.errors import DefinitionError, HttpTaskError
from httptask.hooks.claims import options_model
from httptask.hooks.connections import load_connections
from httptask.settings import Settings
from httptask.trial.credentials import (
    credentials_of,
    identity_in,
    kept,
    known_connection,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a connection stands.

    Attributes:
        name: its name.
        auth: its ``auth`` as written, secrets by reference.
        origins: where its credentials may go.
        token: the token that is kept for it, or None.
        fault: why it cannot be used, or None.
    """

    name: str
    auth: Mapping[str, Any]
    origins: Sequence[str]
    token: Token | None = None
    fault: HttpTaskError | None = None

    @property
    def lacking(self) -> tuple[str, ...]:
        """Return the scopes that are asked for, and that the token says it does not have."""
        return lacking(self.auth.get("scopes", ()), self.token)

    def to_json(self) -> dict[str, Any]:
        """Return what may be shown."""
        token = self.token
        about = token and {
            "renewedAt": token.due,
            "renewable": bool(token.refresh),
            "scopes": token.scopes.split(),
            "lacking": list(self.lacking),
        }
        return {
            "name": self.name,
            "auth": dict(self.auth),
            "origins": list(self.origins),
            "token": about,
            "error": self.fault.to_json() if self.fault else None,
        }


def standings(settings: Settings, manager: pluggy.PluginManager) -> Iterator[Standing]:
    """Yield how each connection of this machine stands.

    Raises:
        DefinitionError: the file of connections cannot be read.
    """
    for name in load_connections(settings.connections_file):
        yield standing(name, settings, manager)


def standing(name: str, settings: Settings, manager: pluggy.PluginManager) -> Standing:
    """Return how a connection stands.

    Raises:
        DefinitionError: the file of connections cannot be read.
        CredentialsError: there is no such connection.
    """
    connection = known_connection(name, settings)
    shown = name, connection.auth, connection.origins
    try:
        token = kept(credentials_of(name, settings), settings, manager).token
    except HttpTaskError as error:
        error.pointer = ""
        return Standing(*shown, fault=error)
    return Standing(*shown, token)


def granted_scopes(name: str, settings: Settings, manager: pluggy.PluginManager) -> list[str]:
    """Return the scopes that the token of a connection says it has; none if it does not tell."""
    try:
        token = standing(name, settings, manager).token
    except HttpTaskError:
        return []
    return token.scopes.split() if token is not None else []


def sign_out(name: str, settings: Settings, manager: pluggy.PluginManager) -> bool:
    """Forget the token of a connection; tell whether there was one.

    Raises:
        DefinitionError: the file of connections cannot be read.
        CredentialsError: there is no such connection, or a secret of it is missing.
    """
    identity = identity_in(credentials_of(name, settings), settings, manager)
    return bool(identity) and TokenStore(settings.data).forget(identity)


def added(
    name: str, auth: Mapping[str, Any], origins: Sequence[str], manager: pluggy.PluginManager
) -> dict[str, Any]:
    """Return a connection as it is to be written.

    Raises:
        DefinitionError: it is not valid, or has a secret in the clear.
    """
    try:
        options = options_model(manager).model_validate({"auth": dict(auth)}, context=AUTHORING)
    except ValidationError as error:
        finding = explain(error, {"auth": auth}, "", "")[0].to_error()
        finding.pointer = f"/{name}{finding.pointer}"
        raise finding from None
    if any("${workflow.secrets." not in text for text in secret_texts(options.auth)):
        raise DefinitionError(
            "a connection holds secrets by name only",
            code="secret_literal",
            pointer=f"/{name}/auth",
            hint="write ${workflow.secrets.NAME}, and set HTTPTASK_SECRET_NAME",
        )
    return {"auth": dict(auth), "origins": list(origins)}

"""The credentials of a task or a connection on their own: whose tokens they use, what is kept."""

from __future__ import annotations

import time
from typing import Any, Final

import pluggy

from httptask.builtin.auth.token_call import identity_of
from httptask.builtin.auth.token_store import Row, TokenStore
from httptask.core.execution import Execution
from httptask.definition.oauth2_options import SIGN_INS, OAuth2Options
from httptask.definition.written import written_auth
from httptask.errors import HttpTaskError
from httptask.expressions import Context
from httptask.hooks.connections import Connection, load_connections, missing
from httptask.hooks.task import CompiledTask, literal_origin
from httptask.pipeline import Pipeline
from httptask.settings import Settings

NOTHING_KNOWN: Final = Context.build()
_ADDRESSES: Final = ("authorizationUrl", "deviceUrl", "openIdConnectUrl", "tokenUrl")
_OTHER: Final = ("proxy", "tls")
"""Options that a call for a token obeys too."""
_LOST: Final = frozenset({"credentials_lost", "sign_in_needed"})


def known_connection(name: str, settings: Settings) -> Connection:
    """Return a connection of this machine.

    Raises:
        DefinitionError: the file of connections cannot be read.
        CredentialsError: there is no such connection.
    """
    known = load_connections(settings.connections_file)
    if name not in known:
        raise missing(name, known, "")
    return known[name]


def credentials_of(name: str, settings: Settings) -> CompiledTask:
    """Return a task that has a connection's credentials, and nothing else; raise as above."""
    auth = {"type": "connection", "name": name}
    return _task(known_connection(name, settings).origins[0], {"auth": auth})


def credentials_of_task(task: CompiledTask, settings: Settings) -> CompiledTask:
    """Return a task that has another one's credentials, and nothing else; raise as above."""
    auth = written_auth(task.written)
    if task.auth_kind == "connection":
        return credentials_of(str(auth.get("name")), settings)
    uri = str(task.origin) if task.origin else task.options.get("base") or task.request.get("uri")
    others = {name: task.options[name] for name in _OTHER if name in task.options}
    return _task(uri, {"auth": auth, **others})


def _task(uri: Any, options: dict[str, Any]) -> CompiledTask:
    inputs = {"http_request": {"uri": uri, "method": "GET"}, "httptask": options}
    return CompiledTask.of(inputs, ref="credentials", pointer="")


def sign_in_grant(task: CompiledTask, settings: Settings) -> str:
    """Return the grant by which somebody signs in for a task, or ""; raise as above."""
    auth = written_auth(task.written)
    if auth.get("type") == "connection":
        auth = known_connection(str(auth.get("name")), settings).auth
    grant = auth.get("grant") if auth.get("type") == "oauth2" else None
    return grant if grant in SIGN_INS else ""


def name_of(task: CompiledTask) -> str:
    """Return what there is to sign in to: a connection, or the server that is asked."""
    auth = written_auth(task.written)
    if auth.get("type") == "connection":
        return str(auth.get("name"))
    origins = filter(None, (literal_origin(auth.get(key)) for key in _ADDRESSES))
    return next((origin.host for origin in origins), "the server")


def needs_sign_in(
    task: CompiledTask, settings: Settings, manager: pluggy.PluginManager, context: Context
) -> bool:
    """Tell whether somebody has to sign in, as there is no token, nor one that can be renewed."""
    try:
        if not sign_in_grant(task, settings):
            return False
        row = kept(task, settings, manager, context)
    except HttpTaskError:
        return False  # a test tells what is missing
    if row.token is None or (row.failure is not None and row.failure.code in _LOST):
        return True
    return not row.token.refresh and not row.token.usable(time.time(), "")


def kept(
    task: CompiledTask,
    settings: Settings,
    manager: pluggy.PluginManager,
    context: Context = NOTHING_KNOWN,
) -> Row:
    """Return what is kept of the tokens that a task uses; an empty row for one without tokens.

    Raises:
        HttpTaskError: its secrets or other values are missing, or the store cannot be read.
    """
    identity = identity_in(task, settings, manager, context)
    return TokenStore(settings.data).read(identity) if identity else Row()


def identity_in(
    task: CompiledTask,
    settings: Settings,
    manager: pluggy.PluginManager,
    context: Context = NOTHING_KNOWN,
) -> str:
    """Return whose tokens a task uses, its secrets put in; "" for one without; raise as above."""
    call = settings.call(task, context, Execution.fresh("auth"))
    resolved = Pipeline(manager).resolve(call)
    auth: Any = resolved.options.auth
    if not isinstance(auth, OAuth2Options):
        return ""
    return identity_of(auth, call.task.connection, resolved.spec.uri)

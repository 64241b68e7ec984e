"""Signing in for a connection: somebody agrees in a browser, and the token is kept.

It is a run of a task whose ``authorize`` layer asks for the token and sends nothing else: so the
calls are judged, and recorded, as those of any other task.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import pluggy

from httptask.builtin.auth.discovery import discovered
from httptask.builtin.auth.token_call import (
    RefusedError,
    ask_form,
    ask_token,
    identity_of,
    wanted_fields,
)
from httptask.builtin.auth.token_store import Token, TokenStore
from httptask.core.execution import Execution
from httptask.core.message import Headers, HttpResponse, MemoryStream
from httptask.core.result import TaskResult
from httptask.definition.oauth2_options import OAuth2Options
from httptask.errors import CredentialsError, HttpTaskError
from httptask.expressions import Context
from httptask.hooks import hookimpl
from httptask.hooks.connections import Connection, load_connections, missing
from httptask.hooks.task import CompiledTask
from httptask.hooks.views import Claim, Exchange
from httptask.pipeline import Pipeline
from httptask.settings import Settings
from httptask.trial.redirect_receiver import RedirectReceiver

_LONGEST_MS: Final = 900_000
_DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_INTERVAL: Final = 5.0
"""Seconds between two looks at a device code, if the server says nothing; added by slow_down."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What somebody has to do to sign in.

    Attributes:
        url: the address to open in a browser.
        code: the code to enter there, or "".
    """

    url: str
    code: str = ""


Invite = Callable[[Invitation], None]


def sign_in(
    name: str, settings: Settings, manager: pluggy.PluginManager, invite: Invite, port: int = 0
) -> TaskResult:
    """Sign in for a connection, and keep its token.

    Args:
        name: the connection.
        settings: the machine's side.
        manager: the plugins; its layer for oauth2 is replaced.
        invite: shows what is to be done.
        port: port of the redirect's address, or 0 for a free one.

    Returns:
        The result of the run; a failure is a result too.

    Raises:
        DefinitionError: the file of connections cannot be read.
        CredentialsError: there is no such connection, or nobody signs in for its kind.
    """
    known = load_connections(settings.connections_file)
    if name not in known:
        raise missing(name, known, "")
    _require_sign_in(name, known[name])
    manager.register(_SignIn(invite, port), "sign-in")
    task = CompiledTask.of(
        {
            "http_request": {"uri": known[name].origins[0], "method": "GET"},
            "httptask": {
                "auth": {"type": "connection", "name": name},
                "deadlineMs": _LONGEST_MS,
            },
        },
        ref="sign_in",
    )
    call = settings.call(task, Context.build(), Execution.fresh("sign_in"), mode="trial")
    return Pipeline(manager).run(call)


def _require_sign_in(name: str, connection: Connection) -> None:
    grant = connection.auth.get("grant")
    if connection.auth.get("type") != "oauth2" or grant not in _GRANTS:
        raise CredentialsError(
            f"nobody signs in for the connection {name!r}",
            code="sign_in_needless",
            retryable=False,
            hint="only oauth2 with the grant authorization_code or device_code is signed in for",
        )


class _SignIn:
    def __init__(self, invite: Invite, port: int) -> None:
        self._invite, self._port = invite, port

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("authorize", "oauth2", "signing in")]

    @hookimpl
    def httptask_authorize(self, exchange: Exchange) -> HttpResponse:
        auth: Any = exchange.task.options.auth
        ask = _GRANTS[auth.grant]
        token = ask(exchange, discovered(exchange, auth), self._invite, self._port)
        store, now = TokenStore(exchange.task.call.data), exchange.task.call.clock.now()
        store.put(identity_of(auth), token, now)
        return HttpResponse(204, "", Headers(), MemoryStream(b""), exchange.task.spec.uri)


def _by_code(exchange: Exchange, auth: OAuth2Options, invite: Invite, port: int) -> Token:
    """Sign in with an authorization code and PKCE (RFC 7636)."""
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    redactor = exchange.task.redactor
    redactor.register(verifier)
    hashed = hashlib.sha256(verifier.encode()).digest()
    try:
        receiver = RedirectReceiver(state, port)
    except OSError as error:
        raise CredentialsError(
            f"port {port} cannot be listened on: {error.strerror}",
            code="port_taken",
            retryable=False,
            hint="--port names another one",
        ) from error
    with receiver:
        fields = {
            "response_type": "code",
            "client_id": auth.client_id,
            "redirect_uri": receiver.uri,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(hashed).decode().rstrip("="),
            "code_challenge_method": "S256",
            **wanted_fields(auth),
        }
        page = auth.authorization_url or ""
        joint = "&" if "?" in page else "?"
        invite(Invitation(f"{page}{joint}{urlencode(fields, doseq=True)}"))
        given = receiver.wait(exchange.task.check_time)
        redirect_uri = receiver.uri
    code = given.get("code", "")
    if not code:
        why = ": ".join(filter(None, (given.get("error"), given.get("error_description"))))
        raise _declined(redactor.text(why)[:500])
    redactor.register(code)
    return ask_token(
        exchange,
        auth,
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        },
    )


def _by_device(exchange: Exchange, auth: OAuth2Options, invite: Invite, port: int) -> Token:
    """Sign in on another device (RFC 8628)."""
    del port
    status, body, _ = ask_form(exchange, auth, auth.device_url or "", {}, "device")
    code, page = body.get("device_code"), body.get("verification_uri")
    if status >= 400 or not isinstance(code, str) or not isinstance(page, str):
        why = exchange.task.redactor.text(str(body.get("error", "")))[:500]
        raise CredentialsError(
            f"there is no device code, but {status} {why}".rstrip(),
            code="token_refused",
            retryable=False,
            hint="check deviceUrl and clientId",
        )
    invite(
        Invitation(
            str(body.get("verification_uri_complete") or page), str(body.get("user_code", ""))
        )
    )
    interval = _seconds(body.get("interval"))
    while True:
        exchange.task.wait(interval)
        try:
            return ask_token(exchange, auth, {"grant_type": _DEVICE, "device_code": code})
        except RefusedError as error:
            if error.reason == "slow_down":
                interval += _INTERVAL
            elif error.reason in ("access_denied", "expired_token"):
                raise _declined(error.reason) from error
            elif error.reason != "authorization_pending":
                raise


def _seconds(interval: Any) -> float:
    return float(interval) if isinstance(interval, int | float) and interval > 0 else _INTERVAL


def _declined(why: str) -> HttpTaskError:
    return CredentialsError(
        f"nobody agreed: {why or 'no code was given'}", code="sign_in_declined", retryable=False
    )


_GRANTS: Final = {"authorization_code": _by_code, "device_code": _by_device}

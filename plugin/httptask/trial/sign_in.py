"""Signing in: somebody agrees in a browser, or on another device, and the token is kept.

It is a run of a task whose ``authorize`` layer asks for the token and sends nothing else: so the
calls are judged, and recorded, as those of any other task.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus, urlencode

import pluggy

from httptask.builtin.auth.discovery import discovered, issuers
from httptask.builtin.auth.token_call import (
    RefusedError,
    ask_form,
    ask_token,
    identity_of,
    wanted_fields,
)
from httptask.builtin.auth.token_store import Token, TokenStore
from httptask.core.execution import Execution
from httptask.core.message import Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.core.result import TaskResult
from httptask.definition.oauth2_options import OAuth2Options
from httptask.errors import CredentialsError, HttpTaskError
from httptask.expressions import Context
from httptask.hooks import hookimpl
from httptask.hooks.task import CompiledTask, literal_origin
from httptask.hooks.views import Claim, Exchange
from httptask.pipeline import Pipeline
from httptask.plugins import with_plugins
from httptask.settings import Settings
from httptask.trial.credentials import NOTHING_KNOWN, name_of, sign_in_grant
from httptask.trial.redirect_receiver import Receiver

_LONGEST_MS: Final = 900_000
_DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
_BOUND: Final = frozenset(
    {"response_type", "client_id", "redirect_uri", "state", "code"}
    | {"code_challenge", "code_challenge_method", "code_verifier"}
)
"""Fields that nothing written may replace: the code would go elsewhere, or need another proof."""
_INTERVAL: Final = 5.0
"""Seconds between two looks at a device code, if the server says nothing; added by slow_down."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What somebody has to do to sign in.

    Attributes:
        url: the address to open in a browser; http or https.
        code: the code to enter there, or "".
    """

    url: str
    code: str = ""


Listen = Callable[[str], AbstractContextManager[Receiver]]
"""Receives the redirect that has a ``state``."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """The side of whoever signs in.

    Attributes:
        invite: shows what is to be done.
        listen: receives the redirect.
        cancelled: set when the user gives up.
    """

    invite: Callable[[Invitation], None]
    listen: Listen
    cancelled: threading.Event | None = None


def sign_in(
    task: CompiledTask,
    settings: Settings,
    manager: pluggy.PluginManager,
    hosting: Hosting,
    context: Context = NOTHING_KNOWN,
) -> TaskResult:
    """Sign in for a task, and keep the token.

    Args:
        task: what there is to sign in for; see ``credentials_of`` and ``credentials_of_task``.
        settings: the machine's side.
        manager: the plugins; another layer takes the place of theirs for oauth2.
        hosting: the side of whoever signs in.
        context: what the task's expressions are evaluated in.

    Returns:
        The result of the run; a failure is a result too.

    Raises:
        CredentialsError: nobody signs in for its kind.
    """
    if not sign_in_grant(task, settings):
        raise CredentialsError(
            f"{name_of(task)} needs no sign-in",
            code="sign_in_needless",
            retryable=False,
            hint="only oauth2 with the grant authorization_code or device_code is signed in for",
        )
    options = {**task.options, "deadlineMs": _LONGEST_MS}
    patient = CompiledTask.of({**task.written, "httptask": options}, ref="sign_in")
    call = settings.call(
        patient, context, Execution.fresh("sign_in"), mode="trial", cancelled=hosting.cancelled
    )
    return Pipeline(with_plugins(manager, {"sign-in": _SignIn(hosting)})).run(call)


class _SignIn:
    def __init__(self, hosting: Hosting) -> None:
        self._hosting = hosting

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("authorize", "oauth2", "signing in", OAuth2Options)]

    @hookimpl
    def httptask_authorize(self, exchange: Exchange, request: HttpRequest) -> HttpResponse:
        task = exchange.task
        auth: Any = task.options.auth
        found = discovered(exchange, auth)
        token = _GRANTS[found.grant](exchange, found, self._hosting)
        identity = identity_of(auth, task.call.task.connection, request.url)
        TokenStore(task.call.data).put(identity, token, task.call.clock.now())
        return HttpResponse(204, "", Headers(), MemoryStream(b""), request.url)


def _by_code(exchange: Exchange, auth: OAuth2Options, hosting: Hosting) -> Token:
    """Sign in with an authorization code and PKCE (RFC 7636)."""
    free = {name: value for name, value in auth.extra.items() if name not in _BOUND}
    auth = auth.model_copy(update={"extra": free})
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(64)
    redactor = exchange.task.redactor
    redactor.register(verifier)
    hashed = hashlib.sha256(verifier.encode()).digest()
    with hosting.listen(state) as receiver:
        fields = {
            "response_type": "code",
            "client_id": auth.client_id,
            "redirect_uri": receiver.uri,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(hashed).decode().rstrip("="),
            "code_challenge_method": "S256",
            **wanted_fields(auth),
        }
        hosting.invite(_invitation(_with_fields(auth.authorization_url or "", fields)))
        given = receiver.wait(exchange.task.check_time)
    _check_issuer(auth, given.get("iss"))
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
            "redirect_uri": receiver.uri,
            "code_verifier": verifier,
        },
    )


def _with_fields(page: str, fields: Mapping[str, Any]) -> str:
    """Return an address with fields, none of which its own query may say otherwise."""
    address, _, query = page.partition("#")[0].partition("?")
    own = [each for each in query.split("&") if unquote_plus(each.partition("=")[0]) not in fields]
    return f"{address}?{'&'.join(filter(None, [*own, urlencode(fields, doseq=True)]))}"


def _check_issuer(auth: OAuth2Options, told: str | None) -> None:
    """Refuse a code of another server than the one that was asked (RFC 9207).

    A page that forwards the browser to another server would have that one's code sent to itself.
    """
    if told is None:
        return
    if auth.open_id_connect_url is not None:
        is_right = told.rstrip("/") in issuers(auth.open_id_connect_url)
    else:
        issuer = literal_origin(told)
        asked = [literal_origin(each) for each in (auth.authorization_url, auth.token_url)]
        is_right = issuer is not None and issuer in asked
    if not is_right:
        raise CredentialsError(
            f"the code is from another server, {told[:200]!r}, not from the one that was asked",
            code="sign_in_issuer",
            retryable=False,
            hint="if it is the right one, name its metadata in openIdConnectUrl",
        )


def _by_device(exchange: Exchange, auth: OAuth2Options, hosting: Hosting) -> Token:
    """Sign in on another device (RFC 8628)."""
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
    complete = str(body.get("verification_uri_complete") or page)
    hosting.invite(_invitation(complete, str(body.get("user_code", ""))))
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


def _invitation(url: str, code: str = "") -> Invitation:
    """Return what is shown, unless a server has it that a browser opens something else."""
    if literal_origin(url) is None:
        raise CredentialsError(
            "the page for signing in has no http or https address",
            code="sign_in_address",
            retryable=False,
            hint="check authorizationUrl, deviceUrl and openIdConnectUrl",
        )
    return Invitation(url, code)


def _seconds(interval: Any) -> float:
    return float(interval) if isinstance(interval, int | float) and interval > 0 else _INTERVAL


def _declined(why: str) -> HttpTaskError:
    return CredentialsError(
        f"nobody agreed: {why or 'no code was given'}", code="sign_in_declined", retryable=False
    )


_GRANTS: Final = {"authorization_code": _by_code, "device_code": _by_device}

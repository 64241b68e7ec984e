"""The token call of OAuth 2.0: the form that is sent, and the response that is read."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from httptask.builtin.auth.jwt_text import signed_jwt
from httptask.builtin.auth.scopes import told_scopes
from httptask.builtin.auth.token_store import Token
from httptask.core.body import Body
from httptask.core.json_text import encode
from httptask.core.message import Headers, HttpRequest, HttpResponse
from httptask.core.sensitive import Redactor, texts_in_json
from httptask.definition.field_types import given_values
from httptask.definition.oauth2_options import SIGN_INS, OAuth2Options
from httptask.errors import CredentialsError, RequestError, TransportError
from httptask.hooks.task import Connected, literal_origin
from httptask.hooks.views import Exchange

UNAVAILABLE: Final = "token_unavailable"
"""Code of a failure that may pass: the server is busy, or cannot be reached."""

_FORM: Final = "application/x-www-form-urlencoded"
_LIFETIME: Final = 300
"""Seconds that an assertion is valid."""

_LARGEST: Final = 64 * 1024
"""Bytes of a token response."""

_SKEW: Final = 30.0
"""Seconds before its end at which a token is renewed; of short-lived ones a tenth of their life."""

_LATER: Final = frozenset({408, 425, 429})
_OPEN: Final = frozenset(
    ["token_type", "scope", "expires_in", "issued_token_type", "verification_uri", "interval",
     "error", "error_description", "error_uri"]
)  # fmt: skip
"""Fields of a response that are not secret."""

_PREFIX: Final = "urn:ietf:params:oauth:"
_GRANTS: Final = {
    "client_credentials": "client_credentials",
    "jwt_bearer": f"{_PREFIX}grant-type:jwt-bearer",
    "token_exchange": f"{_PREFIX}grant-type:token-exchange",
}
_RENEWED: Final = SIGN_INS | {"refresh_token"}
"""Grants whose tokens are renewed by a refresh token only."""

_SHOWN: Final = 500
"""Characters of a server's own words in a message."""

_NOT_ASKED: Final = frozenset({"renewOn"})


def identity_of(auth: OAuth2Options, connection: Connected | None, url: str) -> str:
    """Return what stands for whoever asks, and for what: tokens of one identity are shared.

    A definition can repeat what a connection says, and what somebody has signed in for: so the
    tokens of a connection are its own, and another sign-in serves one origin.

    Args:
        auth: what the task says.
        connection: the connection that says it, or None.
        url: where the token is sent.
    """
    values = {key: value for key, value in given_values(auth).items() if key not in _NOT_ASKED}
    name = connection.name if connection is not None else ""
    origin = literal_origin(url) if auth.grant in SIGN_INS and not name else ""
    text = json.dumps([values, name, origin], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def asked_token(exchange: Exchange, auth: OAuth2Options, refresh: str) -> Token:
    """Ask the token endpoint.

    Args:
        exchange: the exchange that needs the token.
        auth: what the task says.
        refresh: the refresh token that is kept, or "".

    Raises:
        CredentialsError: the server refuses, or gives no token.
        RequestError: it does not respond now.
    """
    if auth.grant not in _RENEWED:
        return ask_token(exchange, auth, _grant_fields(exchange, auth))
    candidates = dict.fromkeys(filter(None, (refresh, auth.refresh_token)))
    for candidate in candidates:
        exchange.task.redactor.register(candidate)
        fields = {"grant_type": "refresh_token", "refresh_token": candidate}
        try:
            token = ask_token(exchange, auth, fields)
            return token if token.refresh else msgspec.structs.replace(token, refresh=candidate)
        except RefusedError as error:
            if error.reason != "invalid_grant":
                raise
    raise _lost(exchange, auth, was_there=bool(candidates))


@dataclass(eq=False)
class RefusedError(CredentialsError):
    """The token endpoint refuses.

    Attributes:
        reason: its word for why (RFC 6749, section 5.2).
    """

    reason: str = ""


def _lost(exchange: Exchange, auth: OAuth2Options, *, was_there: bool) -> CredentialsError:
    if auth.grant == "refresh_token":
        hint = "sign in again, and put the new refresh token into the secret"
    else:
        connection = exchange.task.call.task.connection
        hint = f"httptask auth login {connection.name if connection else 'NAME'}"
        hint += "" if connection else ", once the credentials are a connection"
    if was_there:
        message, code = f"{_where(auth)} refuses the refresh token", "credentials_lost"
    else:
        message, code = f"nobody has signed in at {_where(auth)}", "sign_in_needed"
    return CredentialsError(message, code=code, retryable=False, hint=hint)


def _grant_fields(exchange: Exchange, auth: OAuth2Options) -> dict[str, str]:
    fields = {"grant_type": _GRANTS[auth.grant]}
    match auth.grant:
        case "jwt_bearer":
            fields["assertion"] = auth.assertion or _assertion(exchange, auth)
        case "token_exchange":
            fields |= {
                "subject_token": auth.subject_token or "",
                "subject_token_type": auth.subject_token_type,
            }
            if auth.actor_token is not None:
                fields["actor_token"] = auth.actor_token
                fields["actor_token_type"] = auth.actor_token_type
    return fields


def wanted_fields(auth: OAuth2Options) -> dict[str, Any]:
    """Return the fields that say what is asked for, whatever the grant."""
    given = {
        "scope": " ".join(auth.scopes) or None,
        "audience": auth.audience,
        "resource": auth.resource,
    }
    texts = {
        name: value if isinstance(value, str) else encode(value).decode()
        for name, value in auth.extra.items()
    }
    return {name: value for name, value in given.items() if value is not None} | texts


def ask_token(exchange: Exchange, auth: OAuth2Options, grant: Mapping[str, str]) -> Token:
    """Ask the token endpoint once.

    Args:
        exchange: the exchange that needs the token.
        auth: what the task says.
        grant: the fields of the grant.

    Raises:
        RefusedError: the server refuses.
        CredentialsError: it gives no token.
        RequestError: it does not respond now.
    """
    began = exchange.task.call.clock.now()
    status, body, later = ask_form(exchange, auth, auth.token_url or "", grant, "token")
    access = body.get("access_token")
    if status >= 400 or (not access and "error" in body):
        raise _refusal(exchange, auth, status, body, later)
    if not isinstance(access, str) or not access:
        raise CredentialsError(
            f"{_where(auth)} gives no access_token, but {status}",
            code="token_invalid",
            retryable=False,
            hint="tokenUrl is the address of the token endpoint",
        )
    refresh = body.get("refresh_token")
    return Token(
        access,
        _due(began, body.get("expires_in")),
        refresh if isinstance(refresh, str) else "",
        told_scopes(access, body.get("scope")),
    )


def ask_form(
    exchange: Exchange, auth: OAuth2Options, url: str, grant: Mapping[str, str], purpose: str
) -> tuple[int, dict[str, Any], str]:
    """Send a form as the client; return status, JSON object and Retry-After of the response.

    Raises:
        RequestError: there is no response.
    """
    fields: dict[str, Any] = {**grant, **wanted_fields(auth)}
    headers = [("Accept", "application/json"), ("Content-Type", _FORM)]
    headers += _client(exchange, auth, fields)
    data = urlencode(fields, doseq=True).encode()
    request = HttpRequest("POST", url, Headers(headers), Body.of(data, _FORM))
    try:
        response = exchange.ask(request, purpose)
        body = _read(response, exchange.task.redactor)
    except TransportError as error:
        raise RequestError(
            f"no token from {_where(auth)}: {error.message}",
            code=UNAVAILABLE,
            hint=error.hint,
            retryable=error.retryable,
        ) from error
    return response.status, body, response.headers.get("Retry-After") or ""


def _client(
    exchange: Exchange, auth: OAuth2Options, fields: dict[str, Any]
) -> list[tuple[str, str]]:
    """Say who the client is, in the form or in the header lines that are returned."""
    if auth.client_auth == "private_key_jwt":
        fields["client_assertion_type"] = f"{_PREFIX}client-assertion-type:jwt-bearer"
        fields["client_assertion"] = _assertion(exchange, auth)
    if auth.client_id is None:
        return []
    if auth.client_auth == "basic" and auth.client_secret is not None:
        pair = f"{quote(auth.client_id, safe='')}:{quote(auth.client_secret, safe='')}"
        encoded = base64.b64encode(pair.encode()).decode()
        exchange.task.redactor.register(encoded)
        return [("Authorization", f"Basic {encoded}")]
    fields["client_id"] = auth.client_id
    if auth.client_auth == "post" and auth.client_secret is not None:
        fields["client_secret"] = auth.client_secret
    return []


def _assertion(exchange: Exchange, auth: OAuth2Options) -> str:
    given = {"iss": auth.client_id, "sub": auth.client_id, "aud": auth.token_url, **auth.claims}
    claims = {name: value for name, value in given.items() if value is not None}
    header = {"kid": auth.key_id} if auth.key_id is not None else {}
    now = exchange.task.call.clock.now()
    text = signed_jwt(auth.key or "", auth.algorithm, claims, header, now, _LIFETIME)
    exchange.task.redactor.register(text)
    return text


def _read(response: HttpResponse, redactor: Redactor) -> dict[str, Any]:
    """Return the JSON object of a token response; whatever may be a token in it is registered."""
    data = bytearray()
    found: dict[str, Any] | None = None
    try:
        for chunk in response.stream:
            data += chunk
            if len(data) > _LARGEST:
                break
        with suppress(ValueError, RecursionError):
            value = json.loads(data)
            found = value if isinstance(value, dict) else None
    finally:
        response.stream.close()
        if found is None and response.status < 400:
            redactor.register(data.decode("latin-1"))
    if response.status < 400:
        for key, value in (found or {}).items():
            if key not in _OPEN:
                for text in texts_in_json(json.dumps([value])):
                    redactor.register(text)
    return found or {}


def _due(began: float, lifetime: Any) -> float | None:
    try:
        seconds = float(lifetime)
    except (TypeError, ValueError):
        return None
    return began + seconds - min(_SKEW, seconds / 10) if 0 < seconds < 1e10 else None


def _refusal(
    exchange: Exchange, auth: OAuth2Options, status: int, body: Mapping[str, Any], later: str
) -> RequestError:
    words = [str(body[key]) for key in ("error", "error_description") if body.get(key)]
    said = exchange.task.redactor.text(": ".join(words), short=True)[:_SHOWN]
    message = f"{_where(auth)} gives no token, but {status} {said}".rstrip()
    if status >= 500 or status in _LATER:
        seconds = float(later) if later.isascii() and later.isdigit() else None
        return RequestError(message, code=UNAVAILABLE, retryable=True, retry_after=seconds)
    reason = str(body.get("error", ""))
    hint = _HINTS.get(reason, "")
    return RefusedError(message, code="token_refused", retryable=False, hint=hint, reason=reason)


def _where(auth: OAuth2Options) -> str:
    address = auth.token_url or auth.open_id_connect_url or ""
    return f"the token endpoint {address.partition('?')[0]}"


_HINTS: Final = {
    "invalid_client": "check clientId, clientSecret and clientAuth",
    "unauthorized_client": "the client is not allowed to use this grant",
    "invalid_scope": "check scopes",
    "invalid_target": "check audience and resource",
    "unsupported_grant_type": "the server does not know this grant",
}

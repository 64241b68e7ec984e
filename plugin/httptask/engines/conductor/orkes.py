"""Orkes' authentication: a key is exchanged for a token, which is renewed when it is refused."""

from __future__ import annotations

import threading
import time
from typing import Any, Final, Literal

from httptask.core.body import Body
from httptask.core.json_text import encode
from httptask.core.message import Headers, HttpRequest, HttpResponse
from httptask.definition.field_types import Secret
from httptask.definition.options import AuthOptions
from httptask.engines.conductor.replies import value_of
from httptask.errors import EngineError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned, SignedRequest

TOKEN_SECONDS: Final = 40 * 60
_NO_TOKENS: Final = 404
_REFUSED: Final = frozenset({401, 403})


class OrkesOptions(AuthOptions):
    """The key of an application on an Orkes server."""

    type: Literal["orkes"]
    url: str
    key_id: str
    key_secret: Secret[str]


class OrkesAuth:
    """Sends the server's token in X-Authorization; one for all threads of a client."""

    def __init__(self) -> None:
        self._token, self._until = "", 0.0
        self._lock = threading.Lock()

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim Orkes' keys."""
        return [Claim("authorize", "orkes", "a key that is exchanged for a token", OrkesOptions)]

    @hookimpl
    def httptask_authorize(
        self, exchange: Exchange, request: HttpRequest, send: SendSigned
    ) -> HttpResponse:
        """Send with a token; once more with a new one where it is refused."""
        token = self._current(exchange)
        response = send(_with_token(request, token))
        if response.status not in _REFUSED:
            return response
        exchange.drop(response)
        return send(_with_token(request, self._current(exchange, refused=token)))

    def _current(self, exchange: Exchange, refused: str | None = None) -> str:
        with self._lock:
            if self._token == refused or time.monotonic() >= self._until:
                self._token = _fetched(exchange)
                self._until = time.monotonic() + TOKEN_SECONDS
            return self._token


def _with_token(request: HttpRequest, token: str) -> SignedRequest:
    if not token:
        return SignedRequest(request)
    headers = request.headers.with_header("X-Authorization", token)
    return SignedRequest(request.with_headers(headers), ("X-Authorization",))


def _fetched(exchange: Exchange) -> str:
    """Return a new token, or "" from a server that has none.

    Raises:
        EngineError: the server refuses the key.
    """
    options: Any = exchange.task.options.auth
    key = {"keyId": options.key_id, "keySecret": options.key_secret}
    kind = "application/json"
    headers = Headers([("Content-Type", kind)])
    request = HttpRequest("POST", options.url, headers, Body.of(encode(key), kind), True)
    response = exchange.ask(request, "token")
    data = response.read()
    if response.status == _NO_TOKENS:
        return ""
    media_type = response.headers.get("Content-Type") or ""
    given = value_of("POST /token", options.url, response.status, media_type, data)
    token = given.get("token") if isinstance(given, dict) else None
    if not isinstance(token, str) or not token:
        raise EngineError("the server gave no token for the key", code="server_unauthorized")
    exchange.task.redactor.register(token)
    return token

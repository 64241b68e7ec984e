"""OAuth 2.0: a bearer token that is asked for once, shared, renewed, and asked for again."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from httptask.builtin.auth.discovery import discovered
from httptask.builtin.auth.plugin import with_credential
from httptask.builtin.auth.scopes import warn_of_scopes
from httptask.builtin.auth.token_call import asked_token, identity_of
from httptask.builtin.auth.token_store import Token, TokenStore
from httptask.builtin.auth.token_turns import current_token
from httptask.core.message import HttpRequest, HttpResponse
from httptask.definition.oauth2_options import OAuth2Options
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned, SignedRequest


class OAuth2:
    """The layer ``authorize`` for tokens of an OAuth 2.0 server."""

    def __init__(self) -> None:
        self._store_of = lru_cache(maxsize=16)(TokenStore)

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim OAuth 2.0."""
        return [Claim("authorize", "oauth2", "a token of an OAuth 2.0 server", OAuth2Options)]

    @hookimpl(trylast=True)
    def httptask_authorize(
        self, exchange: Exchange, request: HttpRequest, send: SendSigned
    ) -> HttpResponse:
        """Send with the token; once more with a new one where it is refused."""
        auth: Any = exchange.task.options.auth
        store = self._store_of(exchange.task.call.data)
        identity = identity_of(auth, exchange.task.call.task.connection, request.url)

        def obtain(refresh: str) -> Token:
            return asked_token(exchange, discovered(exchange, auth), refresh)

        token = current_token(exchange.task, store, identity, obtain)
        warn_of_scopes(exchange.task, auth, token)
        response = send(_signed(exchange, request, token))
        if response.status not in auth.renew_on:
            return response
        exchange.drop(response)
        token = current_token(exchange.task, store, identity, obtain, token.access)
        return send(_signed(exchange, request, token))


def _signed(exchange: Exchange, request: HttpRequest, token: Token) -> SignedRequest:
    exchange.task.redactor.register(token.access)
    return with_credential(request, "Authorization", f"Bearer {token.access}")

"""A JSON Web Token that the task's own key signs, for each request anew."""

from __future__ import annotations

from typing import Any

from httptask.builtin.auth.jwt_text import signed_jwt
from httptask.builtin.auth.plugin import with_credential
from httptask.core.message import HttpRequest, HttpResponse
from httptask.definition.signing_options import JwtAuthOptions
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned


class JwtBearer:
    """The layer ``authorize`` for tokens that the task signs."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim JSON Web Tokens."""
        return [Claim("authorize", "jwt", "a token that a key of the task's signs", JwtAuthOptions)]

    @hookimpl(trylast=True)
    def httptask_authorize(
        self, exchange: Exchange, request: HttpRequest, send: SendSigned
    ) -> HttpResponse:
        """Sign a token and send it."""
        auth: Any = exchange.task.options.auth
        now = exchange.task.call.clock.now()
        text = signed_jwt(auth.key, auth.algorithm, auth.claims, auth.header, now, auth.lifetime)
        exchange.task.redactor.register(text)
        prefix = "Bearer " if auth.name.lower() == "authorization" else ""
        return send(with_credential(request, auth.name, prefix + text))

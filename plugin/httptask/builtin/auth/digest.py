"""Digest authentication (RFC 7616), as requests does it: after a challenge."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from requests.auth import HTTPDigestAuth

from httptask.builtin.auth.requests_auth import send_with
from httptask.core.message import HttpRequest, HttpResponse
from httptask.core.sensitive import Redactor
from httptask.definition.signing_options import DigestAuthOptions
from httptask.errors import CredentialsError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned


class Digest:
    """The layer ``authorize`` for digests."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim digests."""
        return [Claim("authorize", "digest", "user name and password, hashed", DigestAuthOptions)]

    @hookimpl(trylast=True)
    def httptask_authorize(
        self, exchange: Exchange, request: HttpRequest, send: SendSigned
    ) -> HttpResponse:
        """Send, and once more with what the server's challenge asks for."""
        auth: Any = exchange.task.options.auth
        digest = _Digest(auth.username, auth.password)
        digest.redactor = exchange.task.redactor
        return send_with(digest, exchange, request, send)


class _Digest(HTTPDigestAuth):
    redactor: Redactor

    def build_digest_header(self, method: str, url: str) -> str:
        """Return the digest that a challenge asks for.

        Raises:
            CredentialsError: it asks for what is not known here.
        """
        header: str | None = None
        with suppress(KeyError):  # the challenge has no realm, or no nonce
            header = super().build_digest_header(method, url)  # type: ignore[no-untyped-call]
        if header is None:
            raise CredentialsError(
                "the server's digest challenge cannot be met",
                code="challenge_unknown",
                retryable=False,
                hint="qop=auth with MD5, SHA, SHA-256 or SHA-512 can be; auth-int cannot",
            )
        self.redactor.register(header)
        return header

"""Basic, bearer and API-key authentication."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

from msgspec.structs import replace

from httptask.core.message import HttpRequest, HttpResponse
from httptask.core.sensitive import Redactor
from httptask.definition.options import (
    ApiKeyAuthOptions,
    AuthOptions,
    BasicAuthOptions,
    BearerAuthOptions,
)
from httptask.errors import CredentialsError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned, SignedRequest

_SENDABLE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class StandardAuth:
    """The layer ``authorize`` for the built-in kinds."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the built-in kinds."""
        slot = "authorize"
        return [
            Claim(slot, "basic", "user name and password", BasicAuthOptions),
            Claim(slot, "bearer", "a token in Authorization", BearerAuthOptions),
            Claim(slot, "apiKey", "a key in a header, query or cookie", ApiKeyAuthOptions),
        ]

    @hookimpl(trylast=True)
    def httptask_authorize(
        self, exchange: Exchange, request: HttpRequest, send: SendSigned
    ) -> HttpResponse:
        """Put the credentials where their kind says, and send."""
        auth: AuthOptions | None = exchange.task.options.auth
        return send(_signed(request, auth, exchange.task.redactor))


def _signed(request: HttpRequest, auth: AuthOptions | None, redactor: Redactor) -> SignedRequest:
    match auth:
        case BasicAuthOptions(username=username, password=password):
            pair = base64.b64encode(f"{username}:{password}".encode()).decode()
            redactor.register(pair)
            return with_credential(request, "Authorization", f"Basic {pair}")
        case BearerAuthOptions(token=token):
            return with_credential(request, "Authorization", f"Bearer {token}")
        case ApiKeyAuthOptions() as key:
            redactor.register_field(key.name)
            return _with_api_key(request, key)
    return SignedRequest(request)


def with_credential(request: HttpRequest, name: str, value: str) -> SignedRequest:
    """Return a request with a credential in a header.

    Raises:
        CredentialsError: no header can carry it.
    """
    if not _SENDABLE.fullmatch(value) or not _TOKEN.fullmatch(name):
        raise CredentialsError(
            f"the credential cannot stand in the header {name!r}",
            code="credential_invalid",
            retryable=False,
            hint="it has line breaks, control characters or characters outside Latin-1",
        )
    return SignedRequest(
        request.with_headers(request.headers.with_header(name, value)), fields=(name,)
    )


def _with_api_key(request: HttpRequest, key: ApiKeyAuthOptions) -> SignedRequest:
    if key.location == "header":
        return with_credential(request, key.name, key.value)
    pair = f"{quote(key.name, safe='')}={quote(key.value, safe='')}"
    if key.location == "cookie":
        own = request.headers.get("Cookie")
        signed = with_credential(request, "Cookie", f"{own}; {pair}" if own else pair)
        return SignedRequest(signed.request, fields=("Cookie",))
    return SignedRequest(_with_parameter(request, pair), fields=(key.name,))


def _with_parameter(request: HttpRequest, pair: str) -> HttpRequest:
    """Return the request with a query parameter, unless a redirect brought it along already."""
    _, mark, query = request.url.partition("?")
    if pair in query.split("&"):
        return request
    return replace(request, url=f"{request.url}{'&' if mark else '?'}{pair}")

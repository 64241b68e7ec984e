"""Basic, bearer and API-key authentication."""

from __future__ import annotations

import base64
import re
from urllib.parse import quote

from msgspec.structs import replace

from httptask.core.message import HttpRequest
from httptask.definition.options import (
    ApiKeyAuthOptions,
    AuthOptions,
    BasicAuthOptions,
    BearerAuthOptions,
)
from httptask.errors import CredentialsError
from httptask.hooks import hookimpl
from httptask.hooks.views import Attempt, Claim, Credentials, SignedRequest

_SENDABLE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NONE = Credentials()


class StandardAuth:
    """Answers ``resolve_credentials`` and ``authenticate_request`` for the built-in kinds."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the built-in kinds."""
        stage = "authenticate_request"
        return [
            Claim("resolve_credentials", "literal", "credentials that stand in the definition"),
            Claim(stage, "basic", "user name and password", BasicAuthOptions),
            Claim(stage, "bearer", "a token in Authorization", BearerAuthOptions),
            Claim(stage, "apiKey", "a key in a header, query or cookie", ApiKeyAuthOptions),
        ]

    @hookimpl(trylast=True)
    def httptask_resolve_credentials(self, attempt: Attempt) -> Credentials:
        """Return what stands in the definition; the value is a secret from now on."""
        redactor = attempt.call.redactor
        auth: AuthOptions | None = attempt.resolved.options.auth
        match auth:
            case BasicAuthOptions(username=username, password=password):
                redactor.register(password)
                redactor.register(_pair(username, password))
                return Credentials({"username": username, "password": password})
            case BearerAuthOptions(token=token):
                redactor.register(token)
                return Credentials({"token": token})
            case ApiKeyAuthOptions(name=name, value=value):
                redactor.register(value)
                redactor.register_field(name)
                return Credentials({"name": name, "value": value})
        return _NONE

    @hookimpl(trylast=True)
    def httptask_authenticate_request(
        self, attempt: Attempt, request: HttpRequest, credentials: Credentials
    ) -> SignedRequest:
        """Put the credentials where their kind says."""
        auth: AuthOptions | None = attempt.resolved.options.auth
        match auth:
            case BasicAuthOptions(username=username, password=password):
                return _header(request, "Authorization", f"Basic {_pair(username, password)}")
            case BearerAuthOptions(token=token):
                return _header(request, "Authorization", f"Bearer {token}")
            case ApiKeyAuthOptions() as key:
                return _api_key(request, key)
        return SignedRequest(request)


def _pair(username: str, password: str) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def _header(request: HttpRequest, name: str, value: str) -> SignedRequest:
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


def _api_key(request: HttpRequest, key: ApiKeyAuthOptions) -> SignedRequest:
    if key.location == "header":
        return _header(request, key.name, key.value)
    pair = f"{quote(key.name, safe='')}={quote(key.value, safe='')}"
    if key.location == "cookie":
        own = request.headers.get("Cookie")
        signed = _header(request, "Cookie", f"{own}; {pair}" if own else pair)
        return SignedRequest(signed.request, fields=("Cookie",))
    return SignedRequest(_with_parameter(request, pair), fields=(key.name,))


def _with_parameter(request: HttpRequest, pair: str) -> HttpRequest:
    """Return the request with a query parameter, unless a redirect brought it along already."""
    _, mark, query = request.url.partition("?")
    if pair in query.split("&"):
        return request
    return replace(request, url=f"{request.url}{'&' if mark else '?'}{pair}")

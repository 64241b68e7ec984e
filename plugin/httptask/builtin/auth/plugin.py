"""Basic, bearer and API-key authentication."""

from __future__ import annotations

import base64
from urllib.parse import quote

from httptask.core.message import HttpRequest
from httptask.definition.options import (
    ApiKeyAuthOptions,
    AuthOptions,
    BasicAuthOptions,
    BearerAuthOptions,
)
from httptask.hooks import hookimpl
from httptask.hooks.views import Attempt, Claim, Credentials, SignedRequest


class StandardAuth:
    """Answers ``resolve_credentials`` and ``authenticate_request`` for the built-in kinds."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the built-in kinds."""
        models = {
            "basic": BasicAuthOptions,
            "bearer": BearerAuthOptions,
            "apiKey": ApiKeyAuthOptions,
        }
        return [
            Claim("resolve_credentials", "literal", "credentials that stand in the definition"),
            *(Claim("authenticate_request", kind, "", model) for kind, model in models.items()),
        ]

    @hookimpl(trylast=True)
    def httptask_resolve_credentials(self, attempt: Attempt) -> Credentials:
        """Return what stands in the definition; the value is a secret from now on."""
        redactor = attempt.call.redactor
        auth: AuthOptions | None = attempt.resolved.options.auth
        match auth:
            case BasicAuthOptions(username=username, password=password):
                redactor.register(password)
                return Credentials({"username": username, "password": password})
            case BearerAuthOptions(token=token):
                redactor.register(token)
                return Credentials({"token": token})
            case ApiKeyAuthOptions(name=name, value=value):
                redactor.register(value)
                redactor.register_field(name)
                return Credentials({"name": name, "value": value})
        return Credentials()

    @hookimpl(trylast=True)
    def httptask_authenticate_request(
        self, attempt: Attempt, request: HttpRequest, credentials: Credentials
    ) -> SignedRequest:
        """Put the credentials where their kind says."""
        auth: AuthOptions | None = attempt.resolved.options.auth
        match auth:
            case BasicAuthOptions(username=username, password=password):
                pair = base64.b64encode(f"{username}:{password}".encode()).decode()
                return _header(request, "Authorization", f"Basic {pair}")
            case BearerAuthOptions(token=token):
                return _header(request, "Authorization", f"Bearer {token}")
            case ApiKeyAuthOptions() as key:
                return _api_key(request, key)
        return SignedRequest(request)


def _header(request: HttpRequest, name: str, value: str) -> SignedRequest:
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
    joint = "&" if "?" in request.url else "?"
    moved = HttpRequest(request.method, request.url + joint + pair, request.headers, request.body)
    return SignedRequest(moved, fields=(key.name,))

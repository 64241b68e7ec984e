"""Endpoints that an authorization server tells (OpenID Connect Discovery 1.0, RFC 8414)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from httptask.core.message import Headers, HttpRequest
from httptask.definition.oauth2_options import OAuth2Options
from httptask.errors import CredentialsError
from httptask.hooks.views import Exchange

_ENDPOINTS: Final = {
    "token_url": "token_endpoint",
    "authorization_url": "authorization_endpoint",
    "device_url": "device_authorization_endpoint",
}
_NEEDED: Final = {"authorization_code": "authorization_url", "device_code": "device_url"}
_WELL_KNOWN: Final = "/.well-known/"
_LARGEST: Final = 256 * 1024
"""Bytes of a server's metadata."""


def discovered(exchange: Exchange, auth: OAuth2Options) -> OAuth2Options:
    """Return what a task says, with the endpoints that it leaves to the server.

    An endpoint that is found so does not stand literally in the definition: a secret goes there
    only if its origin does.

    Args:
        exchange: the exchange that needs the token.
        auth: what the task says; what it names itself counts.

    Raises:
        CredentialsError: the server tells no such endpoint, or is not the issuer it says it is.
        RequestError: it does not respond now.
    """
    needed = {"token_url", _NEEDED.get(auth.grant, "token_url")}
    lacking = [name for name in sorted(needed) if getattr(auth, name) is None]
    if not lacking or auth.open_id_connect_url is None:
        return auth
    told = _told(exchange, auth.open_id_connect_url)
    found = {name: told.get(_ENDPOINTS[name]) for name in lacking}
    for name, url in found.items():
        if not isinstance(url, str) or not url:
            raise _failed(auth.open_id_connect_url, f"it names no {_ENDPOINTS[name]}")
    return auth.model_copy(update=found)


def _told(exchange: Exchange, url: str) -> Mapping[str, Any]:
    """Return the server's metadata; nothing in it is secret."""
    headers = Headers([("Accept", "application/json")])
    response = exchange.ask(HttpRequest("GET", url, headers, None), "discovery")
    data = response.read(_LARGEST)
    if response.status != 200:
        raise _failed(url, f"it responds with {response.status}")
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise _failed(url, "it is not a JSON object")
    if str(told.get("issuer", "")).rstrip("/") not in issuers(url):
        raise _failed(url, "it is not the metadata of the issuer that it names")
    return told


def issuers(url: str) -> Iterator[str]:
    """Yield the issuers whose metadata may stand at an address."""
    address = url.partition("?")[0]
    before, mark, after = address.partition(_WELL_KNOWN)
    if mark:
        inserted = after.partition("/")[2]
        yield f"{before}/{inserted}".rstrip("/") if inserted else before.rstrip("/")


def _failed(url: str, why: str) -> CredentialsError:
    parts = urlsplit(url)
    return CredentialsError(
        f"the metadata of {parts.scheme}://{parts.netloc} cannot be used: {why}",
        code="discovery_failed",
        retryable=False,
        hint="openIdConnectUrl ends in /.well-known/openid-configuration; or write tokenUrl",
    )

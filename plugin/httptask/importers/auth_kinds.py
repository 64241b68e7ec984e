"""Authentication of Postman, Insomnia and Bruno as options of ``httptask.auth``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from httptask.importers.drafts import Draft
from httptask.importers.members import text_of

_GRANTS: Final = {
    "client_credentials": "client_credentials",
    "authorization_code": "authorization_code",
    "authorization_code_with_pkce": "authorization_code",
    "refresh_token": "refresh_token",
}
_AWS: Final = {
    "accessKey": ("accessKey", "accessKeyId"),
    "secretKey": ("secretKey", "secretAccessKey"),
    "sessionToken": ("sessionToken",),
    "region": ("region",),
    "service": ("service", "serviceName"),
}
_OAUTH: Final = {
    "tokenUrl": ("accessTokenUrl", "access_token_url", "tokenUrl"),
    "authorizationUrl": ("authUrl", "authorizationUrl", "authorization_url"),
    "clientId": ("clientId", "client_id"),
    "clientSecret": ("clientSecret", "client_secret"),
    "audience": ("audience",),
}


def set_auth(draft: Draft, kind: str, given: Mapping[str, Any], pointer: str) -> None:
    """Give a draft its authentication, or note that a task has no such kind.

    Args:
        draft: the request.
        kind: as the source calls it.
        given: the source's options, with holes.
        pointer: where they stand.
    """
    kind = kind.lower().replace("-", "").replace("_", "")
    made = _options(kind, given)
    if made is None and kind not in ("", "none", "noauth", "inherit"):
        message = f"a task has no authentication of the kind {kind[:40]!r}: it has no credentials"
        draft.lose(pointer, "security_unsupported", message)
    draft.auth = made


def _options(kind: str, given: Mapping[str, Any]) -> dict[str, Any] | None:
    if kind in ("basic", "digest"):
        return {
            "type": kind,
            "username": text_of(given, "username"),
            "password": text_of(given, "password"),
        }
    if kind == "bearer":
        token = text_of(given, "token")
        return {"type": "bearer", "token": token} if token else None
    if kind == "apikey":
        return _api_key(given)
    if kind in ("awsv4", "awsiam", "iam"):
        made = _named(given, _AWS)
        needed = {"accessKey", "secretKey", "region", "service"}
        return {"type": "aws-sigv4", **made} if needed <= made.keys() else None
    return _oauth2(given) if kind == "oauth2" else None


def _api_key(given: Mapping[str, Any]) -> dict[str, Any] | None:
    place = (text_of(given, "in") or text_of(given, "addTo") or text_of(given, "placement")).lower()
    name = text_of(given, "key")
    if not name:
        return None
    where = "query" if "query" in place else "cookie" if "cookie" in place else "header"
    return {"type": "apiKey", "in": where, "name": name, "value": text_of(given, "value")}


def _oauth2(given: Mapping[str, Any]) -> dict[str, Any] | None:
    grant = text_of(given, "grant_type") or text_of(given, "grantType")
    made = _named(given, _OAUTH)
    if grant not in _GRANTS or "tokenUrl" not in made:
        token = text_of(given, "accessToken")
        return {"type": "bearer", "token": token} if token else None
    if _GRANTS[grant] == "authorization_code" and "authorizationUrl" not in made:
        return None
    if _GRANTS[grant] != "authorization_code":
        made.pop("authorizationUrl", None)
    scopes = text_of(given, "scope").split()
    place = text_of(given, "client_authentication") + text_of(given, "credentialsInBody")
    return {
        "type": "oauth2",
        "grant": _GRANTS[grant],
        **made,
        **({"scopes": scopes} if scopes else {}),
        **({"clientAuth": "post"} if place in ("body", "true") else {}),
    }


def _named(given: Mapping[str, Any], names: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    found = {}
    for name, written in names.items():
        value = next((text_of(given, each) for each in written if text_of(given, each)), "")
        if value:
            found[name] = value
    return found

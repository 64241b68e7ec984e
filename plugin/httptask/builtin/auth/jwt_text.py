"""JSON Web Tokens that a key of the task's signs (RFC 7519)."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from httptask.core.first_use import IMPORTING
from httptask.core.json_text import doubles
from httptask.errors import CredentialsError, MissingExtraError

_PEM: Final = re.compile(r"-----BEGIN [A-Z ]+-----")
_KINDS: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP", "HS": "oct"}


def signed_jwt(
    key: str,
    algorithm: str,
    claims: Mapping[str, Any],
    header: Mapping[str, Any],
    now: float,
    lifetime: int,
) -> str:
    """Return a signed token.

    Args:
        key: private key as PEM or JWK; the text itself for algorithms with a shared key.
        algorithm: algorithm of the signature.
        claims: claims; iat, exp and jti are added where they are missing.
        header: parameters of the token's header, beside alg and typ.
        now: seconds since the epoch.
        lifetime: seconds until exp.

    Raises:
        MissingExtraError: the extra ``jwt`` is not installed.
        CredentialsError: the key does not fit the algorithm.
    """
    try:
        with IMPORTING:
            from joserfc import errors, jwk, jws, jwt  # noqa: PLC0415 - an extra brings it
    except ImportError as error:
        raise MissingExtraError(
            "signing a JSON Web Token needs the extra jwt", hint='pip install "httptask[jwt]"'
        ) from error
    whole = {
        "iat": int(now),
        "exp": int(now) + lifetime,
        "jti": uuid.uuid4().hex,
        **doubles(claims),
    }
    try:
        imported: Any = jwk.JWKRegistry.import_key(*_key(key, algorithm))
        kid = {"kid": imported.kid} if imported.kid else {}
        head = {"alg": algorithm, "typ": "JWT", **kid, **doubles(header)}
        registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        return jwt.encode(head, whole, imported, registry=registry)
    except (errors.JoseError, ValueError, TypeError, KeyError) as error:
        raise CredentialsError(
            f"the key cannot sign a token with {algorithm}: {type(error).__name__}",
            code="key_invalid",
            retryable=False,
            hint="key is a private key as PEM or JWK that fits the algorithm",
        ) from None


def _key(text: str, algorithm: str) -> tuple[Any, str | None]:
    """Return a key and its kind as the library imports them."""
    if text.lstrip().startswith("{"):
        return json.loads(text), None
    kind = _KINDS[algorithm[:2]]
    if _PEM.search(text):
        # In variables and .env files the line breaks of a PEM are often written as \n.
        return text.replace("\\n", "\n"), kind
    if kind != "oct":
        raise ValueError("no PEM")
    return text, kind

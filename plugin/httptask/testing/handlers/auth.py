"""Handlers that want credentials; they echo when these are right and respond with 401 when not."""

from __future__ import annotations

import base64
import hashlib
import hmac
from http.cookies import SimpleCookie
from urllib.request import parse_http_list, parse_keqv_list

from httptask.testing.handlers.basic import echo
from httptask.testing.replies import Handler, HeaderPairs, Reply, json_reply
from httptask.testing.wire import ReceivedRequest

NONCE = "f2ca31a9c0ffee"


def basic_auth(username: str, password: str) -> Handler:
    """Build a handler that wants ``Authorization: Basic``; the pair is compared as UTF-8."""
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return _guard(f"Basic {token}", 'Basic realm="test", charset="UTF-8"')


def bearer_auth(token: str) -> Handler:
    """Build a handler that wants ``Authorization: Bearer``."""
    return _guard(f"Bearer {token}", 'Bearer realm="test"')


def api_key_auth(name: str, value: str, place: str = "header") -> Handler:
    """Build a handler that wants a key in a ``header``, the ``query`` or a ``cookie``."""

    def handler(request: ReceivedRequest) -> Reply:
        sent = {
            "header": lambda: request.all(name),
            "query": lambda: [text for key, text in request.arguments if key == name],
            "cookie": lambda: _cookies(request, name),
        }[place]()
        return echo(request) if sent == [value] else refuse(f"{name} in {place} is wrong")

    return handler


def digest_auth(username: str, password: str, algorithm: str = "MD5") -> Handler:
    """Build a handler that wants RFC 7616 digest, ``qop=auth``; ``MD5`` or ``SHA-256``."""
    challenge = f'Digest realm="test", qop="auth", nonce="{NONCE}", algorithm={algorithm}'

    def handler(request: ReceivedRequest) -> Reply:
        scheme, _, text = request.header("Authorization").partition(" ")
        if scheme.lower() != "digest":
            return refuse("credentials are missing", (("WWW-Authenticate", challenge),))
        given = parse_keqv_list(parse_http_list(text))
        expected = _digest(request, given, f"{username}:test:{password}", algorithm)
        right = given.get("username") == username and given.get("nonce") == NONCE
        if right and hmac.compare_digest(given.get("response", ""), expected):
            return echo(request)
        return refuse("the digest is wrong", (("WWW-Authenticate", challenge),))

    return handler


def refuse(message: str, headers: HeaderPairs = ()) -> Reply:
    """Build a 401."""
    error = {"message": message, "code": "unauthorized"}
    return json_reply({"error": error}, 401, headers)


def _guard(expected: str, challenge: str) -> Handler:
    def handler(request: ReceivedRequest) -> Reply:
        if request.all("Authorization") == [expected]:
            return echo(request)
        message = "wrong credentials" if request.header("Authorization") else "no credentials"
        return refuse(message, (("WWW-Authenticate", challenge),))

    return handler


def _cookies(request: ReceivedRequest, name: str) -> list[str]:
    morsels = [SimpleCookie(line).get(name) for line in request.all("Cookie")]
    return [morsel.value for morsel in morsels if morsel]


def _digest(request: ReceivedRequest, given: dict[str, str], secret: str, algorithm: str) -> str:
    def digest(text: str) -> str:
        kind = {"MD5": "md5", "SHA-256": "sha256"}[algorithm]
        return hashlib.new(kind, text.encode(), usedforsecurity=False).hexdigest()

    middle = [given.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")]
    asked = f"{request.method}:{given.get('uri', '')}"
    if given.get("uri") != request.target:
        return ""
    return digest(":".join([digest(secret), *middle, digest(asked)]))

"""A keyed hash of a text that is made of the request, in headers of the author's choice."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from httptask.builtin.auth.plugin import with_credential
from httptask.core.message import HttpRequest, HttpResponse
from httptask.definition.signing_options import HmacAuthOptions
from httptask.errors import CredentialsError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned, SignedRequest

_PART: Final = re.compile(r"\{([A-Za-z]+)(?::([A-Za-z0-9-]+))?\}")
_KEYS: Final[Mapping[str, Callable[[str], bytes]]] = {
    "text": str.encode,
    "hex": bytes.fromhex,
    "base64": lambda text: base64.b64decode(text, validate=True),
}
_WRITTEN: Final[Mapping[str, Callable[[bytes], str]]] = {
    "hex": bytes.hex,
    "base64": lambda data: base64.b64encode(data).decode(),
    "base64url": lambda data: base64.urlsafe_b64encode(data).decode().rstrip("="),
}


class HmacSignature:
    """The layer ``authorize`` for keyed hashes."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim keyed hashes."""
        return [Claim("authorize", "hmac", "a keyed hash of the request", HmacAuthOptions)]

    @hookimpl(trylast=True)
    def httptask_authorize(
        self, exchange: Exchange, request: HttpRequest, send: SendSigned
    ) -> HttpResponse:
        """Hash the template, and send the headers."""
        auth: Any = exchange.task.options.auth
        parts = _parts(request, auth, exchange.task.call.clock.now())
        mac = hmac.new(_key(auth), digestmod=auth.algorithm)
        for piece in _pieces(auth.template, request, parts):
            mac.update(piece)
        parts["signature"] = _WRITTEN[auth.encoding](mac.digest())
        exchange.task.redactor.register(parts["signature"])
        signed = request
        for name, template in auth.headers.items():
            value = b"".join(_pieces(template, request, parts)).decode("latin-1")
            signed = with_credential(signed, name, value).request
        return send(SignedRequest(signed, tuple(auth.headers)))


def _key(auth: HmacAuthOptions) -> bytes:
    try:
        return _KEYS[auth.key_encoding](auth.key)
    except (ValueError, binascii.Error):
        raise CredentialsError(
            f"the key is not {auth.key_encoding}",
            code="key_invalid",
            retryable=False,
            hint="keyEncoding says how it is written",
        ) from None


def _parts(request: HttpRequest, auth: HmacAuthOptions, now: float) -> dict[str, str]:
    split, moment = urlsplit(request.url), datetime.fromtimestamp(now, UTC)
    return {
        "method": request.method,
        "url": request.url,
        "target": request.target,
        "path": split.path or "/",
        "query": split.query,
        "host": request.headers.get("Host") or request.origin.authority,
        "timestamp": str(int(now)),
        "timestampMs": str(int(now * 1000)),
        "date": format_datetime(moment, usegmt=True),
        "nonce": uuid.uuid4().hex,
        "bodyHash": _body_hash(request, auth),
    }


def _body_hash(request: HttpRequest, auth: HmacAuthOptions) -> str:
    """Return the hash of the body, if a template names it."""
    if not any("{bodyHash}" in text for text in (auth.template, *auth.headers.values())):
        return ""
    digest = hashlib.new(auth.algorithm)
    for chunk in request.body.chunks() if request.body is not None else ():
        digest.update(chunk)
    return _WRITTEN[auth.encoding](digest.digest())


def _pieces(template: str, request: HttpRequest, parts: Mapping[str, str]) -> Iterator[bytes]:
    """Yield a template with its parts filled in; a large body comes in pieces."""
    done = 0
    for found in _PART.finditer(template):
        yield template[done : found.start()].encode()
        done = found.end()
        if found[1] == "body":
            yield from request.body.chunks() if request.body is not None else ()
        elif found[1] == "header":
            yield ", ".join(request.headers.get_all(found[2])).encode("latin-1")
        else:
            yield parts[found[1]].encode()
    yield template[done:].encode()

"""A third party's plugin: signs requests with an HMAC, and reads CSV as rows."""

import csv
import hashlib
import hmac
from typing import Literal

from httptask.definition.options import AuthOptions
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, DecodedBody, SignedRequest


class AcmeOptions(AuthOptions):
    """Acme's signature over the request's target."""

    type: Literal["acme"]
    key: str


@hookimpl
def httptask_claims():
    return [
        Claim("authorize", "acme", "HMAC in X-Acme-Signature", AcmeOptions),
        Claim("decode_response", "text/csv", "rows as objects"),
    ]


@hookimpl
def httptask_authorize(exchange, request, send):
    key = exchange.task.options.auth.key
    exchange.task.redactor.register(key)
    sign = hmac.new(key.encode(), request.target.encode(), hashlib.sha256).hexdigest()
    headers = request.headers.with_header("X-Acme-Signature", sign)
    return send(SignedRequest(request.with_headers(headers), fields=("X-Acme-Signature",)))


@hookimpl
def httptask_decode_response(response):
    if response.headers.get("Content-Type") != "text/csv":
        return None
    text = b"".join(response.stream).decode()
    return DecodedBody(list(csv.DictReader(text.splitlines())), "json", len(text))

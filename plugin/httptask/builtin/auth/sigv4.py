"""AWS Signature Version 4: in a header, or in the query.

Source: "Signature Version 4 signing process" of the AWS Identity and Access Management user guide.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec

from httptask.builtin.auth.aws_credentials import AwsKeys, keys_of
from httptask.core.body import Body
from httptask.core.message import HttpRequest, HttpResponse
from httptask.definition.signing_options import AwsSigV4Options
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned, SignedRequest

ALGORITHM: Final = "AWS4-HMAC-SHA256"
_UNSIGNED: Final = "UNSIGNED-PAYLOAD"
_LIFETIME: Final = 300
"""Seconds that a signature in the query is valid."""

_S3: Final = frozenset({"s3", "s3-object-lambda", "s3-outposts", "s3express"})
_TOKEN_AFTER: Final = frozenset({"iotdevicegateway"})
"""Services whose signature does not cover the session token."""

_LEFT_OUT: Final = frozenset(
    {"authorization", "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"}
)
"""Headers that the signature does not cover, as what stands between may change them."""

_FIELDS: Final = ("Authorization", "X-Amz-Security-Token", "X-Amz-Signature")
_BLANKS: Final = re.compile(r"\s+")


class Signer(msgspec.Struct, frozen=True):
    """Signs requests for one service in one region.

    Attributes:
        access_key: id of the access key.
        secret_key: secret access key.
        region: region of the endpoint.
        service: name that the service signs with.
        token: session token, or "".
        token_after: whether the session token is added after signing.
        plain_path: whether the path is signed as it is sent, which S3 wants.
        names_hash: whether the body's hash is sent as well.
        unsigned: whether the body is left out.
        lifetime: seconds that a signature in the query is valid.
    """

    access_key: str
    secret_key: str
    region: str
    service: str
    token: str = ""
    token_after: bool = False
    plain_path: bool = False
    names_hash: bool = False
    unsigned: bool = False
    lifetime: int = _LIFETIME

    @classmethod
    def of(cls, auth: AwsSigV4Options, keys: AwsKeys) -> Signer:
        """Return the signer that a task describes, with an access key."""
        s3, query = auth.service in _S3, auth.location == "query"
        unsigned = auth.payload == "unsigned" or (s3 and query)
        return cls(
            keys.access,
            keys.secret,
            auth.region,
            auth.service,
            keys.token,
            token_after=auth.service in _TOKEN_AFTER,
            plain_path=s3,
            names_hash=(s3 or unsigned) and not query,
            unsigned=unsigned,
        )

    def in_header(self, request: HttpRequest, now: float) -> HttpRequest:
        """Return the request with the signature in Authorization."""
        moment, payload = _moment(now), self._payload(request.body)
        headers = request.headers.with_header("X-Amz-Date", moment)
        if self.names_hash:
            headers = headers.with_header("X-Amz-Content-Sha256", payload)
        if self.token and not self.token_after:
            headers = headers.with_header("X-Amz-Security-Token", self.token)
        request = request.with_headers(headers)
        names, signature = self._signature(request, moment, payload)
        if self.token and self.token_after:
            headers = headers.with_header("X-Amz-Security-Token", self.token)
        credential = f"{self.access_key}/{self._scope(moment)}"
        value = f"Credential={credential}, SignedHeaders={names}, Signature={signature}"
        return request.with_headers(headers.with_header("Authorization", f"{ALGORITHM} {value}"))

    def in_query(self, request: HttpRequest, now: float) -> HttpRequest:
        """Return the request with the signature in the query."""
        moment = _moment(now)
        added = {
            "X-Amz-Algorithm": ALGORITHM,
            "X-Amz-Credential": f"{self.access_key}/{self._scope(moment)}",
            "X-Amz-Date": moment,
            "X-Amz-SignedHeaders": ";".join(_canonical_headers(request)),
            "X-Amz-Expires": str(self.lifetime),
        }
        token = {"X-Amz-Security-Token": self.token} if self.token else {}
        signed = _with_parameters(request, added if self.token_after else {**added, **token})
        _, signature = self._signature(signed, moment, self._payload(request.body))
        after = token if self.token_after else {}
        return _with_parameters(signed, {**after, "X-Amz-Signature": signature})

    def canonical(self, request: HttpRequest, payload: str) -> str:
        """Return the canonical request, given the hash of its body."""
        target, _, query = request.target.partition("?")
        path = _encoded(unquote(target)) if self.plain_path else _encoded(_normalized(target))
        headers = _canonical_headers(request)
        lines = [f"{name}:{value}" for name, value in headers.items()]
        return "\n".join(
            [request.method, path, _canonical_query(query), *lines, "", ";".join(headers), payload]
        )

    def _signature(self, request: HttpRequest, moment: str, payload: str) -> tuple[str, str]:
        """Return the names of the signed headers, and the signature."""
        canonical = self.canonical(request, payload)
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        text = "\n".join([ALGORITHM, moment, self._scope(moment), hashed])
        key = _signing_key(self.secret_key, moment[:8], self.region, self.service)
        return canonical.rsplit("\n", 2)[1], _mac(key, text).hex()

    def _scope(self, moment: str) -> str:
        return f"{moment[:8]}/{self.region}/{self.service}/aws4_request"

    def _payload(self, body: Body | None) -> str:
        if self.unsigned:
            return _UNSIGNED
        digest = hashlib.sha256()
        for chunk in body.chunks() if body is not None else ():
            digest.update(chunk)
        return digest.hexdigest()


class AwsSigV4:
    """The layer ``authorize`` for services of AWS."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim AWS signatures."""
        about = "a signature of AWS, in header or query"
        return [Claim("authorize", "aws-sigv4", about, AwsSigV4Options)]

    @hookimpl(trylast=True)
    def httptask_authorize(
        self, exchange: Exchange, request: HttpRequest, send: SendSigned
    ) -> HttpResponse:
        """Sign and send."""
        auth: Any = exchange.task.options.auth
        signer = Signer.of(auth, keys_of(auth, exchange.task))
        now = exchange.task.call.clock.now()
        sign = signer.in_query if auth.location == "query" else signer.in_header
        signed = sign(request, now)
        proof = signed.headers.get("Authorization") or signed.url
        exchange.task.redactor.register(proof.rpartition("Signature=")[2])
        return send(SignedRequest(signed, _FIELDS))


def _moment(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")


@lru_cache(maxsize=64)
def _signing_key(secret: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = _mac(key, part)
    return key


def _encoded(text: str) -> str:
    return quote(text, safe="/-_.~")


def _normalized(path: str) -> str:
    """Return a path without empty, ``.`` and ``..`` segments."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    slash = "/" if kept and path.endswith(("/", "/.", "/..")) else ""
    return "/" + "/".join(kept) + slash


def _canonical_query(query: str) -> str:
    split = (each.partition("=") for each in query.split("&") if each)
    pairs = sorted((_strictly(name), _strictly(value)) for name, _, value in split)
    return "&".join(f"{name}={value}" for name, value in pairs)


def _strictly(text: str) -> str:
    """Return a text that may be percent-encoded as AWS encodes it."""
    return quote(unquote(text), safe="-_.~")


def _canonical_headers(request: HttpRequest) -> dict[str, str]:
    """Return what the signature covers, by lower-case name, in order."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in request.headers:
        if name.lower() not in _LEFT_OUT:
            found[name.lower()].append(_BLANKS.sub(" ", value.strip()))
    if "host" not in found:
        found["host"].append(request.origin.authority)
    return {name: ",".join(found[name]) for name in sorted(found)}


def _with_parameters(request: HttpRequest, parameters: dict[str, str]) -> HttpRequest:
    added = "&".join(f"{name}={quote(value, safe='-_.~')}" for name, value in parameters.items())
    joint = "&" if "?" in request.url else "?"
    return msgspec.structs.replace(request, url=f"{request.url}{joint}{added}")

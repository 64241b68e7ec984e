"""What the next hop of a redirected request is."""

from __future__ import annotations

from collections.abc import Iterable
from http.cookiejar import CookieJar
from typing import Any, cast
from urllib.request import Request as CookieRequest

from httptask.core.message import DEFAULT_PORTS, Headers, HttpRequest, HttpResponse, Origin
from httptask.core.sensitive import SENSITIVE_HEADERS, Redactor
from httptask.core.urls import resolve_reference
from httptask.errors import CredentialsError, TransportError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BODY_HEADERS = ("Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding")


class Hops:
    """The chain of redirects of one attempt; cookies set on the way live as long as it does."""

    def __init__(self, limit: int, redactor: Redactor) -> None:
        self._limit, self._redactor = limit, redactor
        self._seen: set[tuple[str, str, str | None]] = set()
        self._jar: CookieJar | None = None
        self._own_cookie: str | None = None

    def next(
        self, request: HttpRequest, response: HttpResponse, credential_fields: Iterable[str]
    ) -> HttpRequest | None:
        """Return the request of the next hop, or None when the answer is no redirect.

        Raises:
            TransportError: too many redirects, a loop, or a location that is no http(s) URL.
            CredentialsError: another origin would be given a secret in the body.
        """
        if response.status not in REDIRECTS:
            return None
        location = response.headers.get("Location")
        if location is None:
            return None
        if self._jar is None:
            self._jar, self._own_cookie = CookieJar(), request.headers.get("Cookie")
        self._seen.add(_identity(request))
        if len(self._seen) > self._limit:
            raise TransportError(
                f"more than {self._limit} redirects",
                code="redirect_limit",
                retryable=False,
                hint="httptask.redirects.max sets the limit",
            )
        hop = self._moved(request, response, _target(request, location))
        if hop.origin != request.origin:
            hop = self._stripped(hop, credential_fields)
        hop = self._with_cookies(self._jar, request, response, hop)
        if _identity(hop) in self._seen:
            raise TransportError(
                f"circular redirect to {hop.url}", code="redirect_loop", retryable=False
            )
        return hop

    def _moved(self, request: HttpRequest, response: HttpResponse, url: str) -> HttpRequest:
        method, body, headers = request.method, request.body, request.headers
        becomes_get = response.status == 303 and method not in {"GET", "HEAD"}
        if becomes_get or (response.status in {301, 302} and method == "POST"):
            method, body, headers = "GET", None, headers.without(*_BODY_HEADERS)
        hop = HttpRequest(method, url, headers, body)
        lines = [
            (name, hop.origin.authority if name.lower() == "host" else value)
            for name, value in headers
        ]
        return hop.with_headers(Headers(lines))

    def _stripped(self, hop: HttpRequest, credential_fields: Iterable[str]) -> HttpRequest:
        self._own_cookie = None
        names = SENSITIVE_HEADERS | {name.lower() for name in credential_fields}
        if self._redactor.contains_secret(hop.url):
            raise _secret_leaves(hop, "its address")
        if hop.body is not None and self._redactor.body_has_secret(hop.body):
            raise _secret_leaves(hop, "the body")
        kept = [
            (name, value)
            for name, value in hop.headers
            if name.lower() not in names and not self._redactor.contains_secret(value)
        ]
        return hop.with_headers(Headers(kept))

    def _with_cookies(
        self, jar: CookieJar, request: HttpRequest, response: HttpResponse, hop: HttpRequest
    ) -> HttpRequest:
        if "Set-Cookie" in response.headers:
            answer = cast("Any", _Answer(response.headers))
            jar.extract_cookies(answer, _carrier(request))
        carrier = _carrier(hop)
        jar.add_cookie_header(carrier)
        cookies = [text for text in (self._own_cookie, carrier.get_header("Cookie")) if text]
        bare = hop.headers.without("Cookie")
        return hop.with_headers(bare.with_header("Cookie", "; ".join(cookies)) if cookies else bare)


def _identity(request: HttpRequest) -> tuple[str, str, str | None]:
    """Return what makes a request the same again: a new cookie may lead elsewhere."""
    return request.method, request.url, request.headers.get("Cookie")


def _carrier(request: HttpRequest) -> CookieRequest:
    return CookieRequest(request.url)  # noqa: S310 - a value for the cookie jar, never opened


class _Answer:
    """What a cookie jar needs of a response."""

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    def info(self) -> _Answer:
        return self

    def get_all(self, name: str, default: list[str]) -> list[str]:
        return self._headers.get_all(name) or default


def _target(request: HttpRequest, location: str) -> str:
    try:
        url = resolve_reference(request.url, location)
        origin = Origin.of(url)
    except ValueError as error:
        raise _no_target(location, "no URL") from error
    if origin.scheme not in DEFAULT_PORTS or not origin.host:
        raise _no_target(location, "not http or https")
    return url


def _secret_leaves(hop: HttpRequest, where: str) -> CredentialsError:
    return CredentialsError(
        f"the redirect to {hop.origin} would carry a secret in {where}",
        code="redirect_refused",
        retryable=False,
        hint="if you trust that origin, write its address as the task's uri",
    )


def _no_target(location: str, why: str) -> TransportError:
    return TransportError(
        f"the server redirects to {location!r}, which is {why}",
        code="redirect_invalid",
        retryable=False,
    )

"""Follow redirects: each hop is an exchange of its own."""

from __future__ import annotations

from collections import defaultdict
from http.cookiejar import CookieJar
from typing import Any

from httptask.core.message import DEFAULT_PORTS, Headers, HttpRequest, HttpResponse, Origin
from httptask.core.sensitive import Redactor
from httptask.core.urls import resolve_reference
from httptask.errors import HttpTaskError, TransportError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, Send

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BODY_HEADERS = ("Content-Type", "Content-Length", "Transfer-Encoding", "Content-Encoding")


class FollowRedirects:
    """Follows as ``httptask.redirects`` says."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim redirects."""
        return [Claim("redirect", "redirects", "3xx hops, without credentials to other origins")]

    @hookimpl(trylast=True)
    def httptask_redirect(
        self, exchange: Exchange, request: HttpRequest, send: Send
    ) -> HttpResponse:
        """Send, and follow."""
        response = send(request)
        options = exchange.task.options.redirects
        if response.status not in REDIRECTS or not options.follow:
            return response
        hops, hop = Hops(options.max, exchange.task.redactor), request
        while True:
            try:
                following = hops.next(hop, response)
            except HttpTaskError:
                exchange.drop(response)
                raise
            if following is None:
                return response
            exchange.drop(response)
            hop = following
            response = exchange.ask(hop, "redirect")


class Hops:
    """The chain of redirects of one exchange; cookies set on the way live as long as it does."""

    def __init__(self, limit: int, redactor: Redactor) -> None:
        self._limit, self._redactor = limit, redactor
        self._seen: set[tuple[str, str, str | None]] = set()
        self._cookies = Cookies()
        self._own_cookie: str | None = None

    def next(self, request: HttpRequest, response: HttpResponse) -> HttpRequest | None:
        """Return the request of the next hop, or None when the response is not a redirect.

        Raises:
            TransportError: too many redirects, a loop, or a location that is not an http(s) URL.
        """
        location = response.headers.get("Location")
        if response.status not in REDIRECTS or location is None:
            return None
        if not self._seen:
            self._own_cookie = request.headers.get("Cookie")
        self._seen.add(_identity(request))
        if len(self._seen) > self._limit:
            raise TransportError(
                f"more than {self._limit} redirects",
                code="redirect_limit",
                retryable=False,
                hint="httptask.redirects.max sets the limit",
            )
        hop = _moved(request, response, _target(request, location))
        if hop.origin != request.origin:
            hop = self._stripped(hop)
        hop = self._with_cookies(request, response, hop)
        if _identity(hop) in self._seen:
            raise TransportError(
                f"circular redirect to {hop.url}", code="redirect_loop", retryable=False
            )
        return hop

    def _stripped(self, hop: HttpRequest) -> HttpRequest:
        """Return the hop without the headers that are meant for the origin before."""
        self._own_cookie = None
        redactor = self._redactor
        kept = [
            (name, value)
            for name, value in hop.headers
            if not redactor.is_sensitive_field(name) and not redactor.contains_secret(value)
        ]
        return hop.with_headers(Headers(kept))

    def _with_cookies(
        self, request: HttpRequest, response: HttpResponse, hop: HttpRequest
    ) -> HttpRequest:
        self._cookies.store(request, response)
        found = (self._own_cookie, self._cookies.for_request(hop))
        cookies = "; ".join(filter(None, found))
        bare = hop.headers.without("Cookie")
        return hop.with_headers(bare.with_header("Cookie", cookies) if cookies else bare)


class Cookies:
    """Cookies that responses set; a service on another port of the same host gets none of them."""

    def __init__(self) -> None:
        self._jars: defaultdict[int, CookieJar] = defaultdict(CookieJar)

    def store(self, request: HttpRequest, response: HttpResponse) -> None:
        """Keep the cookies of a response."""
        if "Set-Cookie" in response.headers:
            about: Any = _About(request, response.headers)
            self._jar(request).extract_cookies(about, about)

    def for_request(self, request: HttpRequest) -> str | None:
        """Return the value of the Cookie header for a request."""
        about: Any = _About(request, Headers())
        self._jar(request).add_cookie_header(about)
        cookie: str | None = about.cookie
        return cookie

    def _jar(self, request: HttpRequest) -> CookieJar:
        origin = request.origin
        usual = DEFAULT_PORTS[origin.scheme] == origin.port
        return self._jars[0 if usual else origin.port]


class _About:
    """A request, and the headers of its response, as the standard library's jar reads them."""

    unverifiable = False

    def __init__(self, request: HttpRequest, headers: Headers) -> None:
        self._url, self._headers = request.url, headers
        self.type, self.host = request.origin.scheme, request.origin.host
        self.origin_req_host = self.host
        self.cookie: str | None = None

    def get_full_url(self) -> str:
        return self._url

    def has_header(self, name: str) -> bool:
        del name
        return False

    def add_unredirected_header(self, name: str, value: str) -> None:
        del name
        self.cookie = value

    def info(self) -> _About:
        return self

    def get_all(self, name: str, default: list[str]) -> list[str]:
        return self._headers.get_all(name) or default


def _identity(request: HttpRequest) -> tuple[str, str, str | None]:
    """Return what makes a request the same again: a new cookie may lead elsewhere."""
    return request.method, request.url, request.headers.get("Cookie")


def _moved(request: HttpRequest, response: HttpResponse, url: str) -> HttpRequest:
    method, body, headers = request.method, request.body, request.headers
    becomes_get = response.status == 303 and method not in {"GET", "HEAD"}
    if becomes_get or (response.status in {301, 302} and method == "POST"):
        method, body, headers = "GET", None, headers.without(*_BODY_HEADERS)
    hop = HttpRequest(method, url, headers, body, request.idempotent)
    lines = [
        (name, hop.origin.authority if name.lower() == "host" else value) for name, value in headers
    ]
    return hop.with_headers(Headers(lines))


def _target(request: HttpRequest, location: str) -> str:
    try:
        url = resolve_reference(request.url, location)
        origin = Origin.of(url)
    except ValueError as error:
        raise _no_target(location, "not a URL") from error
    if origin.scheme not in DEFAULT_PORTS or not origin.host:
        raise _no_target(location, "not http or https")
    return url


def _no_target(location: str, why: str) -> TransportError:
    return TransportError(
        f"the server redirects to {location!r}, which is {why}",
        code="redirect_invalid",
        retryable=False,
    )

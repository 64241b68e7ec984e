"""Follow an address that a response gave: only at the origin of the task's own request."""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from httptask.core.message import DEFAULT_PORTS, HttpRequest, Origin
from httptask.errors import ResponseError

_LONGEST_HOST: Final = 253


def at_home(request: HttpRequest, url: str, pointer: str) -> str:
    """Return an absolute address if it has the origin of a request.

    A service behind a proxy that ends TLS may call itself http: it is asked by https.

    Args:
        request: the task's own request.
        url: the address, percent-encoded.
        pointer: JSON Pointer of what says where it stands, for errors.

    Raises:
        ResponseError: it leads elsewhere.
    """
    home = request.origin
    with suppress(ValueError):
        origin, parts = Origin.of(url), urlsplit(url)
        if origin == home and "@" not in parts.netloc:
            return url
        is_behind_proxy = home.scheme == "https" and origin.port in (80, home.port)
        if is_behind_proxy and (origin.scheme, origin.host) == ("http", home.host):
            return urlunsplit(parts._replace(scheme="https", netloc=home.authority))
    raise ResponseError(
        f"the response leads to {_named(url)}, but the request went to {home}",
        code="origin_left",
        pointer=pointer,
        retryable=False,
        hint="an address of a response is followed at the origin of uri; write that one in uri",
    )


def _named(url: str) -> str:
    """Return what a message says of an address: its origin, for the rest may hold a secret."""
    with suppress(ValueError):
        origin = Origin.of(url)
        if origin.scheme in DEFAULT_PORTS and 0 < len(origin.host) <= _LONGEST_HOST:
            return f"a user at {origin}" if "@" in urlsplit(url).netloc else str(origin)
    return "what is not an http address"

"""Where a connection leads: what two of them must have in common to stand in for each other."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from httptask.core.message import DEFAULT_PORTS, Origin
from httptask.errors import TransportError
from httptask.wire.call import Tls


class Proxy(NamedTuple):
    """A proxy, and the value of Proxy-Authorization for it, or ""."""

    origin: Origin
    authorization: str


class Route(NamedTuple):
    """The way to an origin, for one identity."""

    origin: Origin
    tls: Tls
    proxy: Proxy | None
    identity: str

    @property
    def near(self) -> Origin:
        """Return whom the socket is connected to."""
        return self.proxy.origin if self.proxy else self.origin

    @property
    def is_secure(self) -> bool:
        """Tell whether TLS protects any part of it."""
        return "https" in {self.near.scheme, self.origin.scheme}

    @property
    def tunnel(self) -> bool:
        """Tell whether a proxy is to pass the bytes on unread."""
        return self.proxy is not None and self.origin.scheme == "https"


@lru_cache(maxsize=64)
def proxy_at(url: str) -> Proxy:
    """Read the address of a proxy.

    Raises:
        TransportError: it is not the address of an http or https proxy.
    """
    full = url if "://" in url else f"http://{url}"
    try:
        parts, origin = urlsplit(full), Origin.of(full)
    except ValueError:
        parts, origin = urlsplit(""), Origin("", "", 0)
    if origin.scheme not in DEFAULT_PORTS or not origin.host:
        raise TransportError(
            "the proxy's address is not http://HOST:PORT or https://HOST:PORT",
            code="proxy_failed",
            retryable=False,
        )
    if parts.username is None:
        return Proxy(origin, "")
    userinfo = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(origin, f"Basic {b64encode(userinfo.encode()).decode()}")

"""Where a connection leads: what two of them must have in common to stand in for each other."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from httptask.core.message import DEFAULT_PORTS, Origin
from httptask.errors import TransportError
from httptask.wire.call import Tls


class Proxy(NamedTuple):
    """A proxy, and the header lines that sign in to it."""

    origin: Origin
    lines: tuple[tuple[str, str], ...]


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
    def tunnel(self) -> bool:
        """Tell whether a proxy is to pass the bytes on unread."""
        return self.proxy is not None and self.origin.scheme == "https"


@lru_cache(maxsize=64)
def proxy_at(url: str) -> Proxy | None:
    """Read the address of a proxy; "" is none.

    Raises:
        TransportError: it is not the address of an http or https proxy.
    """
    if not url:
        return None
    full = url if "://" in url else f"http://{url}"
    with suppress(ValueError):
        parts, origin = urlsplit(full), Origin.of(full)
        if origin.scheme in DEFAULT_PORTS and origin.host:
            return Proxy(origin, _signed_in(parts.username, parts.password or ""))
    raise TransportError(
        "the proxy's address is not http://HOST:PORT or https://HOST:PORT",
        code="proxy_failed",
        retryable=False,
    )


def _signed_in(user: str | None, password: str) -> tuple[tuple[str, str], ...]:
    if user is None:
        return ()
    userinfo = f"{unquote(user)}:{unquote(password)}".encode()
    return (("Proxy-Authorization", f"Basic {b64encode(userinfo).decode()}"),)

"""What must be known, besides the request, to send it."""

from __future__ import annotations

import threading
from base64 import b64encode
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import msgspec

from httptask.core.egress import EgressPolicy
from httptask.core.message import DEFAULT_PORTS, Origin
from httptask.errors import TransportError
from httptask.hooks.views import Probe


class Tls(msgspec.Struct, frozen=True):
    """Trust and identity of TLS connections.

    Attributes:
        verify: whether the peer's certificate is checked.
        authorities: file or folder of the authorities to trust, or "" for the usual ones.
        certificate: file of our own certificate, or "".
        key: file of its key, or "" if it is in the same file.
    """

    verify: bool = True
    authorities: str = ""
    certificate: str = ""
    key: str = ""


class Call(msgspec.Struct, frozen=True):
    """How one request is sent.

    Attributes:
        policy: judges every address of the target.
        probe: is told how long each phase took.
        proxy: address of the proxy, or "".
        proxy_policy: judges the proxy's addresses; ``policy`` does when None.
        tls: trust and identity of TLS connections.
        connect_timeout: seconds for each step of connecting, or None.
        read_timeout: longest silence in seconds once connected, or None.
        deadline: monotonic time at which the call's time is over, or None.
        cancelled: set when the caller gives up.
        identity: whom the connection belongs to; "" shares it.
    """

    policy: EgressPolicy
    probe: Probe
    proxy: str = ""
    proxy_policy: EgressPolicy | None = None
    tls: Tls = Tls()
    connect_timeout: float | None = None
    read_timeout: float | None = None
    deadline: float | None = None
    cancelled: threading.Event | None = None
    identity: str = ""


class Proxy(NamedTuple):
    """A proxy, and the value of Proxy-Authorization for it, or ""."""

    origin: Origin
    authorization: str


class Route(NamedTuple):
    """What connections must have in common to stand in for each other."""

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

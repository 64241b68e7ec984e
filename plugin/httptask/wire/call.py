"""How one request is sent: what must be known besides the request."""

from __future__ import annotations

import threading

import msgspec

from httptask.core.egress import EgressPolicy
from httptask.hooks.recording import Probe


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

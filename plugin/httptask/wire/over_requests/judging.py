"""Judge the address before a call, and the peer behind its response."""

from __future__ import annotations

import os
import socket

import requests

from httptask.core.egress import EgressPolicy
from httptask.core.message import Origin, endpoint
from httptask.errors import EgressRefusedError, TransportError
from httptask.wire.call import Call
from httptask.wire.http1.dial import addresses
from httptask.wire.http1.route import proxy_at
from httptask.wire.limits import Limits


def judge(call: Call, origin: Origin, limits: Limits, *, mounted: bool) -> Origin:
    """Judge the target, and the proxy; return the one that will be connected to.

    Raises:
        EgressRefusedError: the policy forbids an address, or the use of a mounted adapter.
        TransportError: the call cannot be made as it has to be, or a name cannot be resolved and
            is not allowed as it stands.
    """
    host, port = origin.host, origin.port
    if mounted and not call.policy.names(host, port):
        raise EgressRefusedError(
            f"a mounted adapter sends requests to {endpoint(host, port)}, past the egress policy",
            retryable=False,
            hint=f"if you trust it: --allow-host {endpoint(host, port)}, or HTTPTASK_ALLOW_HOSTS",
        )
    if mounted and call.identity:
        raise TransportError(
            "the authentication needs a connection of its own; a mounted adapter shares them",
            code="connection_shared",
            retryable=False,
            hint="HTTPTASK_TRANSPORT=http1 has connections of its own",
        )
    _judge_all(origin, call.policy, limits, "dns_failed")
    found = proxy_at(call.proxy)
    if found is None:
        return origin
    proxy = found.origin
    if (proxy.scheme, origin.scheme, call.tls.verify) == ("https", "http", True):
        raise TransportError(
            "requests does not check the certificate of a proxy that http URLs go through",
            code="proxy_failed",
            retryable=False,
            hint="HTTPTASK_TRANSPORT=http1 checks it",
        )
    _judge_all(proxy, call.near_policy, limits, "proxy_failed")
    return proxy


def judged_peer(response: requests.Response, call: Call, near: Origin) -> str:
    """Judge whom a response came from; return its address, or "" where there is no socket.

    Raises:
        EgressRefusedError: the policy forbids the address.
    """
    try:
        with socket.socket(fileno=os.dup(response.raw.fileno())) as sock:
            host, port = sock.getpeername()[:2]
    except (AttributeError, OSError, ValueError):
        return ""
    try:
        call.near_policy.judge(near.host, near.port, host)
    except EgressRefusedError:
        response.close()
        raise
    call.probe.remote_address = endpoint(host, port)
    return call.probe.remote_address


def _judge_all(origin: Origin, policy: EgressPolicy, limits: Limits, code: str) -> None:
    host, port = origin.host, origin.port
    try:
        found = addresses(host, port, limits)
    except (OSError, UnicodeError) as error:
        if policy.names(host, port):
            return
        which = "the proxy cannot be reached: its name" if code == "proxy_failed" else host
        raise TransportError(
            f"{which} cannot be resolved, so the egress policy cannot judge it",
            code=code,
            retryable=True,
            hint="a host that only a mock or an adapter knows: "
            f"--allow-host {endpoint(host, port)}",
        ) from error
    for *_, address in found:
        policy.judge(host, port, str(address[0]))

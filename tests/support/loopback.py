"""A guard for processes of tests: whatever connects off this machine fails."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def loopback_only() -> Iterator[None]:
    """Fail whatever connects off this machine; names other than localhost do not resolve."""
    with pytest.MonkeyPatch.context() as patch:
        for method in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, method, _guarded(getattr(socket.socket, method)))
        patch.setattr(socket, "getaddrinfo", _resolving(socket.getaddrinfo))
        yield


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(sock: socket.socket, *args: Any) -> Any:
        if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(args[-1][0]):
            pytest.fail(f"a test reaches for the network: {args[-1]}")
        return method(sock, *args)

    return guarded


def _resolving(resolve: Callable[..., Any]) -> Callable[..., Any]:
    def resolving(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost") and not _is_address(name):
            raise socket.gaierror(socket.EAI_NONAME, f"tests resolve no names, not even {name}")
        return resolve(host, *args, **options)

    return resolving


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return host in ("", "localhost") or (address is not None and address.is_loopback)


def _is_address(host: str) -> bool:
    return _address(host) is not None


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Read an address in every form that the system's resolver takes, ``127.1`` included."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    else:
        return getattr(address, "ipv4_mapped", None) or address
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None

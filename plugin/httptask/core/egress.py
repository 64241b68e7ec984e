"""Which addresses a request may go to.

The policy judges the address that a name resolved to, at connect time, on every hop. It keeps no
state and opens no socket; the transport asks it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from httptask.errors import DefinitionError, EgressRefusedError

Address = IPv4Address | IPv6Address
Endpoint = tuple[str, int | None]

_NEVER = tuple(
    ipaddress.ip_network(text)
    for text in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::/32",
        "fd20:ce::/32",
        "100.100.100.200/32",
        "192.0.0.192/32",
        "168.63.129.16/32",
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_ENDPOINT = re.compile(
    r"(?:\[([^\[\]]+)\]|([^:\[\]]+))(?::([0-9]{1,5}))?|([^\[\]]*:[^\[\]]*:[^\[\]]*)"
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def carried(address: Address) -> tuple[Address, ...]:
    """Return the addresses that traffic to this one may end at.

    That is itself, or the IPv4 ones inside; both for the prefix of local translators.
    """
    if isinstance(address, IPv4Address):
        return (address,)
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address in _NAT64_LOCAL:
        return (address, IPv4Address(int(address) & 0xFFFFFFFF))
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        return address.teredo
    return (address,)


def is_public(address: Address) -> bool:
    """Tell whether an address is on the public internet (no IPv4 address inside considered)."""
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special


def is_never_called(address: Address) -> bool:
    """Tell whether no configuration lets a request go to an address."""
    return _classify(str(address)) == "never"


@lru_cache(maxsize=4096)
def _classify(text: str) -> str:
    addresses = carried(ipaddress.ip_address(text.partition("%")[0]))
    if any(
        address in net for address in addresses for net in _NEVER if address.version == net.version
    ):
        return "never"
    if all(is_public(address) for address in addresses):
        return "public"
    return "loopback" if all(address.is_loopback for address in addresses) else "private"


def parse_endpoint(text: str) -> Endpoint:
    """Read ``HOST``, ``HOST:PORT``, ``IPV6``, ``[IPV6]`` or ``[IPV6]:PORT``.

    Raises:
        DefinitionError: the text is none of these.
    """
    match = _ENDPOINT.fullmatch(text.strip())
    port = int(match[3]) if match and match[3] else None
    in_range = port is None or 0 < port < 65536
    if match is None or not in_range or (match[1] and not _is_ipv6(match[1])):
        raise DefinitionError(
            f"{text!r} is not HOST or HOST:PORT",
            code="allow_host_invalid",
            hint="for example localhost:8080 or [::1]:8080",
        )
    return (match[1] or match[2] or match[4]).lower().rstrip("."), port


def _is_ipv6(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _literally(host: str, port: int, kind: str) -> str:
    if kind != "loopback":
        return ""
    return (
        f"on your own command line, write {host}:{port} literally in uri, or in httptask.base if a "
        "response gave the address; "
    )


@dataclass(frozen=True, slots=True)
class EgressPolicy:
    """Judges endpoints; public addresses pass, link-local and metadata ones never do.

    Attributes:
        allowed: endpoints the configuration allows although they are not public.
        literal: loopback endpoints written literally in the definition; they pass on the first
            hop only.
    """

    allowed: frozenset[Endpoint] = frozenset()
    literal: frozenset[Endpoint] = frozenset()

    @classmethod
    def of(cls, allow_hosts: Iterable[str] = ()) -> EgressPolicy:
        """Return the policy with ``--allow-host`` texts as its exceptions."""
        return cls(frozenset(parse_endpoint(text) for text in allow_hosts if text.strip()))

    def with_literal(self, endpoints: Iterable[Endpoint]) -> EgressPolicy:
        """Return this policy with the definition's literal endpoints as first-hop exceptions."""
        return EgressPolicy(self.allowed, frozenset(endpoints))

    def after_first_hop(self) -> EgressPolicy:
        """Return the policy for redirects and other follow-up requests."""
        return EgressPolicy(self.allowed) if self.literal else self

    def judge(self, host: str, port: int, address: str) -> None:
        """Let a connection to an address pass, or refuse it.

        Args:
            host: name or address as it stands in the URL.
            port: TCP port.
            address: the address that ``host`` resolved to.

        Raises:
            EgressRefusedError: the address may not be called.
        """
        kind = _classify(address)
        if kind == "public":
            return
        host = host.lower().rstrip(".")
        if kind == "never":
            raise EgressRefusedError(
                f"{host} resolves to {address}, a link-local or metadata address",
                retryable=False,
                hint="such addresses are never called",
            )
        if (host, port) in self.allowed or (host, None) in self.allowed:
            return
        if kind == "loopback" and (host, port) in self.literal:
            return
        raise EgressRefusedError(
            f"{host}:{port} resolves to {address}, which is not a public address",
            retryable=False,
            hint=_literally(host, port, kind)
            + f"if you trust it: --allow-host {host}:{port}, or HTTPTASK_ALLOW_HOSTS",
        )

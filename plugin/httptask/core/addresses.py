"""What an IP address is: public, loopback, private, or one that is never called.

The tables follow IANA's registries of special-purpose addresses (IPv4 and IPv6, October 2025). They
are our own because Python's ``ipaddress`` behaves differently from one patch release to the next.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(map(ipaddress.ip_network, text.split()))


_NEVER: Final = _networks(
    # link-local, which holds nearly every metadata service
    "169.254.0.0/16 fe80::/10 "
    # the other metadata services; docs/security.md names each with its source
    "fd00:ec2::/32 fd20:ce::/32 fd00:c1::a9fe:a9fe/128 fd00:100::100:200/128 fd00:42::42/128 "
    "fd00:a9fe:a9fe::1/128 100.100.100.200/32 100.96.0.96/32 100.80.80.80/32 192.0.0.192/32 "
    "168.63.129.16/32"
)
_NOT_PUBLIC: Final = _networks(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 "
    # the anycast addresses in 192.0.0.0/24 and 2001:1::/32 end at the nearest router
    "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 "
    "203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 "
    "2001::/23 2001:db8::/32 3fff::/20"
)
_PUBLIC_WITHIN: Final = _networks("2001:3::/32 2001:4:112::/48")
_GLOBAL_UNICAST: Final = ipaddress.ip_network("2000::/3")
_LOOPBACK: Final = _networks("127.0.0.0/8 ::1/128")

_MAPPED, _NAT64 = _networks("::ffff:0:0/96 64:ff9b::/96")
_SIX_TO_FOUR, _TEREDO = _networks("2002::/16 2001::/32")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_WITH_BOTH: Final = _networks("::/96 ::ffff:0:0:0/96")
_ISATAP: Final = frozenset({0x00005EFE, 0x02005EFE})
_LOW: Final = 0xFFFFFFFF


def carried(address: Address) -> tuple[Address, ...]:
    """Return the addresses that traffic to this one may end at.

    - IPv4-mapped, the well-known prefix of NAT64, and 6to4: the IPv4 address inside;
    - Teredo: its server and its client;
    - IPv4-compatible, SIIT, ISATAP, and the prefix of local translators (RFC 8215), which may
      place it in four ways (RFC 6052): the address itself and the ones inside.
    """
    if isinstance(address, IPv4Address):
        return (address,)
    value = int(address)
    if address in _MAPPED or address in _NAT64:
        return (IPv4Address(value & _LOW),)
    if address in _SIX_TO_FOUR:
        return (IPv4Address(value >> 80 & _LOW),)
    if address in _TEREDO:
        return IPv4Address(value >> 64 & _LOW), IPv4Address(~value & _LOW)
    if address in _NAT64_LOCAL:
        return address, *_translated(value)
    inside = any(address in network for network in _WITH_BOTH) and value > 1
    if inside or value >> 32 & _LOW in _ISATAP:
        return address, IPv4Address(value & _LOW)
    return (address,)


def _translated(value: int) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses that a prefix of 48, 56, 64 or 96 bits places here."""
    without_bits_64_to_71 = value >> 64 << 56 | value & (1 << 56) - 1
    shorter = (without_bits_64_to_71 >> shift & _LOW for shift in (40, 32, 24))
    return (*map(IPv4Address, shorter), IPv4Address(value & _LOW))


def is_public(address: Address) -> bool:
    """Tell whether an address is on the public internet (no IPv4 address inside considered)."""
    if isinstance(address, IPv6Address):
        if address not in _GLOBAL_UNICAST:
            return False
        if any(address in network for network in _PUBLIC_WITHIN):
            return True
    return not any(address in network for network in _NOT_PUBLIC)


def is_never_called(address: Address) -> bool:
    """Tell whether no configuration lets a request go to an address."""
    return classify(str(address)) == "never"


@lru_cache(maxsize=4096)
def classify(text: str) -> str:
    """Return ``never``, ``public``, ``loopback`` or ``private`` for an address as text."""
    addresses = carried(ipaddress.ip_address(text.partition("%")[0]))
    if any(address in network for address in addresses for network in _NEVER):
        return "never"
    if all(map(is_public, addresses)):
        return "public"
    local = all(any(address in network for network in _LOOPBACK) for address in addresses)
    return "loopback" if local else "private"


def is_loopback_host(host: str) -> bool:
    """Tell whether a host can only be this machine: ``localhost``, ``*.localhost``, a literal.

    RFC 6761 keeps ``localhost`` and the names below it from everybody; any other name leads where
    its owner says, and may say otherwise a moment later.
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return classify(host) == "loopback"
    except ValueError:
        return False

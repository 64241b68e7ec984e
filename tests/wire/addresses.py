"""Every way to write an address that must not be called, sent through the whole pipeline.

``python tests/wire/addresses.py`` prints how many forms there are of each kind, how each was
refused, and the forms that got through; ``test_addresses.py`` runs it.
"""

from __future__ import annotations

import socket
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any
from unittest import mock

from httptask.testing.tasks import TaskRunner

NEVER_V4 = """169.254.169.254 169.254.170.2 169.254.170.23 169.254.0.23 169.254.42.42 169.254.0.0
    169.254.255.255 100.100.100.200 100.96.0.96 100.80.80.80 192.0.0.192 168.63.129.16"""
PRIVATE_V4 = """0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1
    127.255.255.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.9 192.0.0.10 192.0.0.170 192.0.2.1
    192.88.99.1 192.88.99.2 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255 198.51.100.7
    203.0.113.7 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255"""
NEVER_V6 = """fe80::1 fe80::a9fe:a9fe febf:ffff::1 fd00:ec2::254 fd00:ec2::23 fd00:ec2::253
    fd20:ce::254 fd00:c1::a9fe:a9fe fd00:a9fe:a9fe::1 fd00:42::42 fd00:100::100:200"""
PRIVATE_V6 = """:: ::1 ::2 100::1 100:0:0:1::1 2001:1::1 2001:1::2 2001:1::3 2001:2::1 2001:10::1
    2001:20::1 2001:30::1 2001:db8::1 3fff::1 3fff:fff::1 5f00::1 fc00::1 fd12:3456::1 fec0::1
    ff02::1 ff0e::1 4000::1 64:ff9b:1::1"""
PUBLIC = """1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 128.0.0.1
    172.15.255.255 172.32.0.0 192.0.1.0 192.31.196.1 192.52.193.1 192.88.98.1 192.167.255.255
    192.175.48.1 198.17.255.255 198.20.0.0 223.255.255.255 168.63.129.17 2001:200::1
    2001:3::1 2001:4:112::1 2606:4700::1111 2620:4f:8000::1 2a00:1450::1 3ffe::1 3fff:1000::1
    2002:808:808::1 64:ff9b::808:808 ::ffff:8.8.8.8"""
NAT64_LOCAL = int(IPv6Address("64:ff9b:1::"))


def spellings(address: IPv4Address) -> Iterator[str]:
    """Yield the ways in which libraries let an IPv4 address be written."""
    value = int(address)
    a, b, c, d = address.packed
    yield from (str(address), f"{address}.", str(value), f"0x{value:x}", f"0X{value:X}")
    yield from (f"0{value:o}", f"0x{value:016x}", f"0000{value:o}")
    yield from (f"{a}.{value & 0xFFFFFF}", f"{a}.{b}.{value & 0xFFFF}")
    yield from (f"0x{a:x}.0x{value & 0xFFFFFF:x}", f"0{a:o}.0{b:o}.0{value & 0xFFFF:o}")
    yield from (f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}")
    yield from (f"0x{a:02x}.{b}.0{c:o}.{d}", f"{a}.0{b:o}.0x{c:x}.{d}", f"0x{a:x}.{b}.{c}.{d}")
    yield from (f"000{a:o}.00{b:o}.0x000{c:x}.{d}", f"%{ord(str(a)[0]):x}{str(address)[1:]}")
    wide = str.maketrans("0123456789", "".join(chr(0xFF10 + digit) for digit in range(10)))
    yield from (str(address).translate(wide), str(address).replace(".", "\u3002"))


def translated(address: IPv4Address) -> Iterator[IPv6Address]:
    """Yield the IPv6 addresses from which traffic is carried to an IPv4 address."""
    value = int(address)
    yield from (IPv6Address(0xFFFF << 32 | value), IPv6Address(0xFFFF << 48 | value))
    yield IPv6Address(int(IPv6Address("64:ff9b::")) | value)
    yield from (IPv6Address(0x2002 << 112 | value << 80 | tail) for tail in (0, 1, value))
    teredo = 0x20010000 << 96
    yield IPv6Address(teredo | value << 64 | ~0x08080808 & 0xFFFFFFFF)
    yield IPv6Address(teredo | 0x08080808 << 64 | ~value & 0xFFFFFFFF)
    for prefix in ("2a00:1450::", "2a00:1450:0:1:200::", "fe80::", "fd00:1::"):
        yield IPv6Address(int(IPv6Address(prefix)) | 0x5EFE << 32 | value)
    yield IPv6Address(NAT64_LOCAL | value)
    yield IPv6Address(NAT64_LOCAL | value >> 16 << 64 | (value & 0xFFFF) << 40)
    yield IPv6Address(NAT64_LOCAL | value >> 24 << 64 | (value & 0xFFFFFF) << 32)
    yield IPv6Address(NAT64_LOCAL | value << 24)
    yield IPv6Address(value)


def spellings6(address: IPv6Address) -> Iterator[str]:
    """Yield the ways to write an IPv6 address."""
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    head = address.exploded.rsplit(":", 2)[0]
    yield from (f"[{address}]", f"[{str(address).upper()}]", f"[{address.exploded}]")
    yield from (f"[{head}:{last}]", f"[{address}%25eth0]", f"[{address}%lo]")


@dataclass(slots=True)
class Report:
    """What came of a corpus.

    Attributes:
        forms: forms by kind.
        refusals: codes of the errors, how often each.
        passed: forms for which a connection was tried.
    """

    forms: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    passed: list[str] = field(default_factory=list)


def corpus() -> Iterator[tuple[str, str, str]]:
    """Yield kind, host as written in a URL, and what a name resolves to, or ""."""
    named: list[str] = []
    for text in (NEVER_V4 + " " + PRIVATE_V4).split():
        address = IPv4Address(text)
        yield from (("IPv4 spelling", form, "") for form in spellings(address))
        inside = list(translated(address))
        yield from (("IPv4 inside IPv6", f"[{each}]", "") for each in inside)
        named += [text, *map(str, inside)]
    for text in (NEVER_V6 + " " + PRIVATE_V6).split():
        yield from (("IPv6 spelling", form, "") for form in spellings6(IPv6Address(text)))
        named.append(text)
    yield from (("name", f"n{at}.example.com", each) for at, each in enumerate(named))


@contextmanager
def names(known: dict[str, str]) -> Iterator[list[str]]:
    """Let names resolve to addresses; yield the addresses that this thread connected to."""
    real, tried, own = socket.getaddrinfo, list[str](), threading.get_ident()

    def resolve(host: Any, port: Any, *more: Any, **options: Any) -> Any:
        return real(known.get(host, host), port, *more, **options)

    def connect(_: socket.socket, address: Any) -> None:
        if threading.get_ident() == own:
            tried.append(str(address[0]))
        raise ConnectionRefusedError

    with (
        mock.patch("socket.getaddrinfo", resolve),
        mock.patch("socket.socket.connect", connect, create=True),
        mock.patch("socket.socket.connect_ex", connect, create=True),
    ):
        yield tried


def report(folder: Path, *, author: bool = False) -> Report:
    """Send every form through the pipeline.

    Args:
        folder: for the data of the tasks.
        author: whether the forms stand in a definition of the author's own command line.
    """
    found, forms = Report(), list(corpus())
    known = {host: address for _, host, address in forms if address}
    with names(known) as tried, TaskRunner(folder, author=author) as tasks:
        for kind, host, _ in forms:
            found.forms[kind] += 1
            result = tasks.run({"uri": f"http://{host}/", "method": "GET"})
            code = result.error.code if result.error else str(result.status)
            found.refusals[code] += 1
            if tried or code not in {"egress_refused", "input_invalid"}:
                found.passed.append(f"{kind}: {host} {code}, connected to {', '.join(tried)}")
                tried.clear()
    return found


def main() -> int:
    """Print the figures; 1 if a form got through."""
    with tempfile.TemporaryDirectory() as folder:
        found = report(Path(folder))
    sys.stdout.write(f"{found.forms.total()} forms: {dict(found.forms)}\n")
    sys.stdout.write(f"refused: {dict(found.refusals)}\n")
    sys.stdout.writelines(f"PASSED {line}\n" for line in found.passed)
    return 1 if found.passed else 0


if __name__ == "__main__":
    raise SystemExit(main())

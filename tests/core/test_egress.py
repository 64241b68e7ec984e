from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.core.addresses import is_public
from httptask.core.egress import EgressPolicy, parse_endpoint
from httptask.errors import DefinitionError, EgressRefusedError

NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "fe80::1",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a9fe:a9fe",
    "2002:a9fe:a9fe::1",
    "2001:0:a9fe:a9fe::1",
]
PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "0.0.0.0",
    "255.255.255.255",
    "240.0.0.1",
    "224.0.0.1",
    "::",
    "::7f00:1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "2002:0a00:0001::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
LOOPBACK = ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"]


def judge(
    policy: EgressPolicy, address: str, host: str = "api.example.com", port: int = 80
) -> bool:
    try:
        policy.judge(host, port, address)
    except EgressRefusedError:
        return False
    return True


@pytest.mark.parametrize("address", NEVER)
def test_metadata_and_link_local_addresses_are_never_called(address: str) -> None:
    policy = EgressPolicy.of(["api.example.com", address.partition("%")[0]])
    assert not judge(policy, address)
    assert not judge(policy, address, address.partition("%")[0])


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_needs_an_exception(address: str) -> None:
    assert not judge(EgressPolicy(), address)
    assert judge(EgressPolicy.of(["api.example.com"]), address)
    assert judge(EgressPolicy.of(["api.example.com:80"]), address)
    assert not judge(EgressPolicy.of(["api.example.com:81"]), address)
    literal = EgressPolicy().with_literal([("api.example.com", 80)])
    assert not judge(literal, address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert judge(EgressPolicy(), address)


@pytest.mark.parametrize("address", LOOPBACK)
def test_loopback_passes_on_the_first_hop_if_it_is_literal(address: str) -> None:
    policy = EgressPolicy().with_literal([("localhost", 8080)])
    assert judge(policy, address, "LOCALHOST.", 8080)
    assert not judge(policy, address, "localhost", 8081)
    assert not judge(policy, address, "127.0.0.1", 8080)
    assert not judge(policy.after_first_hop(), address, "localhost", 8080)
    assert judge(EgressPolicy.of(["localhost:8080"]).after_first_hop(), address, "localhost", 8080)


def test_the_refusal_says_how_to_allow() -> None:
    with pytest.raises(EgressRefusedError, match="not a public") as caught:
        EgressPolicy().judge("db.internal", 5432, "10.0.0.1")
    assert "--allow-host db.internal:5432" in caught.value.hint
    assert caught.value.code == "egress_refused"
    assert caught.value.retryable is False


SPECIAL = """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
    192.168.0.0/16 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4"""
SPECIAL_V4 = [IPv4Network(text) for text in SPECIAL.split()]


def wrapped(address: IPv4Address) -> list[IPv6Address]:
    value = int(address)
    return [
        IPv6Address(0xFFFF << 32 | value),
        IPv6Address(int(IPv6Address("64:ff9b::")) | value),
        IPv6Address(0x2002 << 112 | value << 80 | 1),
        IPv6Address(0x20010000 << 96 | value << 64 | (~0x08080808 & 0xFFFFFFFF)),
    ]


@given(st.sampled_from(SPECIAL_V4).flatmap(lambda net: st.ip_addresses(v=4, network=net)))
def test_no_transition_address_hides_a_special_one(address: IPv4Address) -> None:
    for text in [str(address), *map(str, wrapped(address))]:
        assert not judge(EgressPolicy(), text), text


@given(st.ip_addresses(v=6).filter(lambda address: address not in IPv6Network("2000::/3")))
def test_only_global_unicast_is_public(address: IPv6Address) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("localhost", ("localhost", None)),
        ("LocalHost.:80", ("localhost", 80)),
        ("[::1]:8080", ("::1", 8080)),
        ("[::1]", ("::1", None)),
        ("::1", ("::1", None)),
    ],
)
def test_endpoints_are_read(text: str, endpoint: tuple[str, int | None]) -> None:
    assert parse_endpoint(text) == endpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":80",
        "a:b",
        "a:0",
        "a:65536",
        "[::1",
        "[::1]8080",
        "a:",
        "[]:1",
        "a:٣",
        "[x]",
        "[1.2.3.4]:80",
    ],
)
def test_what_is_not_an_endpoint_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError, match="HOST"):
        parse_endpoint(text)

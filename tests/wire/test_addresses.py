from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

import pytest
from addresses import NEVER_V4, NEVER_V6, PUBLIC, Report, corpus, names, report, translated

from httptask.core.addresses import classify, is_loopback_host, is_never_called
from httptask.core.egress import EgressPolicy
from httptask.errors import EgressRefusedError
from httptask.testing.tasks import TaskRunner


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return report(tmp_path_factory.mktemp("addresses"))


def test_no_form_gets_through(found: Report) -> None:
    assert found.forms.total() > 1200
    assert min(found.forms.values()) > 150
    assert found.passed == []


def test_the_corpus_would_see_a_form_that_gets_through(tmp_path: Path) -> None:
    with names({"a.example.com": "1.1.1.1"}) as tried, TaskRunner(tmp_path) as tasks:
        tasks.run({"uri": "http://a.example.com/", "method": "GET"})
        tasks.run({"uri": "http://0x8.0x8.0x808/", "method": "GET"})
    assert tried == ["1.1.1.1", "8.8.8.8"]


def test_the_author_reaches_loopback_by_literals_only(tmp_path: Path) -> None:
    passed = report(tmp_path, author=True).passed
    assert len(passed) > 10
    assert not [line for line in passed if line.startswith("name")]
    assert all(classify(line.split()[-1]) == "loopback" for line in passed)


@pytest.mark.parametrize("host", ["localhost", "a.localhost", "127.0.0.1", "::1"])
def test_hosts_that_can_only_be_this_machine(host: str) -> None:
    assert is_loopback_host(host)
    EgressPolicy().with_literal([(host, 80)]).judge(host, 80, "127.0.0.1")


@pytest.mark.parametrize("host", ["localtest.me", "localhost.example.com", "notlocalhost", "127.1"])
def test_hosts_whose_owner_says_where_they_lead(host: str) -> None:
    assert not is_loopback_host(host)
    policy = EgressPolicy().with_literal([(host, 80)])
    with pytest.raises(EgressRefusedError):
        policy.judge(host, 80, "127.0.0.1")
    EgressPolicy.of([f"{host}:80"]).judge(host, 80, "127.0.0.1")


@pytest.mark.parametrize("text", (NEVER_V4 + " " + NEVER_V6).split())
def test_metadata_addresses_are_never_called_however_they_are_carried(text: str) -> None:
    address = ipaddress.ip_address(text)
    forms = [address, *(translated(address) if isinstance(address, IPv4Address) else ())]
    for form in forms:
        assert is_never_called(form), form
        policy = EgressPolicy.of([f"[{form}]" if isinstance(form, IPv6Address) else str(form)])
        with pytest.raises(EgressRefusedError, match="link-local or metadata"):
            policy.judge(str(form), 80, str(form))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_public_addresses_are_called(text: str) -> None:
    EgressPolicy().judge("a.example.com", 443, text)


def test_no_address_is_public_that_python_calls_special() -> None:
    compared = 0
    for _, host, address in corpus():
        try:
            special = not ipaddress.ip_address(address or host.strip("[]")).is_global
        except ValueError:
            continue  # a spelling that only resolvers read
        compared += special
        assert not special or classify(address or host.strip("[]")) != "public"
    assert compared > 500

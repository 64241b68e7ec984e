"""Secrets under ``auth`` go to the token endpoint: its address has to be literal."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.check.http_task import check_http_task
from httptask.check.peers import Peers
from httptask.hooks.task import CompiledTask

SECRET = "${workflow.secrets.CLIENT}"


def found(**auth: Any) -> list[tuple[str, str]]:
    inputs = {
        "http_request": {"uri": "https://api.example.com/", "method": "GET"},
        "httptask": {"auth": {"type": "oauth2", "clientId": "me", **auth}},
    }
    task = CompiledTask.of(inputs)
    return [(each.code, each.pointer) for each in check_http_task(task, Peers({}))]


@pytest.mark.parametrize("key", ["tokenUrl", "deviceUrl"])
def test_a_computed_address_is_warned_of(key: str) -> None:
    place = f"/inputParameters/httptask/auth/{key}"
    for address in ("${workflow.input.url}", "https://${workflow.input.host}/token"):
        given = {key: address, "clientSecret": SECRET}
        assert found(**given) == [("secret_origin_unknown", place)]


def test_a_literal_address_or_no_secret_is_fine() -> None:
    literal = "https://auth.example.com/${workflow.input.tenant}/token"
    assert found(tokenUrl=literal, clientSecret=SECRET) == []
    assert found(tokenUrl="${workflow.input.url}") == []


@pytest.mark.parametrize("key", ["tokenUrl", "deviceUrl", "openIdConnectUrl"])
def test_an_address_without_tls_is_warned_of(key: str) -> None:
    place = f"/inputParameters/httptask/auth/{key}"
    given = {key: "http://auth.example.com/token", "clientSecret": SECRET}
    assert found(**given) == [("secret_in_clear", place)]
    for address in ("https://auth.example.com/token", "http://127.0.0.1:8080/token"):
        assert found(**{**given, key: address}) == []

"""What the check says of a task that is not like the operation that it was prepared from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.app.check import check
from httptask.app.load import Surroundings
from httptask.catalog import Catalog
from httptask.check.sent import Sent
from httptask.core.words import is_one_slip
from httptask.definition.findings import Finding

OPERATION = {
    "id": "shop/put-orders-order-id-lines-line-no",
    "method": "PUT",
    "path": "/orders/{order_id}/lines/{line_no}",
    "servers": ["https://api.example.com/v1", "https://eu.example.com/v1"],
    "auth": ["bearer", "apiKey (header X-Key)"],
    "mediaTypes": ["application/json"],
    "statuses": ["200", "404"],
}
URI = "https://api.example.com/v1/orders/{order_id}/lines/{line_no}"
BEARER = {"type": "bearer", "token": "${workflow.secrets.TOKEN}"}
KEY = {"type": "apiKey", "name": "x-key", "value": "${workflow.secrets.TOKEN}"}
BASIC = {"type": "basic", "username": "me", "password": "${workflow.secrets.TOKEN}"}
OAUTH = {
    "type": "oauth2",
    "grant": "client_credentials",
    "tokenUrl": "https://api.example.com/token",
    "clientId": "me",
    "clientSecret": "${workflow.secrets.TOKEN}",
}
PATH = {"order_id": "${workflow.input.a}", "line_no": 1}


def http(
    ref: str = "a",
    operation: Any = None,
    auth: Any = BEARER,
    path: Any = PATH,
    request: Any = None,
    **options: Any,
) -> dict[str, Any]:
    called = {"uri": URI, "method": "PUT", **(request or {})}
    options = {"operation": OPERATION if operation is None else operation, "path": path, **options}
    options |= {"auth": auth} if auth else {}
    inputs = {"http_request": called, "httptask": options}
    return {"name": ref, "taskReferenceName": ref, "type": "HTTP", "inputParameters": inputs}


def found(*tasks: dict[str, Any]) -> list[Finding]:
    document = {"name": "w", "tasks": list(tasks)}
    return list(check(document, Surroundings(), "httptask").findings)


def codes(*tasks: dict[str, Any]) -> dict[str, str]:
    return {one.code: one.pointer.rpartition("inputParameters/")[2] for one in found(*tasks)}


@pytest.mark.parametrize(
    ("changed", "code", "place"),
    [
        ({}, "", ""),
        ({"auth": KEY}, "", ""),
        ({"auth": OAUTH}, "", ""),
        ({"auth": BASIC}, "operation_auth", "httptask/auth"),
        ({"auth": {**KEY, "name": "X-Other"}}, "operation_auth", "httptask/auth"),
        ({"auth": None}, "operation_auth", "httptask"),
        ({"auth": None, "query": {"k": "${workflow.secrets.TOKEN}"}}, "", ""),
        ({"auth": None, "request": {"headers": {"Authorization": "x"}}}, "", ""),
        ({"auth": {"type": "connection", "name": "shop"}}, "", ""),
        ({"request": {"method": "put"}}, "", ""),
        ({"request": {"method": "${workflow.input.a}"}}, "", ""),
        ({"request": {"method": "PATCH"}}, "operation_method", "http_request/method"),
        ({"request": {"body": {"a": 1}}}, "", ""),
        (
            {"request": {"body": "<a/>", "contentType": "application/xml; charset=utf-8"}},
            "operation_media_type",
            "http_request/contentType",
        ),
        ({"acceptedStatusCodes": ["2xx", 404]}, "", ""),
        ({"acceptedStatusCodes": [200]}, "", ""),
        ({"acceptedStatusCodes": ["${workflow.input.a}"]}, "", ""),
        ({"acceptedStatusCodes": ["404"]}, "operation_statuses", "httptask/acceptedStatusCodes"),
        ({"acceptedStatusCodes": [201]}, "operation_statuses", "httptask/acceptedStatusCodes"),
        (
            {"request": {"acceptedStatusCodes": [404]}},
            "operation_statuses",
            "http_request/acceptedStatusCodes",
        ),
        ({"operation": {**OPERATION, "statuses": ["default"]}}, "", ""),
        (
            {"operation": {**OPERATION, "deprecated": True}},
            "operation_deprecated",
            "httptask/operation",
        ),
    ],
)
def test_a_task_and_its_operation(changed: Any, code: str, place: str) -> None:
    assert codes(http(**changed)) == ({code: place} if code else {})


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        (URI.replace("api", "eu"), ""),
        (URI.replace("/v1", "/v2"), "operation_path"),
        (URI.replace("orders", "order"), "operation_path"),
        (URI.replace("/lines", ""), "operation_path"),
        (URI.replace("{line_no}", "7"), "path_value_unused"),
        (URI.replace("api.", "abi."), "operation_server"),
        (URI + "?q=1#x", ""),
        ("${workflow.input.a}/orders", ""),
    ],
)
def test_the_address_of_an_operation(uri: str, code: str) -> None:
    auth = None if "${" in uri else BEARER
    kept = {"operation": {**OPERATION, "auth": []}, "path": {} if "${" in uri else PATH}
    assert set(codes(http(request={"uri": uri}, auth=auth, **kept))) == ({code} if code else set())


@pytest.mark.parametrize(
    ("uri", "right"),
    [
        (URI, True),
        (URI.replace("{order_id}", "42"), True),
        (URI.replace("/v1", ""), True),
        (URI.replace("orders", "oders"), False),
        (URI.replace("lines", "line"), False),
        (URI + "/notes", False),
        (URI + "/", True),
    ],
)
def test_a_path_that_is_known_from_the_id_only(uri: str, right: bool) -> None:
    names = {"order_id": {}, "line_no": {}}
    schema = {"properties": {"path": {"properties": names}}}
    task = http(operation={"id": OPERATION["id"]}, request={"uri": uri}, parametersSchema=schema)
    assert ("operation_path" in codes(task)) is not right


def test_tasks_of_an_earlier_version_are_compared_with_the_others_of_their_api() -> None:
    old = {"id": OPERATION["id"]}
    three = [http(ref, operation=old) for ref in "abc"]
    assert found(*three) == []
    assert codes(http("d", operation=old, auth=None), *three) == {"operation_auth": "httptask"}
    other = http("d", operation=old, auth=BASIC)
    assert codes(other, *three) == {"operation_auth": "httptask/auth"}
    assert found(other, three[0]) == []
    token = {"type": "bearer", "token": "${d.output.response.body.token}"}
    given = [http(ref, operation=old, auth=token) for ref in "abc"]
    assert found(other, *given) == []


def test_the_host_that_the_other_tasks_of_an_api_call() -> None:
    old = {"id": OPERATION["id"]}
    three = [http(ref, operation=old) for ref in "abc"]

    def called(host: str) -> list[Finding]:
        request = {"uri": URI.replace("api.example.com", host)}
        return found(*three, http("d", operation=old, request=request))

    (one,) = called("apii.example.com")
    assert one.code == "operation_server"
    assert one.fix is not None
    assert (one.fix.old, one.fix.new) == ("apii.example.com", "api.example.com")
    assert called("api2.example.com") == []
    assert called("files.example.com") == []


def test_scopes_that_an_operation_needs() -> None:
    operation = {**OPERATION, "auth": ["oauth2 (read, write)"]}
    assert codes(http(operation=operation, auth={**OAUTH, "scopes": ["write", "read"]})) == {}
    found = codes(http(operation=operation, auth={**OAUTH, "scopes": ["read"]}))
    assert found == {"operation_scopes": "httptask/auth/scopes"}


DRIVE = "https://www.example.com/auth/drive"


@pytest.mark.parametrize(
    ("labels", "auth", "enough"),
    [
        (["oauth2 (read)", "oauth2 (write)"], {"scopes": ["write"]}, True),
        (["oauth2 (read)", "openIdConnect (write)"], {"scopes": ["openid"]}, False),
        (["oauth2 (read)", "oauth2"], {"scopes": ["x"]}, True),
        (["oauth2 (read)", "bearer"], {"scopes": ["x"]}, True),
        (["oauth2 (read)", "none"], {"scopes": ["x"]}, True),
        (["oauth2 (read)", "mutualTLS"], {"scopes": ["x"]}, True),
        (["oauth2 (read)", "apiKey (header X-Key)"], {"scopes": ["x"]}, False),
        (["oauth2 (read)"], {}, True),
        (["oauth2 (read)"], {"scopes": []}, False),
        (["oauth2 (read)"], {"scopes": ["${workflow.input.a}"]}, True),
        (["oauth2 (read)"], {"scopes": "${workflow.input.a}"}, True),
        (["oauth2 (read)"], {"scopes": ["x"], "extra": {"scope": "read"}}, True),
        (["oauth2 (read)"], {"scopes": ["https://graph.example.com/.default"]}, True),
        (["oauth2 (read)"], {"scopes": ["api://orders/read"]}, True),
        ([f"oauth2 ({DRIVE})"], {"scopes": ["drive"]}, True),
        ([f"oauth2 ({DRIVE})"], {"scopes": [f"{DRIVE}.readonly"]}, False),
    ],
)
def test_one_alternative_of_scopes_is_enough(
    labels: list[str], auth: dict[str, Any], enough: bool
) -> None:
    task = http(operation={**OPERATION, "auth": labels}, auth={**OAUTH, **auth})
    assert ("operation_scopes" in codes(task)) is not enough


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("bearer", "bearer"),
        ("oauth2 (a, b)", "bearer"),
        ("apiKey (query key)", "apiKey (query key)"),
        ("apiKey (header Authorization)", None),
        ("mutualTLS", None),
        ("", None),
    ],
)
def test_labels_of_authentication(label: str, shown: str | None) -> None:
    sent = Sent.labelled(label)
    assert (None if sent is None else str(sent)) == shown


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("orders", "oders", True),
        ("orders", "orderss", True),
        ("orders", "orbers", True),
        ("orders", "odrers", True),
        ("orders", "orders", False),
        ("orders", "oerds", False),
        ("us-east", "us-west", False),
    ],
)
def test_words_that_differ_by_one_slip(one: str, other: str, slip: bool) -> None:
    assert is_one_slip(one, other) is slip
    assert is_one_slip(other, one) is slip


def test_a_prepared_task_is_like_its_operation(tmp_path: Path) -> None:
    description = {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "https://api.kites.dev/v{n}", "variables": {"n": {"default": "2"}}}],
        "components": {"securitySchemes": {"k": {"type": "apiKey", "in": "query", "name": "k"}}},
        "paths": {
            "/a/{b c}": {
                "get": {
                    "deprecated": True,
                    "security": [{"k": []}, {}],
                    "responses": {"200": {"description": ""}, "4XX": {"description": ""}},
                }
            }
        },
    }
    with Catalog.open(tmp_path / "catalog") as catalog:
        (tmp_path / "shop.json").write_text(json.dumps(description))
        catalog.add(tmp_path / "shop.json")
        task = catalog.prepare("shop/get-a-b-c")
    assert task["inputParameters"]["httptask"]["operation"] == {
        "id": "shop/get-a-b-c",
        "method": "GET",
        "path": "/a/{b_c}",
        "servers": ["https://api.kites.dev/v2"],
        "auth": ["apiKey (query k)", "none"],
        "statuses": ["200", "4xx"],
        "deprecated": True,
    }
    assert [one.code for one in found(task)] == ["operation_deprecated"]

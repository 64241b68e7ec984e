"""Servers that a description names wrongly, or outside of its list of servers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from httptask.catalog import Operation
from httptask.catalog.prepare.task import prepare_task

Json = Any
Read = Callable[..., Operation]
OWN = "https://api.pets.com"


def urls(operation: Operation) -> list[str]:
    return [each.url for each in operation.servers if each.public and not each.is_path]


@pytest.mark.parametrize("url", [f"{OWN}/logo.png", f"{OWN}/README.md", f"{OWN}/v1/openapi.json"])
def test_a_picture_or_a_document_is_not_a_server(read: Read, describe: Any, url: str) -> None:
    found = read(describe({"/a": {"get": {}}}, servers=[{"url": url}]))
    assert found.servers == ()
    assert [reason.kind for reason in found.reasons] == ["server_document"]


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (f"{OWN}:80/v1", f"{OWN}/v1"),
        (f"{OWN}:8080/v1", f"{OWN}:8080/v1"),
        ("http://api.pets.com:80", "http://api.pets.com:80"),
        ("https://pets.md", "https://pets.md"),
    ],
)
def test_the_port_of_http_is_dropped_of_https(
    read: Read, describe: Any, url: str, server: str
) -> None:
    assert urls(read(describe({"/a": {"get": {}}}, servers=[{"url": url}]))) == [server]


@pytest.mark.parametrize(
    ("origin", "servers"),
    [
        (f"{OWN}/swagger/v1/swagger.json", [OWN]),
        ("http://api.pets.com/openapi.json", []),
        ("https://raw.githubusercontent.com/pets/api/openapi.json", []),
        ("https://docs.pets.com/openapi.json", []),
        ("https://localhost/openapi.json", []),
        (7, []),
    ],
)
@pytest.mark.parametrize("old", [False, True])
def test_without_servers_it_is_where_the_description_is_from(
    read: Read, describe: Any, origin: Json, servers: list[str], old: bool
) -> None:
    info = {"title": "Pets", "version": "1", "x-origin": [{"url": origin}]}
    document = describe({"/a": {"get": {}}}, info=info)
    del document["servers"]
    if old:
        del document["openapi"]
        document["swagger"] = "2.0"
    assert urls(read(document)) == servers


@pytest.mark.parametrize(("url", "base"), [("/", OWN), ("/api", f"{OWN}/api"), ("x y", None)])
def test_a_path_is_below_where_the_description_is_from(
    read: Read, describe: Any, url: str, base: str | None
) -> None:
    info = {"title": "Pets", "version": "1", "x-origin": [{"url": f"{OWN}/docs/openapi.json"}]}
    document = describe({"/a": {"get": {}}}, info=info, servers=[{"url": url}])
    assert urls(read(document)) == ([base] if base else [])


def test_a_variable_that_stands_at_its_default_is_noted(read: Read, describe: Any) -> None:
    variable = {"default": "v1", "enum": ["v1", "v2"]}
    server = {"url": f"{OWN}/{{base}}", "variables": {"base": variable}}
    prepared = prepare_task(read(describe({"/a": {"get": {}}}, servers=[server])))
    assert prepared.task["inputParameters"]["http_request"]["uri"] == f"{OWN}/v1/a"
    assert [each for each in prepared.notes if each.startswith("base of the server")]


@pytest.mark.parametrize(
    ("path", "sent"), [("/of/:who:/pets", "/of/{who}/pets"), ("/of/:search", "/of/:search")]
)
def test_a_name_between_colons_is_a_placeholder(
    read: Read, describe: Any, path: str, sent: str
) -> None:
    assert read(describe({path: {"get": {}}})).path == sent


@pytest.mark.parametrize(
    ("sample", "servers"),
    [
        (f"curl -H 'Key: 1' \"{OWN}/v1/a/17/b?x=2\"", [f"{OWN}/v1"]),
        (f'get("{OWN}/v1/a/<id>/b")', []),
        ("https://localhost/v1/a/17/b", []),
        ("https://{host}.pets.com/v1/a/17/b", []),
        (f"{OWN}/v1/other", []),
    ],
)
def test_without_servers_it_is_what_a_sample_calls(
    read: Read, describe: Any, sample: str, servers: list[str]
) -> None:
    operation = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}],
        "x-codeSamples": [{"lang": "shell", "source": sample}],
    }
    found = read(describe({"/a/{id}/b": {"get": operation}}, servers=[{"url": "/v1"}]))
    assert urls(found) == servers


@pytest.mark.parametrize(
    ("told", "server"),
    [
        ("curl https://data.{tenant}.pets.com/x", "https://data.{tenant}.pets.com/v1"),
        ("curl https://{tenant}.pets.com.evil.example/x", "https://pets.com/v1"),
        ("curl https://{tenant}.dogs.com", "https://pets.com/v1"),
    ],
)
def test_a_host_of_each_customer_is_taken_from_the_text(
    read: Read, describe: Any, told: str, server: str
) -> None:
    schemes = {"key": {"type": "http", "scheme": "basic", "description": told}}
    document = describe(
        {"/a": {"get": {}}},
        servers=[{"url": "https://pets.com/v1"}],
        components={"securitySchemes": schemes},
    )
    assert urls(read(document)) == [server]

"""The REST client: what it repeats, how it signs in, what its errors say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from httptask.engines.conductor.client import ConductorClient, ServerSettings, api_base, segment
from httptask.errors import DefinitionError, EngineError
from httptask.testing import Certificates, ForwardProxy, LoopbackServer
from httptask.testing.handlers.basic import sequence
from httptask.testing.replies import RawReply, Reply, json_reply

KEY, SECRET = "key-id", "key-secret-value"
TEXT = (("Content-Type", "text/plain"),)
HTML = (("Content-Type", "text/html"),)


@pytest.fixture
def connect(httptask_loopback: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Start a server with these routes; give it and a client."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)

    def made(routes: dict[str, Any], key: str = "") -> Any:
        server = httptask_loopback(routes)
        settings = ServerSettings(server.url, key, SECRET if key else "")
        return server, ConductorClient(settings, attempts=3)

    return made


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("http://h:8080", "http://h:8080/api"),
        ("http://h:8080/", "http://h:8080/api"),
        ("https://h/conductor/api/", "https://h/conductor/api"),
    ],
)
def test_the_address_may_end_before_or_after_api(given: str, base: str) -> None:
    assert api_base(given) == base


@pytest.mark.parametrize(
    "given",
    [
        "",
        "h:8080",
        "ftp://h",
        "http://user:secret@h",
        "http://",
        "http://[",
        "http://h:99999",
        "http://h\r\nX: secret",
        "http://a b",
    ],
)
def test_other_addresses_are_refused_without_showing_them(given: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        api_base(given)
    assert "secret" not in str(caught.value)


def test_a_response_is_json_or_text(connect: Any) -> None:
    routes = {
        "/api/json": lambda _: json_reply({"a": 1}),
        "/api/id": lambda _: Reply(200, TEXT, b"x"),
    }
    _, client = connect(routes)
    assert client.get("/json") == {"a": 1}
    assert client.post("/id", {}) == "x"
    assert client.find("/nothing") is None


def test_what_may_be_repeated_is_repeated(connect: Any) -> None:
    failing = sequence(RawReply(), json_reply({}, 503), json_reply({"a": 1}))
    server, client = connect({"/api/x": failing})
    assert client.get("/x") == {"a": 1}
    assert len(server.requests) == 3


def test_a_start_is_not_sent_twice(connect: Any) -> None:
    server, client = connect({"/api/workflow": sequence(RawReply(), Reply(200, TEXT, b"id"))})
    with pytest.raises(EngineError) as caught:
        client.post("/workflow", {}, repeat=False)
    assert caught.value.code == "server_unreachable"
    assert len(server.requests) == 1


def test_a_server_that_is_not_there(connect: Any) -> None:
    server, client = connect({})
    server.close()
    with pytest.raises(EngineError) as caught:
        client.get("/x")
    assert (caught.value.code, caught.value.retryable) == ("server_down", True)


def test_a_refusal_says_what_the_server_says(connect: Any) -> None:
    problem = {"message": "Validation failed", "validationErrors": [{"message": "name is empty"}]}
    _, client = connect({"/api/x": lambda _: json_reply(problem, 400)})
    with pytest.raises(EngineError, match="400: name is empty") as caught:
        client.get("/x")
    assert (caught.value.code, caught.value.retryable) == ("server_refused", False)


def test_a_web_page_is_not_an_api(connect: Any) -> None:
    _, client = connect({"/api/x": lambda _: Reply(200, HTML, b"<html>")})
    with pytest.raises(EngineError, match="not the API"):
        client.get("/x")


def test_a_key_is_traded_for_a_token_once(connect: Any) -> None:
    routes = {
        "/api/token": lambda _: json_reply({"token": "t1"}),
        "/api/x": lambda _: json_reply(1),
    }
    server, client = connect(routes, KEY)
    client.get("/x")
    client.get("/x")
    token, *calls = server.requests
    assert token.json() == {"keyId": KEY, "keySecret": SECRET}
    assert [call.header("X-Authorization") for call in calls] == ["t1", "t1"]


def test_a_token_that_has_expired_is_renewed(connect: Any) -> None:
    tokens = sequence(json_reply({"token": "old"}), json_reply({"token": "new"}))
    server, client = connect(
        {"/api/token": tokens, "/api/x": sequence(json_reply({}, 401), json_reply({"a": 1}))}, KEY
    )
    assert client.get("/x") == {"a": 1}
    assert server.requests[-1].header("X-Authorization") == "new"


def test_a_server_without_tokens_is_called_without(connect: Any) -> None:
    server, client = connect({"/api/x": lambda _: json_reply({"a": 1})}, KEY)
    assert client.get("/x") == {"a": 1}
    assert server.requests[-1].all("X-Authorization") == []


def test_a_refused_key_shows_no_secret(connect: Any) -> None:
    _, client = connect({"/api/token": lambda _: json_reply({"message": "no"}, 401)}, KEY)
    with pytest.raises(EngineError) as caught:
        client.get("/x")
    assert caught.value.code == "server_unauthorized"
    assert (
        SECRET not in f"{caught.value!r} {caught.value} {ServerSettings('http://h', KEY, SECRET)}"
    )


def test_a_server_that_repeats_the_key_in_its_message(connect: Any) -> None:
    message = {"message": f"the key {SECRET} is locked"}
    routes = {
        "/api/token": lambda _: json_reply({"token": "t1"}),
        "/api/x": lambda _: json_reply(message, 400),
    }
    _, client = connect(routes, KEY)
    with pytest.raises(EngineError, match=r"the key \*\*\* is locked"):
        client.get("/x")


def test_the_environment_says_where_and_who(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONDUCTOR_SERVER_URL", "http://env:1")
    monkeypatch.setenv("CONDUCTOR_AUTH_KEY", KEY)
    monkeypatch.setenv("CONDUCTOR_AUTH_SECRET", SECRET)
    assert ServerSettings.from_environment() == ServerSettings("http://env:1", KEY, SECRET)
    assert ServerSettings.from_environment("http://given").url == "http://given"


def test_the_environments_proxy_and_certificates_count(
    httptask_tls_server: LoopbackServer,
    httptask_proxy: ForwardProxy,
    httptask_certificates: Certificates,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    httptask_tls_server.route("/api/x", lambda _: json_reply({"a": 1}))
    server = ServerSettings(httptask_tls_server.url)
    with pytest.raises(EngineError, match="certificate verify failed"):
        ConductorClient(server, attempts=1).get("/x")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(httptask_certificates.ca_bundle))
    assert ConductorClient(server).get("/x") == {"a": 1}
    assert httptask_proxy.requests == []
    monkeypatch.setenv("https_proxy", httptask_proxy.url)
    assert ConductorClient(server).get("/x") == {"a": 1}
    assert [request.method for request in httptask_proxy.requests] == ["CONNECT"]


def test_a_segment_cannot_leave_its_place() -> None:
    assert segment("a/../b?c") == "a%2F..%2Fb%3Fc"
    assert segment("HTTP@ns") == "HTTP@ns"

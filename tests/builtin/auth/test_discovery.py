"""Endpoints from a server's metadata, and scopes that a token tells, against a real server."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from oauth_server import SECRET, OAuthServer

from httptask.builtin.auth.scopes import insufficient_scopes, lacking, told_scopes
from httptask.builtin.auth.token_store import Token
from httptask.core.result import TaskResult
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner

OIDC = "/.well-known/openid-configuration"


@pytest.fixture
def oauth(monkeypatch: pytest.MonkeyPatch) -> Iterator[OAuthServer]:
    monkeypatch.setenv("HTTPTASK_SECRET_CLIENT", SECRET)
    server = OAuthServer()
    with server.server:
        yield server


def tell(oauth: OAuthServer, path: str = OIDC, issuer: str = "", **more: Any) -> None:
    told = {"issuer": issuer or oauth.url, "token_endpoint": oauth.token_url, **more}
    oauth.server.route(path, lambda _: json_reply(told))


def run(tasks: TaskRunner, oauth: OAuthServer, path: str = OIDC, **more: Any) -> TaskResult:
    auth = {
        "type": "oauth2",
        "grant": "client_credentials",
        "openIdConnectUrl": f"{oauth.url}{path}",
        "clientId": "reports",
        "clientSecret": "${workflow.secrets.CLIENT}",
        **more,
    }
    request = {"uri": f"{oauth.url}/api", "method": "GET"}
    return tasks.run({"http_request": request, "httptask": {"auth": auth}})


def purposes(result: TaskResult) -> list[str]:
    assert result.trace is not None
    return [each.purpose for each in result.trace.exchanges]


def test_the_token_endpoint_is_found_once_for_a_token(
    httptask_tasks: TaskRunner, oauth: OAuthServer
) -> None:
    tell(oauth)
    first, second = (run(httptask_tasks, oauth) for _ in range(2))
    assert first.status == "COMPLETED", first.reason
    assert purposes(first) == ["discovery", "token", "task"]
    assert purposes(second) == ["task"]
    shown = json.dumps([first.trace.to_json(), dict(first.output)])
    assert not [secret for secret in oauth.secrets() if secret in shown]


@pytest.mark.parametrize(
    ("path", "issuer"),
    [
        (f"/tenant{OIDC}", "/tenant"),
        (f"{OIDC}/tenant", "/tenant"),
        ("/.well-known/oauth-authorization-server/tenant", "/tenant"),
        (f"/tenant{OIDC}?p=1", "/tenant/"),
        (OIDC, "/"),
    ],
)
def test_issuers_with_a_path(
    httptask_tasks: TaskRunner, oauth: OAuthServer, path: str, issuer: str
) -> None:
    tell(oauth, path.partition("?")[0], oauth.url + issuer)
    assert run(httptask_tasks, oauth, path).status == "COMPLETED"


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(404), "responds with 404"),
        (Reply(200, (), b"{"), "not a JSON object"),
        (Reply(200, (), b"[" * 100_000), "not a JSON object"),
        (json_reply([1]), "not a JSON object"),
        (json_reply({}), "not the metadata of the issuer"),
        (json_reply({"issuer": "https://evil.example"}), "not the metadata of the issuer"),
        (json_reply({"issuer": 7}), "not the metadata of the issuer"),
    ],
)
def test_metadata_that_cannot_be_used(
    httptask_tasks: TaskRunner, oauth: OAuthServer, reply: Reply, why: str
) -> None:
    oauth.server.route(OIDC, lambda _: reply)
    result = run(httptask_tasks, oauth)
    assert result.error is not None
    assert result.error.code == "discovery_failed"
    assert why in result.error.message
    assert not oauth.token_calls


@pytest.mark.parametrize("endpoint", [None, "", 7])
def test_metadata_without_a_token_endpoint(
    httptask_tasks: TaskRunner, oauth: OAuthServer, endpoint: Any
) -> None:
    tell(oauth, token_endpoint=endpoint)
    result = run(httptask_tasks, oauth)
    assert "names no token_endpoint" in result.reason


def test_what_the_task_names_itself_counts(httptask_tasks: TaskRunner, oauth: OAuthServer) -> None:
    tell(oauth, token_endpoint="https://evil.example/token")
    result = run(httptask_tasks, oauth, tokenUrl=oauth.token_url)
    assert purposes(result) == ["token", "task"]


def test_no_secret_goes_to_an_endpoint_of_another_origin(
    httptask_tasks: TaskRunner, oauth: OAuthServer
) -> None:
    with LoopbackServer({"POST /token": lambda _: json_reply({"access_token": "a"})}) as other:
        tell(oauth, token_endpoint=f"{other.url}/token")
        result = run(httptask_tasks, oauth)
        assert result.error is not None
        assert result.error.code in {"secret_origin_refused", "egress_refused"}
        assert not other.requests
        found = run(httptask_tasks, oauth, tokenUrl=f"{other.url}/token")
        assert purposes(found)[0] == "token"
        assert other.requests


def test_scopes_that_were_not_granted_are_told(
    httptask_tasks: TaskRunner, oauth: OAuthServer
) -> None:
    less = json_reply({"access_token": "a-token-of-less", "scope": "read"})
    oauth.server.route("POST /token", lambda _: less)
    options = {"tokenUrl": oauth.token_url, "scopes": ["read", "write", "openid"]}
    result = run(httptask_tasks, oauth, **options)
    (warning,) = [each for each in result.trace.warnings if each["code"] == "scope_missing"]
    assert "the scope write" in warning["message"]
    assert "read" not in warning["message"]


def test_a_challenge_says_which_scope_is_missing(
    httptask_tasks: TaskRunner, oauth: OAuthServer
) -> None:
    challenge = 'Bearer realm="x", error="insufficient_scope", scope="orders.write"'
    headers = (("WWW-Authenticate", challenge),)
    oauth.server.route("/api", lambda _: Reply(403, headers))
    result = run(httptask_tasks, oauth, tokenUrl=oauth.token_url)
    assert result.error is not None
    assert "orders.write" in result.error.hint


def jwt(claims: Any) -> str:
    data = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{data}.sig"


@pytest.mark.parametrize(
    ("access", "said", "scopes"),
    [
        ("opaque", "a b", "a b"),
        ("opaque", None, ""),
        ("opaque", 7, ""),
        (jwt({"scope": "a b"}), None, "a b"),
        (jwt({"scp": "a"}), None, "a"),
        (jwt({"scp": ["a", "b", 7]}), None, "a b"),
        (jwt({"scope": "a"}), "b", "b"),
        (jwt({"scp": {"a": 1}}), None, ""),
        (jwt([1]), None, ""),
        ("a.b", None, ""),
        ("..", None, ""),
        ("é.é.é", None, ""),
        ("a.W1tbW1tbW1tb.c", None, ""),
    ],
)
def test_scopes_of_a_token(access: str, said: Any, scopes: str) -> None:
    assert told_scopes(access, said) == scopes


def test_a_token_that_tells_nothing_lacks_nothing() -> None:
    assert lacking(["a"], Token("t")) == ()
    assert lacking(["a"], None) == ()
    assert lacking("${workflow.input.scopes}", Token("t", scopes="$")) == ()
    assert lacking(["a", "b"], Token("t", scopes="b c")) == ("a",)


@pytest.mark.parametrize(
    ("challenges", "found"),
    [
        ([], None),
        (['Bearer error="invalid_token"'], None),
        (["Bearer error=insufficient_scope"], "more scopes"),
        (['Bearer error="insufficient_scope",scope="a b"'], "the scopes a, b"),
    ],
)
def test_challenges(challenges: list[str], found: str | None) -> None:
    hint = insufficient_scopes(challenges)
    assert (hint is None) if found is None else (hint is not None and found in hint)

"""OAuth 2.0 against a real authorization server: every grant, every proof, nothing in the clear."""

from __future__ import annotations

import json
import logging
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from oauth_server import PEM, SECRET, Failing, OAuthServer

from httptask.core.clock import SystemClock
from httptask.core.result import TaskResult
from httptask.core.tracing import Level
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.tasks import TaskRunner


@pytest.fixture
def oauth() -> Iterator[OAuthServer]:
    server = OAuthServer()
    with server.server:
        yield server


def auth_of(oauth: OAuthServer, **more: Any) -> dict[str, Any]:
    base = {"type": "oauth2", "grant": "client_credentials", "tokenUrl": oauth.token_url}
    given = {**base, "clientId": "reports", "clientSecret": "${workflow.secrets.CLIENT}", **more}
    return {key: value for key, value in given.items() if value is not None}


def run(tasks: TaskRunner, oauth: OAuthServer, auth: dict[str, Any], **options: Any) -> TaskResult:
    request = {"uri": f"{oauth.url}/api", "method": options.pop("method", "GET")}
    inputs = {"http_request": request, "httptask": {"auth": auth, **options}}
    return tasks.run(inputs, level=Level.TRACE)


def purposes(result: TaskResult) -> list[str]:
    assert result.trace is not None
    return [each.purpose for each in result.trace.exchanges]


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_CLIENT", SECRET)
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", PEM.replace("\n", "\\n"))
    monkeypatch.setenv("HTTPTASK_SECRET_REFRESH", "refresh-token-number-0")


KEY = "${workflow.secrets.KEY}"
GRANTS: list[tuple[str, dict[str, Any]]] = [
    ("basic", {}),
    ("basic with odd characters", {"clientId": "id with: blanks"}),
    ("post", {"clientAuth": "post"}),
    ("public", {"clientId": "open", "clientSecret": None}),
    ("private_key_jwt", {"clientAuth": "private_key_jwt", "clientSecret": None, "key": KEY}),
    ("refresh", {"grant": "refresh_token", "refreshToken": "${workflow.secrets.REFRESH}"}),
    ("assertion", {"grant": "jwt_bearer", "clientSecret": None, "key": KEY}),
    ("exchange", {"grant": "token_exchange", "subjectToken": "the-subjects-token"}),
]


@pytest.mark.parametrize(("name", "more"), GRANTS, ids=[name for name, _ in GRANTS])
def test_every_grant_and_proof(
    httptask_tasks: TaskRunner,
    oauth: OAuthServer,
    caplog: pytest.LogCaptureFixture,
    name: str,
    more: dict[str, Any],
) -> None:
    caplog.set_level(logging.DEBUG)
    oauth.grant_refresh()
    oauth.valid["the-subjects-token"] = oauth.refreshable["refresh-token-number-0"]
    first = run(httptask_tasks, oauth, auth_of(oauth, **more))
    assert first.status == "COMPLETED", (name, first.reason)
    assert purposes(first) == ["token", "task"]
    again = run(httptask_tasks, oauth, auth_of(oauth, **more))
    assert purposes(again) == ["task"]
    assert len(oauth.token_calls) == 1
    logged = [each.getMessage() for each in caplog.records if each.name.startswith("httptask")]
    shown = json.dumps([first.trace.to_json(), again.trace.to_json(), first.output])
    for secret in oauth.secrets():
        assert secret not in shown
        assert json.dumps(secret)[1:-1] not in shown
        assert not [record for record in logged if secret in record]


def test_what_is_asked_for_is_in_the_form(httptask_tasks: TaskRunner, oauth: OAuthServer) -> None:
    auth = auth_of(
        oauth,
        scopes=["a", "b"],
        audience="https://api.example.com",
        resource=["https://one.example", "https://two.example"],
        extra={"tenant": "t1", "offline": True, "size": 1.5},
    )
    result = run(httptask_tasks, oauth, auth)
    assert result.output["response"]["body"] == {"scope": "a b"}
    assert parse_qs(oauth.token_calls[0].text) == {
        "grant_type": ["client_credentials"],
        "scope": ["a b"],
        "audience": ["https://api.example.com"],
        "resource": ["https://one.example", "https://two.example"],
        "tenant": ["t1"],
        "offline": ["true"],
        "size": ["1.5"],
    }


def test_a_refused_token_is_renewed_once(httptask_tasks: TaskRunner, oauth: OAuthServer) -> None:
    auth = auth_of(oauth)
    run(httptask_tasks, oauth, auth)
    oauth.revoke()
    result = run(httptask_tasks, oauth, auth)
    assert result.status == "COMPLETED"
    assert purposes(result) == ["task", "token", "challenge"]
    oauth.server.route("/api", lambda request: json_reply({}, 401))
    result = run(httptask_tasks, oauth, auth)
    assert result.output["response"]["statusCode"] == 401
    assert purposes(result) == ["task", "token", "challenge"]


def test_a_403_renews_only_where_the_task_says_so(
    httptask_tasks: TaskRunner, oauth: OAuthServer
) -> None:
    oauth.state.refuses = (403, ())
    for renew_on, expected in (([401], 1), ([401, 403], 2)):
        run(httptask_tasks, oauth, auth_of(oauth))
        oauth.revoke()
        oauth.server.forget()
        result = run(httptask_tasks, oauth, auth_of(oauth, renewOn=renew_on))
        assert len(result.trace.exchanges) == expected * 2 - 1
        oauth.valid["x"] = None  # type: ignore[assignment]


def test_a_token_is_renewed_before_it_ends(httptask_tasks: TaskRunner, oauth: OAuthServer) -> None:
    class Clock(SystemClock):
        ahead = 0.0

        def now(self) -> float:
            return 1_700_000_000.0 + self.ahead

    clock, oauth.state.lifetime = Clock(), 100
    inputs = {
        "http_request": {"uri": f"{oauth.url}/api", "method": "GET"},
        "httptask": {"auth": auth_of(oauth)},
    }
    for ahead, calls in ((0, 1), (89.0, 1), (90.5, 2), (100.0, 2)):
        clock.ahead = ahead
        result = httptask_tasks.run(inputs, clock=clock)
        assert result.status == "COMPLETED", result.reason
        assert len(oauth.token_calls) == calls, ahead


def test_refresh_tokens_rotate(httptask_tasks: TaskRunner, oauth: OAuthServer) -> None:
    oauth.grant_refresh()
    more = {"grant": "refresh_token", "refreshToken": "${workflow.secrets.REFRESH}"}
    auth = auth_of(oauth, **more)
    for _ in range(3):
        assert run(httptask_tasks, oauth, auth).status == "COMPLETED"
        oauth.revoke()
    sent = [parse_qs(call.text)["refresh_token"][0] for call in oauth.token_calls]
    assert sent == [
        "refresh-token-number-0",
        "refresh-token-number-2-canary",
        "refresh-token-number-4-canary",
    ]
    oauth.refreshable.clear()
    lost = run(httptask_tasks, oauth, auth)
    assert lost.error is not None
    assert lost.error.code == "credentials_lost"
    assert lost.status == "FAILED_WITH_TERMINAL_ERROR"


def test_the_store_is_for_its_owner_and_has_no_secret_of_the_client(
    httptask_tasks: TaskRunner, oauth: OAuthServer
) -> None:
    run(httptask_tasks, oauth, auth_of(oauth))
    path = httptask_tasks.settings.data / "tokens.sqlite3"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SECRET.encode() not in path.read_bytes()
    path.chmod(0o644)
    run(httptask_tasks, oauth, auth_of(oauth, scopes=["other"]))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "change", [{"scopes": ["x"]}, {"clientId": "id with: blanks"}, {"audience": "y"}]
)
def test_another_identity_has_another_token(
    httptask_tasks: TaskRunner, oauth: OAuthServer, change: dict[str, Any]
) -> None:
    for more in ({}, change, {"renewOn": [401, 403]}):
        run(httptask_tasks, oauth, auth_of(oauth, **more))
    assert len(oauth.token_calls) == 2


def test_another_secret_is_not_given_the_token(
    httptask_tasks: TaskRunner, oauth: OAuthServer
) -> None:
    run(httptask_tasks, oauth, auth_of(oauth))
    result = run(httptask_tasks, oauth, auth_of(oauth, clientSecret="a-wrong-secret"))
    assert result.error is not None
    assert result.error.code == "token_refused"
    assert "check clientId" in result.error.hint
    assert "a-wrong-secret" not in str(result.trace.to_json())


BROKEN: list[tuple[str, Reply, str]] = [
    ("html", Reply(200, (), b"<html>a-token-in-some-page</html>"), "token_invalid"),
    ("form", Reply(200, (), b"access_token=a-token-in-a-form"), "token_invalid"),
    ("list", json_reply(["a-token-in-a-list"]), "token_invalid"),
    ("no token", json_reply({"token": "a-token-of-another-name"}), "token_invalid"),
    ("number", json_reply({"access_token": 1234567890}), "token_invalid"),
    ("line break", json_reply({"access_token": "a-token\r\nX: y"}), "credential_invalid"),
    ("error in a 200", json_reply({"error": "invalid_scope"}), "token_refused"),
    ("error", json_reply({"error": "invalid_scope", "error_description": "x"}, 400), None),
    ("nested", Reply(200, (), b"[" * 5000 + b'"a-token-nested"'), "token_invalid"),
    ("huge", Reply(200, (), b'{"access_token": "' + b"a-token-huge" * 10_000), "token_invalid"),
    (
        "cut off",
        Reply(
            200,
            (("Content-Length", "90"), ("Connection", "close")),
            [b'{"access_token": "a-token-cut-off'],
        ),
        "token_unavailable",
    ),
    ("redirect", Reply(303, (("Location", "/elsewhere"),)), "token_refused"),
]


@pytest.mark.parametrize(("name", "reply", "code"), BROKEN, ids=[each[0] for each in BROKEN])
def test_a_token_endpoint_that_gives_none(
    httptask_tasks: TaskRunner, oauth: OAuthServer, name: str, reply: Reply, code: str | None
) -> None:
    oauth.state.failing = [Failing(reply)]
    result = run(httptask_tasks, oauth, auth_of(oauth))
    assert result.error is not None
    assert result.error.code == (code or "token_refused")
    shown = json.dumps(result.trace.to_json())
    assert "a-token" not in shown, name
    assert ("invalid_scope" in result.reason) is name.startswith("error")
    assert not [each for each in oauth.server.requests if each.path == "/api"]
    assert len(oauth.token_calls) == 1


def test_a_token_call_that_may_work_later_is_an_attempt_of_a_post_too(
    httptask_tasks: TaskRunner, oauth: OAuthServer
) -> None:
    busy = json_reply({"error": "temporarily_unavailable"}, 503, (("Retry-After", "0"),))
    oauth.state.failing = [Failing(busy, 2)]
    retry = {"maxAttempts": 3, "initialDelayMs": 1}
    result = run(httptask_tasks, oauth, auth_of(oauth), method="POST", retry=retry)
    assert result.status == "COMPLETED", result.reason
    assert len(oauth.token_calls) == 3
    oauth.state.failing = [Failing(busy)]
    result = run(httptask_tasks, oauth, auth_of(oauth, scopes=["new"]))
    assert result.error is not None
    assert result.error.code == "token_unavailable"
    assert result.status == "FAILED"


def test_a_secret_of_the_client_goes_to_a_literal_token_endpoint_only(
    httptask_tasks: TaskRunner, oauth: OAuthServer, httptask_other_server: LoopbackServer
) -> None:
    from httptask.expressions import Context

    computed = auth_of(oauth, tokenUrl="${workflow.input.url}")
    inputs = {
        "http_request": {"uri": f"{oauth.url}/api", "method": "GET"},
        "httptask": {"auth": computed},
    }
    url = f"{httptask_other_server.url}/token"
    tasks = TaskRunner(httptask_tasks.folder, allow=[httptask_other_server.authority])
    with tasks:
        result = tasks.run(inputs, Context.build(input={"url": url}))
    assert result.error is not None
    assert result.error.code == "secret_origin_refused"
    assert httptask_other_server.requests == []


def test_a_dry_run_asks_for_no_token(httptask_tasks: TaskRunner, oauth: OAuthServer) -> None:
    inputs = {
        "http_request": {"uri": f"{oauth.url}/api", "method": "GET"},
        "httptask": {"auth": auth_of(oauth)},
    }
    result = httptask_tasks.run(inputs, stop_after="authorize")
    assert result.error is not None
    assert result.error.code == "dry_run"
    assert run(httptask_tasks, oauth, auth_of(oauth)).status == "COMPLETED"
    result = httptask_tasks.run(inputs, stop_after="authorize")
    assert result.error is None
    assert oauth.given[0] not in json.dumps(result.trace.to_json())


def test_a_damaged_store_is_told(httptask_tasks: TaskRunner, oauth: OAuthServer) -> None:
    run(httptask_tasks, oauth, auth_of(oauth))
    path = httptask_tasks.settings.data / "tokens.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    result = run(httptask_tasks, oauth, auth_of(oauth))
    assert result.error is not None
    assert result.error.code == "tokens_unusable"
    assert str(path) in result.reason


def test_the_key_has_to_fit(httptask_tasks: TaskRunner, oauth: OAuthServer) -> None:
    for key, algorithm in (("no key at all", "RS256"), (KEY, "ES256"), ('{"kty": "x"}', "RS256")):
        auth = auth_of(
            oauth,
            grant="jwt_bearer",
            clientSecret=None,
            key=key,
            algorithm=algorithm,
        )
        result = run(httptask_tasks, oauth, auth)
        assert result.error is not None
        assert result.error.code == "key_invalid", (key, algorithm)
        assert key not in str(result.trace.to_json())


def test_rows_that_nobody_can_renew_go_after_a_month(tmp_path: Path) -> None:
    from httptask.builtin.auth.token_store import Token, TokenStore

    store = TokenStore(tmp_path)
    store.put("old", Token("a"), 0.0)
    store.put("renewable", Token("b", refresh="r"), 0.0)
    store.put("new", Token("c"), 31 * 86_400.0)
    with sqlite3.connect(tmp_path / "tokens.sqlite3") as db:
        rows = db.execute("SELECT identity FROM tokens ORDER BY identity").fetchall()
    db.close()
    assert rows == [("new",), ("renewable",)]

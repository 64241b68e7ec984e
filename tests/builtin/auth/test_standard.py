from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from httptask.core.result import TaskResult, TaskStatus
from httptask.core.tracing import Level
from httptask.testing import LoopbackServer
from httptask.testing.handlers.standard import PASSWORD, TOKEN, USERNAME
from httptask.testing.tasks import TaskRunner

SECRET = "${workflow.secrets.THE_KEY}"


def run(tasks: TaskRunner, uri: str, auth: dict[str, Any]) -> TaskResult:
    inputs = {"http_request": {"uri": uri, "method": "GET"}, "httptask": {"auth": auth}}
    return tasks.run(inputs, level=Level.TRACE)


@pytest.mark.parametrize(
    ("path", "auth", "secret"),
    [
        ("basic", {"type": "basic", "username": USERNAME, "password": SECRET}, PASSWORD),
        ("bearer", {"type": "bearer", "token": SECRET}, TOKEN),
        ("key/header", {"type": "apiKey", "name": "X-Api-Key", "value": SECRET}, TOKEN),
        ("key/query", {"type": "apiKey", "name": "api_key", "value": SECRET, "in": "query"}, TOKEN),
        (
            "key/cookie",
            {"type": "apiKey", "name": "session", "value": SECRET, "in": "cookie"},
            TOKEN,
        ),
    ],
)
@pytest.mark.parametrize("given", ["conductor", "own", "dotenv", "folder"])
def test_each_kind_with_a_secret_from_each_place(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    path: str,
    auth: dict[str, Any],
    secret: str,
    given: str,
) -> None:
    match given:
        case "conductor":
            monkeypatch.setenv("CONDUCTOR_SECRET_THE_KEY", secret)
        case "own":
            monkeypatch.setenv("HTTPTASK_SECRET_THE_KEY", secret)
        case "dotenv":
            Path(".env").write_text(f"HTTPTASK_SECRET_THE_KEY='{secret}'\n", "utf-8")
        case "folder":
            (tmp_path / "THE_KEY").write_text(f"{secret}\n", "utf-8")
            monkeypatch.setenv("HTTPTASK_SECRETS_DIR", str(tmp_path))
    uri = f"{httptask_server.url}/auth/{path}"
    result = run(httptask_tasks, uri, auth)
    assert result.status is TaskStatus.COMPLETED, result.reason
    assert result.trace is not None
    encoded = base64.b64encode(f"{USERNAME}:{secret}".encode()).decode()
    for hidden in (secret, encoded, encoded[8:-4]):
        assert hidden not in str(result.trace.to_json())
        assert hidden not in str(result.output)
    wrong = run(httptask_tasks, uri, {**auth, **dict.fromkeys(_secret_keys(auth), "wrong-value")})
    assert wrong.output["response"]["statusCode"] == 401


def _secret_keys(auth: dict[str, Any]) -> list[str]:
    return [key for key, value in auth.items() if value == SECRET]


def test_a_missing_secret_is_named(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    result = run(httptask_tasks, httptask_server.url, {"type": "bearer", "token": SECRET})
    assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert result.error is not None
    assert result.error.code == "secret_missing"
    assert "HTTPTASK_SECRET_THE_KEY" in result.error.hint
    assert httptask_server.requests == []


@pytest.mark.parametrize("token", ["two\r\nlines", "nul\0", "žluťoučký", "line\n"])
def test_a_credential_that_no_header_can_carry(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, token: str
) -> None:
    result = run(httptask_tasks, httptask_server.url, {"type": "bearer", "token": token})
    assert result.error is not None
    assert result.error.code == "credential_invalid"
    assert token not in str(result.trace)
    assert httptask_server.requests == []


def test_short_credentials_are_masked_by_field(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    for auth in (
        {"type": "basic", "username": "u", "password": "pw4711"},
        {"type": "bearer", "token": "pw4711"},
        {"type": "apiKey", "name": "X-Pin", "value": "pw4711"},
        {"type": "apiKey", "name": "pin", "value": "pw4711", "in": "query"},
        {"type": "apiKey", "name": "pin", "value": "pw4711", "in": "cookie"},
    ):
        result = run(httptask_tasks, f"{httptask_server.url}/status/200?text=x", auth)
        assert result.trace is not None
        shown = str(result.trace.to_json())
        assert "pw4711" not in shown, auth
        assert "cHc0NzEx" not in shown
        assert base64.b64encode(b"u:pw4711").decode() not in shown


def test_an_own_header_gives_way_to_the_credential(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    request = {
        "uri": f"{httptask_server.url}/echo?a=1",
        "method": "GET",
        "headers": {"authorization": "Basic old", "Cookie": "own=1"},
    }
    auth = {"type": "bearer", "token": TOKEN}
    httptask_tasks.run({"http_request": request, "httptask": {"auth": auth}})
    assert httptask_server.requests[0].all("Authorization") == [f"Bearer {TOKEN}"]
    key = {"type": "apiKey", "name": "k", "value": "a b&c=d", "in": "query"}
    httptask_tasks.run({"http_request": request, "httptask": {"auth": key}})
    assert httptask_server.requests[1].target == "/echo?a=1&k=a%20b%26c%3Dd"
    cookie = {"type": "apiKey", "name": "k", "value": "v", "in": "cookie"}
    httptask_tasks.run({"http_request": request, "httptask": {"auth": cookie}})
    assert httptask_server.requests[2].all("Cookie") == ["own=1; k=v"]

"""``httptask auth``, and that no token or proof leaves by any surface."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from oauth_server import DATA, SECRET, OAuthServer, for_commands


@pytest.fixture
def oauth(monkeypatch: pytest.MonkeyPatch) -> Iterator[OAuthServer]:
    with for_commands(OAuthServer(), monkeypatch) as server:
        yield server


def add(invoke: Any, oauth: OAuthServer, *more: str) -> Any:
    fields = ["grant=client_credentials", f"tokenUrl={oauth.token_url}", "clientId=reports"]
    secret = "clientSecret=${workflow.secrets.CLIENT}"
    origin = ["--origin", oauth.url]
    return invoke("auth", "add", "mine", "oauth2", *origin, *fields, secret, *more)


def test_add_list_show_and_sign_out(oauth: OAuthServer, invoke: Any, write: Any, task: Any) -> None:
    assert invoke("auth", "list", "--json").document == []
    ran = add(invoke, oauth, 'scopes:=["a"]')
    assert ran.code == 0, ran.err
    path = DATA / "connections.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text())["mine"]["auth"]["scopes"] == ["a"]
    assert SECRET not in path.read_text()
    (listed,) = invoke("auth", "list", "--json").document
    assert (listed["token"], listed["error"]) == (None, None)
    auth = {"type": "connection", "name": "mine"}
    file = write("task.json", task(f"{oauth.url}/api", httptask={"auth": auth}))
    assert invoke("check", file).code == 0
    assert invoke("test", file).code == 0
    for arguments in (["auth", "list"], ["auth", "show", "mine"]):
        for form in ([], ["--json"]):
            ran = invoke(*arguments, *form)
            assert ran.code == 0
            for secret in oauth.secrets():
                assert secret not in ran.out + ran.err
    shown = invoke("auth", "show", "mine", "--json").document
    assert shown["token"]["scopes"] == ["a"]
    assert shown["token"]["renewedAt"]
    assert shown["auth"]["clientSecret"] == "${workflow.secrets.CLIENT}"
    assert invoke("auth", "logout", "mine", "--json").document["forgotten"] is True
    assert invoke("auth", "logout", "mine", "--json").document["forgotten"] is False
    assert invoke("auth", "show", "mine", "--json").document["token"] is None
    assert invoke("test", file).code == 0
    assert len(oauth.token_calls) == 2


def test_what_cannot_be_added(
    oauth: OAuthServer, invoke: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {
        "secret_literal": ("a", "bearer", "token=in-the-clear-0815"),
        "unknown_kind": ("a", "berer", "token=${workflow.secrets.T}"),
        "missing_key": ("a", "bearer"),
        "unknown_key": ("a", "bearer", "token=${workflow.secrets.T}", "tokn=x"),
        "usage": ("a", "bearer", "token"),
        "connections_invalid": ("a b", "bearer", "token=${workflow.secrets.T}"),
        "json_invalid": ("a", "bearer", "token:={"),
    }
    for code, (name, kind, *fields) in wrong.items():
        ran = invoke("auth", "add", name, kind, *fields, "--origin", oauth.url, "--json")
        assert (ran.code, ran.error["code"]) == (2, code), ran.err
        assert "in-the-clear-0815" not in ran.out + ran.err
    ran = invoke("auth", "add", "a", "connection", "name=b", "--origin", oauth.url, "--json")
    assert ran.error["code"] == "connections_invalid"
    assert not (DATA / "connections.json").exists()
    assert add(invoke, oauth).code == 0
    assert add(invoke, oauth, "--json").error["code"] == "connection_exists"
    assert add(invoke, oauth, "--force").code == 0
    for command in ("show", "logout"):
        ran = invoke("auth", command, "other", "--json")
        assert ran.error["code"] == "connection_missing"
    monkeypatch.delenv("HTTPTASK_SECRET_CLIENT")
    (listed,) = invoke("auth", "list", "--json").document
    assert listed["error"]["code"] == "secret_missing"
    assert "CLIENT" in invoke("auth", "list").out
    assert invoke("auth", "logout", "mine", "--json").error["code"] == "secret_missing"


def test_check_names_the_command(
    oauth: OAuthServer, invoke: Any, write: Any, task: Any, flow: Any
) -> None:
    auth = {"type": "connection", "name": "mine"}
    file = write("flow.json", flow(task(f"{oauth.url}/api", httptask={"auth": auth})))
    found = invoke("check", file, "--json").document
    (missing,) = [each for each in found if each["code"] == "connection_missing"]
    assert missing["hint"] == "httptask auth add mine makes it"
    assert missing["pointer"] == "/tasks/0/inputParameters/httptask/auth/name"
    ran = invoke("run", file)
    assert ran.code == 1
    assert "httptask auth add mine" in ran.out + ran.err or "mine" in ran.err


def test_nothing_shows_in_a_run(
    oauth: OAuthServer, command: Any, write: Any, task: Any, flow: Callable[..., Any]
) -> None:
    oauth.grant_refresh()
    env = {"HTTPTASK_SECRET_FIRST": "refresh-token-number-0"}
    auth = {
        "type": "oauth2",
        "grant": "refresh_token",
        "tokenUrl": oauth.token_url,
        "clientId": "reports",
        "clientSecret": "${workflow.secrets.CLIENT}",
        "refreshToken": "${workflow.secrets.FIRST}",
    }
    one = task(f"{oauth.url}/api", "one", httptask={"auth": auth})
    two = task(f"{oauth.url}/api", "two", httptask={"auth": auth})
    failing = task(f"{oauth.url}/nowhere", "three", httptask={"auth": auth})
    file = write("flow.json", flow(one, two, failing))
    ran = command("run", file, "-v", "--json", env={**env, "HTTPTASK_DEBUG": "1"})
    assert ran.code == 1
    assert len(oauth.token_calls) == 1
    surfaces = {"output": ran.out, "log": ran.err}
    for path in DATA.rglob("*"):
        if path.is_file() and path.name != "tokens.sqlite3":
            surfaces[str(path)] = path.read_bytes().decode("latin-1")
    assert len(surfaces) > 2
    for secret in oauth.secrets():
        assert not [name for name, text in surfaces.items() if secret in text], secret


def test_a_mock_asks_for_no_token_and_keeps_none(
    oauth: OAuthServer, invoke: Any, write: Any, task: Any
) -> None:
    auth = {
        "type": "oauth2",
        "grant": "client_credentials",
        "tokenUrl": oauth.token_url,
        "clientId": "reports",
        "clientSecret": "${workflow.secrets.CLIENT}",
    }
    file = write("task.json", task(f"{oauth.url}/api", httptask={"auth": auth}))
    mock = write("mock.json", {"body": {"access_token": "a-token-of-a-mock"}})
    ran = invoke("test", file, "--mock", mock, "--json")
    assert ran.code == 0, ran.err
    assert oauth.server.requests == []
    assert not (DATA / "tokens.sqlite3").exists()
    assert invoke("test", file).code == 0

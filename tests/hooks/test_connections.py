"""Connections: named credentials outside of definitions, for their own origins only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oauth_server import SECRET, OAuthServer

from httptask.check.connections import check_connections
from httptask.core.result import TaskResult
from httptask.core.tracing import Level
from httptask.errors import DefinitionError
from httptask.expressions import Context
from httptask.hooks.connections import connected, load_connections
from httptask.hooks.task import CompiledTask
from httptask.testing import LoopbackServer
from httptask.testing.handlers.standard import TOKEN
from httptask.testing.tasks import TaskRunner

AUTH = {"type": "connection", "name": "mine"}


@pytest.fixture
def oauth() -> Iterator[OAuthServer]:
    server = OAuthServer()
    with server.server:
        yield server


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_CLIENT", SECRET)
    monkeypatch.setenv("HTTPTASK_SECRET_TOKEN", TOKEN)


def connect(tasks: TaskRunner, auth: dict[str, Any], *origins: str) -> None:
    path = tasks.settings.connections_file
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"mine": {"auth": auth, "origins": origins}}), "utf-8")


def run(tasks: TaskRunner, uri: str, context: Context | None = None, **more: Any) -> TaskResult:
    inputs = {"http_request": {"uri": uri, "method": "GET"}, "httptask": {"auth": AUTH}}
    return tasks.run(inputs, context, level=Level.TRACE, **more)


def code(result: TaskResult) -> str:
    assert result.error is not None
    return result.error.code


BEARER = {"type": "bearer", "token": "${workflow.secrets.TOKEN}"}


def test_a_connection_stands_for_its_kind(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer
) -> None:
    connect(httptask_tasks, BEARER, httptask_server.url)
    result = run(httptask_tasks, f"{httptask_server.url}/auth/bearer")
    assert result.status == "COMPLETED", result.reason
    assert TOKEN not in json.dumps([result.trace.to_json(), result.output])
    assert [each.kind for each in result.trace.layers if each.slot == "authorize"] == ["bearer"]
    key = {"type": "apiKey", "name": "X-Api-Key", "value": "${workflow.secrets.TOKEN}"}
    connect(httptask_tasks, key, httptask_server.url)
    result = run(httptask_tasks, f"{httptask_server.url}/auth/key/header")
    assert result.status == "COMPLETED", result.reason


def test_its_tokens_are_shared_and_kept(httptask_tasks: TaskRunner, oauth: OAuthServer) -> None:
    auth = {
        "type": "oauth2",
        "grant": "client_credentials",
        "tokenUrl": oauth.token_url,
        "clientId": "reports",
        "clientSecret": "${workflow.secrets.CLIENT}",
    }
    connect(httptask_tasks, auth, oauth.url)
    for _ in range(2):
        result = run(httptask_tasks, f"{oauth.url}/api")
        assert result.status == "COMPLETED", result.reason
    assert len(oauth.token_calls) == 1
    shown = json.dumps(result.trace.to_json())
    assert not [secret for secret in oauth.secrets() if secret in shown]


def test_its_origins_bind_exclusively(
    httptask_tasks: TaskRunner,
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    oauth: OAuthServer,
) -> None:
    connect(httptask_tasks, BEARER, httptask_server.url)
    # Its origin need not stand literally in the definition; another one does not help.
    address = Context.build(input={"url": f"{httptask_server.url}/auth/bearer"})
    tasks = TaskRunner(httptask_tasks.folder, allow=[httptask_server.authority])
    with tasks:
        result = run(tasks, "${workflow.input.url}", address)
    assert result.status == "COMPLETED", result.reason
    result = run(httptask_tasks, f"{httptask_other_server.url}/auth/bearer")
    assert code(result) in {"connection_origin_refused", "secret_origin_refused"}
    assert httptask_other_server.requests == []
    # A public client has no secret, and its token may not go elsewhere all the same.
    public = {
        "type": "oauth2",
        "grant": "client_credentials",
        "tokenUrl": oauth.token_url,
        "clientId": "open",
    }
    connect(httptask_tasks, public, oauth.url)
    result = run(httptask_tasks, f"{httptask_other_server.url}/auth/bearer")
    assert code(result) == "connection_origin_refused"
    assert result.error.hint.startswith(f"it is for {oauth.url}")
    assert httptask_other_server.requests == []


def test_a_secret_of_a_connection_goes_nowhere_else(
    httptask_tasks: TaskRunner,
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
) -> None:
    connect(httptask_tasks, BEARER, httptask_server.url)
    request = {
        "uri": f"{httptask_other_server.url}/echo",
        "method": "GET",
        "headers": {"X-Leak": "${workflow.secrets.TOKEN}"},
    }
    result = httptask_tasks.run({"http_request": request, "httptask": {"auth": AUTH}})
    assert result.error is not None
    assert httptask_other_server.requests == []


def test_inputs_that_a_server_resolved(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer
) -> None:
    connect(httptask_tasks, BEARER, httptask_server.url)
    uri = f"{httptask_server.url}/auth/bearer"
    inputs = {"http_request": {"uri": uri, "method": "GET"}, "httptask": {"auth": AUTH}}
    result = run(httptask_tasks, uri, inputs=inputs)
    assert result.status == "COMPLETED", result.reason
    assert TOKEN not in json.dumps(result.trace.to_json())


def test_a_missing_one_is_told_with_its_command(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer
) -> None:
    result = run(httptask_tasks, httptask_server.url)
    assert code(result) == "connection_missing"
    assert result.error.hint == "httptask auth add mine makes it"
    assert result.error.pointer.endswith("/httptask/auth/name")
    assert httptask_server.requests == []
    task = {"inputParameters": {"httptask": {"auth": AUTH}}}
    path = httptask_tasks.settings.connections_file
    (found,) = check_connections({"tasks": [task]}, path, "flow.json")
    assert (found.code, found.severity) == ("connection_missing", "warning")
    assert found.pointer == "/tasks/0/inputParameters/httptask/auth/name"
    connect(httptask_tasks, BEARER, httptask_server.url)
    assert list(check_connections(task, path)) == []
    connect(httptask_tasks, {**BEARER, "token": "written-out-0815"}, httptask_server.url)
    (found,) = check_connections(task, path)
    assert (found.code, found.severity) == ("secret_literal", "warning")
    assert "written-out" not in f"{found.message}{found.hint}"


def test_an_origin_that_it_may_not_be_used_for_is_told(httptask_tasks: TaskRunner) -> None:
    connect(httptask_tasks, BEARER, "https://a.example/")
    path = httptask_tasks.settings.connections_file
    for uri, base, told in [
        ("https://a.example:443/x", None, False),
        ("/x", "https://A.example", False),
        ("https://${workflow.input.host}/x", None, False),
        ("https://b.example/x", None, True),
        ("/x", "http://a.example", True),
    ]:
        options = {"auth": AUTH, **({"base": base} if base else {})}
        for request in ({"http_request": {"uri": uri}}, {"uri": uri}):
            task = {"inputParameters": {**request, "httptask": options}}
            found = [each.code for each in check_connections(task, path)]
            assert found == ["connection_origin_refused"] * told


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ("[]", ""),
        ("{", ""),
        ('{"a b": {"auth": {"type": "bearer"}, "origins": ["https://a.example"]}}', "/a b"),
        ('{"a": {"auth": {"type": "bearer"}}}', "/a/origins"),
        ('{"a": {"auth": {"type": "bearer"}, "origins": []}}', "/a/origins"),
        ('{"a": {"auth": {"type": "bearer"}, "origins": ["a.example"]}}', "/a/origins"),
        ('{"a": {"auth": {"type": "bearer"}, "origins": ["https://${x}"]}}', "/a/origins"),
        ('{"a": {"auth": {"type": "x"}, "origins": ["https://a.example/v1"]}}', "/a/origins"),
        ('{"a": {"auth": {"type": "x"}, "origins": ["https://a.example?v=1"]}}', "/a/origins"),
        ('{"a": {"auth": {}, "origins": ["https://a.example"]}}', "/a/auth/type"),
        ('{"a": {"auth": {"type": "connection"}, "origins": ["https://a.b"]}}', "/a/auth/type"),
        ('{"a": {"auth": {"type": "x"}, "origins": ["https://a.b"], "token": "t"}}', "/a/token"),
    ],
)
def test_a_file_that_is_wrong(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer, document: str, pointer: str
) -> None:
    path = httptask_tasks.settings.connections_file
    path.parent.mkdir(exist_ok=True)
    path.write_text(document, "utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_connections(path)
    assert caught.value.pointer == pointer
    assert caught.value.source == str(path)
    result = run(httptask_tasks, httptask_server.url)
    assert code(result) == caught.value.code
    assert httptask_server.requests == []
    (found,) = check_connections({}, path, "flow.json")
    assert (found.code, found.pointer, found.source) == (caught.value.code, "", "flow.json")
    assert found.message.startswith(f"{path}#{pointer}: ")


def test_a_kind_that_does_not_fit_is_told(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer
) -> None:
    for auth in ({"type": "berer"}, {"type": "bearer"}, {"type": "bearer", "token": 5}):
        connect(httptask_tasks, auth, httptask_server.url)
        result = run(httptask_tasks, httptask_server.url)
        assert code(result) in {"unknown_kind", "missing_key", "wrong_type"}
    assert httptask_server.requests == []


def test_another_file(
    tmp_path: Path, httptask_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "elsewhere.json"
    monkeypatch.setenv("HTTPTASK_CONNECTIONS", str(path))
    with TaskRunner(tmp_path) as tasks:
        connect(tasks, BEARER, httptask_server.url)
        assert path.is_file()
        assert run(tasks, f"{httptask_server.url}/auth/bearer").status == "COMPLETED"


def test_a_connection_is_compiled_once_until_the_file_changes(httptask_tasks: TaskRunner) -> None:
    settings = httptask_tasks.settings
    task = CompiledTask.of(
        {"http_request": {"uri": "http://a.example"}, "httptask": {"auth": AUTH}}
    )
    connect(httptask_tasks, BEARER, "http://a.example")
    first, second = (connected(task, settings.connections_file).connection for _ in range(2))
    connect(httptask_tasks, BEARER, "http://b.example:8080")
    third = connected(task, settings.connections_file).connection
    assert first is second
    assert third is not None
    assert [str(each) for each in third.origins] == ["http://b.example:8080"]

"""Whose stored responses are, and that none gives out a credential."""

from __future__ import annotations

import sqlite3
import ssl
import time
from email.utils import formatdate
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from soon import SOON

from httptask.builtin.auth.token_call import identity_of
from httptask.builtin.auth.token_store import Token, TokenStore
from httptask.core.result import TaskResult
from httptask.definition.oauth2_options import OAuth2Options
from httptask.testing import LoopbackServer, Reply, issue_certificates, json_reply
from httptask.testing.replies import Handler
from httptask.testing.tasks import TaskRunner
from httptask.testing.wire import ReceivedRequest

PASSWORD = "hunter2-hunter2"
BASIC = {"type": "basic", "username": "ana", "password": PASSWORD}
STORED = {"storeSecrets": True}


def run(tasks: TaskRunner, uri: str, **options: Any) -> TaskResult:
    inputs = {"http_request": {"uri": uri, "method": "GET"}, "httptask": {"cache": {}, **options}}
    result = tasks.run(inputs)
    assert result.status == "COMPLETED", result.reason
    return result


def dated(value: Any, *lines: tuple[str, str]) -> Reply:
    every = [("Date", formatdate(usegmt=True)), ("Cache-Control", "max-age=60")]
    return json_reply(value, 200, [*every, *lines])


def counting() -> Handler:
    numbers = count(1)
    return lambda _: dated(next(numbers))


def body(result: TaskResult) -> Any:
    return result.output["response"]["body"]


def in_body(request: ReceivedRequest) -> Reply:
    return dated({"long": "x" * 2_000_000, "sent": request.header("Authorization"), "end": "y"})


def in_header(request: ReceivedRequest) -> Reply:
    return dated("ok", ("X-Echo", request.header("Authorization")))


@pytest.mark.parametrize("echo", [in_body, in_header])
@pytest.mark.parametrize("kind", ["basic", "oauth2"])
def test_a_response_with_a_credential_is_not_stored(
    httptask_tasks: TaskRunner, kind: str, echo: Handler
) -> None:
    token = json_reply({"access_token": "token-of-ana-0123", "expires_in": 3600})
    with LoopbackServer({"/": echo, "/token": lambda _: token}) as server:
        auth: dict[str, Any] = BASIC
        if kind == "oauth2":
            auth = {"type": "oauth2", "grant": "client_credentials", "clientId": "c"}
            auth |= {"clientSecret": "secret-of-client", "tokenUrl": f"{server.url}/token"}
        results = [run(httptask_tasks, server.url, auth=auth, cache=STORED) for _ in range(2)]
    assert len([each for each in server.requests if each.path == "/"]) == 2
    assert body(results[0]) == body(results[1])
    for result in results:
        assert "***" in str(result.output["response"])
        assert any("is not stored" in note.text for note in result.trace.notes)
    sent = server.requests[-1].header("Authorization").split()[1]
    assert sent not in str([dict(result.output) for result in results])
    for path in httptask_tasks.settings.data.glob("cache.sqlite3*"):
        assert sent.encode() not in path.read_bytes()


def test_a_304_with_a_credential_changes_nothing_that_is_stored(
    httptask_tasks: TaskRunner,
) -> None:
    def tagged(request: ReceivedRequest) -> Reply:
        lines = [("ETag", '"v1"'), ("Cache-Control", "no-cache")]
        lines.append(("Date", formatdate(usegmt=True)))
        if not request.header("If-None-Match"):
            return json_reply("ana", 200, lines)
        return Reply(304, [*lines, ("X-Echo", request.header("Authorization"))])

    with LoopbackServer({"/": tagged}) as server:
        for _ in range(3):
            assert body(run(httptask_tasks, server.url, auth=BASIC, cache=STORED)) == "ana"
    sent = server.requests[-1].header("Authorization").split()[1]
    files = list(httptask_tasks.settings.data.glob("cache.sqlite3*"))
    assert files
    assert not [path for path in files if sent.encode() in path.read_bytes()]


def test_a_client_certificate_has_responses_of_its_own(tmp_path: Path) -> None:
    ana, ben = (issue_certificates(tmp_path / name) for name in ("ana", "ben"))
    context = ana.mutual_context()
    context.load_verify_locations(ben.ca_bundle)
    assert context.verify_mode is ssl.CERT_REQUIRED
    own = tmp_path / "own.pem"

    def asked(**cache: Any) -> Any:
        tls = {"caBundle": str(ana.ca_bundle), "clientCertificate": str(own)}
        return body(run(tasks, server.url, tls=tls, cache=cache))

    with LoopbackServer({"/": counting()}, tls=context) as server, TaskRunner(tmp_path) as tasks:
        for each in (ana, ben, ana):  # the file of that name is another's meanwhile
            own.write_text(each.client_certificate.read_text() + each.client_key.read_text())
            assert asked(**STORED) == (2 if each is ben else 1)
        assert [asked(), asked()] == [3, 4]


def test_a_certificate_as_text_has_responses_of_its_own(tmp_path: Path) -> None:
    ana = issue_certificates(tmp_path / "ana")
    pem = ana.client_certificate.read_text() + ana.client_key.read_text()
    trusted = {"caBundle": str(ana.ca_bundle)}
    server = LoopbackServer({"/": counting()}, tls=ana.server_context())
    with server, TaskRunner(tmp_path) as tasks:
        found = [
            body(run(tasks, server.url, tls={**trusted, **own}, cache=STORED))
            for own in ({"clientCertificatePem": pem}, {}, {"clientCertificatePem": pem})
        ]
    assert found == [1, 2, 1]


def test_whom_a_task_trusts_keeps_responses_apart(tmp_path: Path) -> None:
    """What came from whoever called itself the service is not used for a task that makes sure."""
    known = issue_certificates(tmp_path / "known")
    moved = tmp_path / "moved.pem"
    moved.write_bytes(known.ca_bundle.read_bytes())
    checked, other = {"caBundle": str(known.ca_bundle)}, {"caBundle": str(moved)}
    unchecked = {"verify": False}
    server = LoopbackServer({"/": counting()}, tls=known.server_context())
    with server, TaskRunner(tmp_path) as tasks:
        for cache in ({}, {"identity": "ana"}):
            found = [
                body(run(tasks, server.url, tls=tls, cache=cache))
                for tls in (unchecked, checked, other, unchecked, checked, other)
            ]
            assert found[:3] == found[3:]
            assert len(set(found)) == 3


@pytest.mark.parametrize("source", ["environment", "file"])
def test_an_aws_key_of_the_machine_has_responses_of_its_own(
    httptask_tasks: TaskRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    auth = {"type": "aws-sigv4", "region": "eu-west-1", "service": "s3", "credentials": source}
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    found = []
    with LoopbackServer({"/": counting()}) as server:
        for key in ("AKIAANA", "AKIABEN", "AKIAANA"):
            if source == "environment":
                monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
                monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", PASSWORD)
            else:
                lines = ("[default]", f"aws_access_key_id={key}")
                lines += (f"aws_secret_access_key={PASSWORD}",)
                (tmp_path / "credentials").write_text("\n".join(lines))
            found.append(body(run(httptask_tasks, server.url, auth=auth, cache=STORED)))
    assert found == [1, 2, 1]


@pytest.mark.parametrize(
    "grant", [{"grant": "authorization_code"}, {"grant": "device_code"}], ids=str
)
def test_who_has_signed_in_has_stored_responses_by_name_only(
    httptask_tasks: TaskRunner, grant: dict[str, str]
) -> None:
    auth = {"type": "oauth2", "tokenUrl": "http://127.0.0.1:9/token", "clientId": "c", **grant}
    where = "authorizationUrl" if grant["grant"] == "authorization_code" else "deviceUrl"
    auth[where] = "http://127.0.0.1:9/sign-in"
    store = TokenStore(httptask_tasks.settings.data)
    found = []
    with LoopbackServer({"/": counting()}) as server:
        identity = identity_of(OAuth2Options.model_validate(auth), None, server.url)
        for whose in ("ana", "ben", "ben"):
            store.put(identity, Token(f"token-of-{whose}"), time.time())
            found.append(body(run(httptask_tasks, server.url, auth=auth, cache=STORED)))
        for whose in ("ana", "ben", "ana", "ben"):
            named = {**STORED, "identity": whose}
            found.append(body(run(httptask_tasks, server.url, auth=auth, cache=named)))
    assert found == [1, 2, 3, 4, 5, 4, 5]


def test_a_server_cannot_say_what_we_store_about_a_response(httptask_tasks: TaskRunner) -> None:
    def tagged(request: ReceivedRequest) -> Reply:
        lines = [("ETag", '"v1"'), ("Cache-Control", "no-cache"), ("X-Httptask-About", "[")]
        lines.append(("Date", formatdate(usegmt=True)))
        again = request.header("If-None-Match")
        return Reply(304, lines) if again else json_reply("ana", 200, lines)

    with LoopbackServer({"/": tagged}) as server:
        for _ in range(3):
            result = run(httptask_tasks, server.url)
            assert body(result) == "ana"
            assert result.output["response"]["reasonPhrase"] == "OK"
    assert len(server.requests) == 3


def test_a_data_folder_that_cannot_be_used_costs_the_cache_only(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no folder")
    with LoopbackServer({"/": counting()}) as server, TaskRunner(tmp_path) as tasks:
        result = run(tasks, server.url)
    assert body(result) == 1
    assert "goes on without the cache" in result.trace.notes[0].text


def test_a_file_that_another_process_writes_holds_up_nobody_for_long(tmp_path: Path) -> None:
    with LoopbackServer({"/": counting()}) as server, TaskRunner(tmp_path) as tasks:
        run(tasks, f"{server.url}/")
        db = sqlite3.connect(tmp_path / "data" / "cache.sqlite3", isolation_level=None)
        db.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        found = [body(run(tasks, f"{server.url}{path}")) for path in ("/", "/?other")]
        took = time.monotonic() - start
        db.close()
    assert found == [1, 2]
    assert took < SOON

"""The machine's own AWS credentials: where they are read, and who may use them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from httptask.core.result import TaskResult
from httptask.expressions import Context
from httptask.testing import LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner

SECRET, TOKEN = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "temporary-session-token-0123"
FILE = f"""\
[default]
aws_access_key_id = AKIADEFAULT
aws_secret_access_key = {SECRET}
[reports]
aws_access_key_id = AKIAREPORTS
aws_secret_access_key = {SECRET}
aws_session_token = {TOKEN}
[half]
aws_access_key_id = AKIAHALF
[role]
role_arn = arn:aws:iam::123456789012:role/r
"""


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "credentials").write_text(FILE)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


def run(tasks: TaskRunner, server: LoopbackServer, uri: str = "", **auth: Any) -> TaskResult:
    server.route("/it", lambda _: Reply(200))
    whole = {"type": "aws-sigv4", "region": "eu-central-1", "service": "s3", **auth}
    request = {"uri": uri or f"{server.url}/it", "method": "GET"}
    context = Context.build(input={"url": server.url})
    return tasks.run({"http_request": request, "httptask": {"auth": whole}}, context)


def test_the_environment(
    httptask_tasks: TaskRunner, httptask_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAENVIRONMENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    result = run(httptask_tasks, httptask_server, credentials="environment")
    assert result.status == "COMPLETED", result.reason
    sent = httptask_server.requests[-1]
    assert "Credential=AKIAENVIRONMENT/" in sent.header("Authorization")
    assert sent.header("X-Amz-Security-Token") == TOKEN
    shown = json.dumps([result.trace.to_json(), dict(result.output), result.trace.curl])
    assert TOKEN not in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("profile", "variable", "key"),
    [
        (None, None, "AKIADEFAULT"),
        (None, "reports", "AKIAREPORTS"),
        ("default", "reports", "AKIADEFAULT"),
    ],
)
def test_the_shared_file(
    httptask_tasks: TaskRunner,
    httptask_server: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
    profile: str | None,
    variable: str | None,
    key: str,
) -> None:
    if variable:
        monkeypatch.setenv("AWS_PROFILE", variable)
    result = run(httptask_tasks, httptask_server, credentials="file", profile=profile)
    assert result.status == "COMPLETED", result.reason
    assert f"Credential={key}/" in httptask_server.requests[-1].header("Authorization")


@pytest.mark.parametrize(
    ("auth", "why", "hint"),
    [
        ({"credentials": "environment"}, "the environment has no access key", "aws configure"),
        ({"credentials": "file", "profile": "half"}, "has no access key and", "aws configure"),
        ({"credentials": "file", "profile": "role"}, "has no access key and", "role_arn is not"),
        ({"credentials": "file", "profile": "none"}, "there is no profile 'none'", ""),
    ],
)
def test_missing_ones(
    httptask_tasks: TaskRunner,
    httptask_server: LoopbackServer,
    auth: dict[str, str],
    why: str,
    hint: str,
) -> None:
    result = run(httptask_tasks, httptask_server, **auth)
    assert result.error is not None
    assert result.error.code == "credentials_missing"
    assert why in result.error.message
    assert hint in result.error.hint
    assert not httptask_server.requests


@pytest.mark.parametrize("data", [None, b"\xff\xfe", b"no section = 1", b"[a]\n[a]\n"])
def test_a_file_that_cannot_be_read(
    httptask_tasks: TaskRunner,
    httptask_server: LoopbackServer,
    tmp_path: Path,
    data: bytes | None,
) -> None:
    (tmp_path / "credentials").unlink()
    if data is not None:
        (tmp_path / "credentials").write_bytes(data)
    result = run(httptask_tasks, httptask_server, credentials="file")
    assert result.error is not None
    assert result.error.code == "credentials_missing"


def test_a_definition_of_somebody_else_may_not_use_them(
    httptask_server: LoopbackServer, tmp_path: Path
) -> None:
    with TaskRunner(tmp_path, allow=["127.0.0.1"], author=False) as service:
        refused = run(service, httptask_server, credentials="file")
        assert refused.error is not None
        assert refused.error.code == "credentials_refused"
        assert not httptask_server.requests
        auth = {
            "type": "aws-sigv4",
            "region": "eu-central-1",
            "service": "s3",
            "credentials": "file",
        }
        connections = {"aws": {"auth": auth, "origins": [httptask_server.url]}}
        service.settings.data.mkdir(exist_ok=True)
        service.settings.connections_file.write_text(json.dumps(connections))
        httptask_server.route("/it", lambda _: Reply(200))
        request = {"uri": f"{httptask_server.url}/it", "method": "GET"}
        connection = {"type": "connection", "name": "aws"}
        found = service.run({"http_request": request, "httptask": {"auth": connection}})
        assert found.status == "COMPLETED", found.reason
        assert "AKIADEFAULT" in httptask_server.requests[-1].header("Authorization")


def test_they_do_not_go_where_a_value_says(httptask_server: LoopbackServer, tmp_path: Path) -> None:
    with TaskRunner(tmp_path, allow=["127.0.0.1"]) as tasks:
        result = run(tasks, httptask_server, "${workflow.input.url}/it", credentials="file")
    assert result.error is not None
    assert result.error.code == "credentials_refused"
    assert not httptask_server.requests

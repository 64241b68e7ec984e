"""The curl command sends what the task sent: the real curl against the same server."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest
from httptask.core.sensitive import Redactor
from httptask.expressions import Context
from httptask.hooks.task import PreparedTask
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing import LoopbackServer
from httptask.trial.curl import curl_command
from httptask.trial.request import Trial
from httptask.trial.shell import variable

SECRET = 'se\'cret $HOME `x` "v"/+ž1'


@pytest.fixture
def run_curl(require: Callable[[str, str], NoReturn]) -> Callable[[str], None]:
    if shutil.which("curl") is None:
        require("curl", "not installed")

    def run(command: str, **secrets: str) -> None:
        subprocess.run(
            ["/bin/sh", "-c", f"{command} --silent --output /dev/null"],
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **secrets},
            check=True,
            timeout=10,
        )

    return run


def curl_of(inputs: dict[str, Any], folder: Path) -> str:
    settings = Settings.from_environment(data=folder, author=True)
    task = PreparedTask.of(inputs, base_dir=folder)
    result = Trial(settings, build_manager(installed=False)).run(task, Context.build())
    assert result.trace is not None
    assert result.error is None, result.reason
    return result.trace.curl


@pytest.mark.parametrize(
    ("request_", "options"),
    [
        ({"method": "GET"}, {"query": {"a": "b c&d", "list[]": [1, 2], "x{y}": "z"}}),
        ({"method": "HEAD"}, {}),
        ({"method": "DELETE"}, {}),
        ({"method": "POST", "body": {"q": 'it\'s "$HOME" `ls` \\n ü'}}, {}),
        ({"method": "PUT", "body": "@/etc/hostname", "contentType": "text/plain"}, {}),
        ({"method": "PATCH", "body": "line\nbreaks\r\n\ttabs ", "contentType": "text/plain"}, {}),
        ({"method": "POST"}, {"form": {"a": "x y", "b": ["1", "2"]}}),
        (
            {"method": "GET", "headers": {"X-Empty": "", "X-Many": ["1", "2"]}},
            {"cookies": {"c": "${workflow.secrets.PLAIN}"}},
        ),
        ({"method": "GET"}, {"auth": {"type": "bearer", "token": "${workflow.secrets.KEY_1}"}}),
        (
            {"method": "GET"},
            {"auth": {"type": "basic", "username": "me", "password": "${workflow.secrets.KEY}"}},
        ),
        ({"method": "POST", "body": {"k": "pre ${workflow.secrets.PLAIN} post"}}, {}),
        ({"method": "GET"}, {"query": {"k": "${workflow.secrets.PLAIN}"}}),
    ],
)
def test_what_arrives_is_the_same(
    httptask_server: LoopbackServer,
    run_curl: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    request_: dict[str, Any],
    options: dict[str, Any],
) -> None:
    secrets = {
        "KEY": SECRET,
        "KEY_1": "tok-'$x-0123456789",
        "PLAIN": "plain-0123456789",
        "PIN": "1",
    }
    variables = {f"HTTPTASK_SECRET_{name}": value for name, value in secrets.items()}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    inputs = {
        "http_request": {"uri": f"{httptask_server.url}/echo", **request_},
        "httptask": options,
    }
    command = curl_of(inputs, tmp_path)
    for value in (SECRET, "tok-'$x", "plain-0123456789"):
        assert value not in command
        assert shlex.quote(value) not in command
    run_curl(command, **variables)
    ours, theirs = httptask_server.requests
    assert theirs.method == ours.method
    assert theirs.target == ours.target
    assert theirs.body == ours.body
    assert _lines(theirs.headers) == _lines(ours.headers)


def _lines(headers: Any) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in headers)


def test_the_variable_that_is_set_here_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert variable("KEY") == '"$HTTPTASK_SECRET_KEY"'
    monkeypatch.setenv("CONDUCTOR_SECRET_KEY", "a-long-value")
    assert variable("KEY") == '"$CONDUCTOR_SECRET_KEY"'
    assert variable("no-variable") == "'***'"


def test_bodies_that_no_command_line_holds() -> None:
    def command(data: bytes | None) -> str:
        body = Body("x/y", 9, data, lambda: iter([b"x"]))
        request = HttpRequest("POST", "http://h/", Headers([("Content-Type", "x/y")]), body)
        return curl_command(request, Redactor(), body_file="my file")

    for data in (b"\xff\xfe", b"a\0b", None):
        assert command(data).count("--data-binary @'my file'")
    large = Body.of(b"x" * 70_000)
    request = HttpRequest("POST", "http://h/", Headers(), large)
    assert "@BODY_FILE" in curl_command(request, Redactor())


def test_credentials_without_a_name_are_masked() -> None:
    redactor = Redactor(["a-long-token-value"])
    redactor.register_field("pin")
    headers = Headers([("Authorization", "Bearer a-long-token-value"), ("Cookie", "s=1")])
    request = HttpRequest("GET", "http://h/?pin=12&x=1", headers)
    command = curl_command(request, redactor)
    assert "a-long" not in command
    assert "Bearer ***" in command
    assert "Cookie: s=***" in command
    assert "pin=***&x=1" in command
    basic = HttpRequest("GET", "http://h/", Headers([("Authorization", "Basic dTpwdzE=")]))
    assert "-u 'u:***'" in curl_command(basic, redactor)

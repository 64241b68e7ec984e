"""The curl command sends what the task sent: the real curl against the same server."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from httptask.app.import_ import read_requests
from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest
from httptask.core.sensitive import Redactor
from httptask.expressions import Context
from httptask.hooks.task import CompiledTask
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.testing import LoopbackServer
from httptask.trial.curl import curl_command
from httptask.trial.request import Trial
from httptask.trial.shell import variable

MANAGER = build_manager(installed=False)
_BOUNDARY = re.compile(rb"httptask-[0-9a-f]+")
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
            timeout=60,
        )

    return run


def curl_of(inputs: dict[str, Any], folder: Path) -> str:
    settings = Settings.from_environment(data=folder, author=True)
    task = CompiledTask.of(inputs, base_dir=folder)
    result = Trial(settings, MANAGER).run(task, Context.build())
    assert result.trace is not None
    assert result.error is None, result.reason
    return result.trace.curl


def imported(command: str) -> dict[str, Any] | None:
    """Return the inputs of the task that the command is imported as, if nothing of it is lost."""
    found = read_requests(command.encode(), MANAGER)
    if "$(printf" in command:  # of a header that is not UTF-8; nothing is run
        assert "shell_not_run" in {each.kind for each in found.reasons}
        return None
    (task,) = found.tasks
    inputs: dict[str, Any] = task.task["inputParameters"]
    return inputs


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
        ({"method": "GET", "headers": {"User-Agent": None, "Accept": None, "X": None}}, {}),
        ({"method": "POST", "headers": {"Content-Type": None}, "body": "x"}, {}),
        ({"method": "POST"}, {}),
        ({"method": "PUT", "body": ""}, {}),
        (
            {"method": "GET", "headers": {"X-Latin": "caf\u00e9 100% \\ ${workflow.secrets.PIN}"}},
            {},
        ),
        ({"method": "GET", "headers": {"Host": "other.example", "User-Agent": "mine"}}, {}),
        ({"method": "GET"}, {"cookies": {"a": "1", "b": "${workflow.secrets.PIN}", "n": 5}}),
        ({"method": "GET", "headers": {"Cookie": "own=1; b=2"}}, {"cookies": {"c": "3"}}),
        ({"method": "POST"}, {"form": {"user": "${workflow.secrets.USER}", "1": "user"}}),
        ({"method": "POST"}, {"multipart": {"user": "user", "pin": "${workflow.secrets.PIN}"}}),
        (
            {
                "method": "POST",
                "body": "1 user ${workflow.secrets.PIN}",
                "contentType": "text/plain",
            },
            {},
        ),
        ({"method": "POST", "body": {"user": ["user", "${workflow.secrets.USER}"]}}, {}),
        ({"method": "GET"}, {"query": {"user": "${workflow.secrets.USER}", "1": "1"}}),
        (
            {"method": "GET"},
            {"auth": {"type": "basic", "username": "user", "password": "${workflow.secrets.USER}"}},
        ),
        (
            {"method": "GET"},
            {
                "auth": {
                    "type": "apiKey",
                    "name": "user",
                    "in": "query",
                    "value": "${workflow.secrets.USER}",
                },
                "query": {"q": "user"},
            },
        ),
        (
            {"method": "GET"},
            {
                "auth": {
                    "type": "apiKey",
                    "name": "sid",
                    "in": "cookie",
                    "value": "${workflow.secrets.PIN}",
                },
                "cookies": {"c": "1"},
            },
        ),
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
        "USER": "user",
        "SID_COOKIE": "1",  # what the import calls a cookie that stands in the command
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
    again = imported(command)
    if again is not None:
        curl_of(again, tmp_path)
    ours, *others = httptask_server.requests
    assert len(others) == (1 if again is None else 2)
    for theirs in others:
        assert theirs.method == ours.method
        assert theirs.target == ours.target
        assert _BOUNDARY.sub(b"", theirs.body) == _BOUNDARY.sub(b"", ours.body)
        assert _lines(theirs.headers) == _lines(ours.headers)


def test_dots_in_a_path_stay(
    httptask_server: LoopbackServer, run_curl: Callable[..., None], tmp_path: Path
) -> None:
    uri = f"{httptask_server.url}/echo/a/../b/./c?x=/../y"
    run_curl(curl_of({"http_request": {"uri": uri, "method": "GET"}}, tmp_path))
    ours, theirs = httptask_server.requests
    assert theirs.target == ours.target == "/echo/a/../b/./c?x=/../y"


def test_a_secret_that_equals_innocent_text_is_named_in_its_place_only(
    httptask_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_USER", "user")
    inputs = {
        "http_request": {"uri": f"{httptask_server.url}/echo/user", "method": "POST"},
        "httptask": {"form": {"user": "${workflow.secrets.USER}", "kind": "user"}},
    }
    command = curl_of(inputs, tmp_path)
    assert f"{httptask_server.url}/echo/user " in command
    assert """user="$HTTPTASK_SECRET_USER"'&kind=user'""" in command


def test_a_secret_in_another_form_than_its_variable_is_masked(
    httptask_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_PIN", 'a"b')
    inputs = {
        "http_request": {
            "uri": f"{httptask_server.url}/echo",
            "method": "POST",
            "body": {"k": "${workflow.secrets.PIN}"},
        }
    }
    assert """--data-raw '{"k":"***"}'""" in curl_of(inputs, tmp_path)


def _lines(headers: Any) -> list[tuple[str, bytes]]:
    bare = (_BOUNDARY.sub(b"", value.encode("latin-1")) for _, value in headers)
    return sorted(zip((name.lower() for name, _ in headers), bare, strict=True))


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

"""``httptask.base``: an address that a response gave is followed within one origin."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.builtin.build.base import check_origin, resolved
from httptask.builtin.build.url import build_url
from httptask.core.message import Origin
from httptask.core.result import TaskResult, TaskStatus
from httptask.errors import HttpTaskError, InputError
from httptask.expressions import Context
from httptask.hooks.task import CompiledTask
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner

BASE = "https://api.example.com/v1/jobs?x=1"
HOME = Origin("https", "api.example.com", 443)


def built(base: str, uri: str) -> str:
    url = build_url(resolved(base, uri))
    check_origin(base, url)
    return url


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        ("/v2/a", "https://api.example.com/v2/a"),
        ("7", "https://api.example.com/v1/7"),
        ("../7", "https://api.example.com/7"),
        ("?page=2", "https://api.example.com/v1/jobs?page=2"),
        ("//api.example.com/b", "https://api.example.com/b"),
        ("https://API.example.com:443/c d", "https://api.example.com:443/c%20d"),
        ("HTTPS://api.example.com/c", "https://api.example.com/c"),
        (" /a#part ", "https://api.example.com/a"),
        ("/ü", "https://api.example.com/%C3%BC"),
    ],
)
def test_an_address_of_the_base_s_origin(uri: str, url: str) -> None:
    assert built(BASE, uri) == url


@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("https://evil.example/", "base_left"),
        ("//evil.example/", "base_left"),
        ("http://api.example.com/", "base_left"),
        ("https://api.example.com:8443/", "base_left"),
        ("https://api.example.com.evil.example/", "base_left"),
        ("https://api.example.com@evil.example/", "userinfo_refused"),
        ("javascript:alert(1)", "input_invalid"),
        ("//[", "input_invalid"),
        ("/a\r\nb", "input_invalid"),
        ("https://evil.example\t/", "input_invalid"),
    ],
)
def test_another_address_is_refused(uri: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        built(BASE, uri)
    assert caught.value.code == code
    assert caught.value.pointer == "/uri"


@given(st.text(max_size=40) | st.from_regex(r"[\\/@:.a-z\[\]?#%{}-]{0,20}", fullmatch=True))
def test_no_text_leaves_the_origin(uri: str) -> None:
    try:
        url = built(BASE, uri)
    except HttpTaskError:
        return
    assert Origin.of(url) == HOME


def test_a_base_that_is_not_an_address_is_told() -> None:
    with pytest.raises(InputError, match=r"httptask\.base") as caught:
        built("api.example.com", "/x")
    assert caught.value.pointer in {"/base", "/uri"}


def run(tasks: TaskRunner, uri: str, given: str, **options: Any) -> TaskResult:
    context = Context.build(tasks={"t": {"output": {"at": given}}})
    return tasks.run({"http_request": {"uri": uri, "method": "GET"}, "httptask": options}, context)


def test_the_origin_of_a_task_is_its_base_s() -> None:
    inputs = {"uri": "https://a.example/", "method": "GET"}
    based = CompiledTask.of({**inputs, "httptask": {"base": "https://b.example"}})
    assert based.origin == Origin("https", "b.example", 443)
    computed = CompiledTask.of({**inputs, "httptask": {"base": "https://${workflow.input.h}/"}})
    assert computed.origin is None
    assert based.origin_pointer == "/inputParameters/httptask/base"


def test_a_location_is_mapped_and_followed_with_a_secret(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_TOKEN", "a-long-secret")
    auth = {"type": "bearer", "token": "${workflow.secrets.TOKEN}"}
    base = f"{httptask_server.url}/"
    for place in ("/echo", f"{httptask_server.url}/echo", "echo"):
        result = run(httptask_tasks, "${t.output.at}", place, base=base, auth=auth)
        assert result.status is TaskStatus.COMPLETED
    sent = {request.header("Authorization") for request in httptask_server.requests}
    assert sent == {"Bearer a-long-secret"}
    elsewhere = f"{httptask_other_server.url}/echo"
    result = run(httptask_tasks, "${t.output.at}", elsewhere, base=base, auth=auth)
    assert result.error is not None
    assert result.error.code == "base_left"
    assert f'"base": "{httptask_other_server.url}/"' in result.error.hint
    assert httptask_other_server.requests == []


@pytest.mark.parametrize(
    ("given", "code"),
    [("/echo", "input_invalid"), ("{url}/echo", "secret_origin_refused")],
)
def test_a_refusal_says_what_to_write(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    code: str,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_TOKEN", "a-long-secret")
    auth = {"type": "bearer", "token": "${workflow.secrets.TOKEN}"}
    at = given.format(url=httptask_server.url)
    error = run(httptask_tasks, "${t.output.at}", at, auth=auth).error
    assert error is not None
    assert error.code == code
    assert "base" in error.hint
    assert httptask_server.requests == []

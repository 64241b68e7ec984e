"""Any ``requests.auth`` object inside a plugin, its response hooks included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
import requests
from requests.auth import AuthBase, HTTPDigestAuth

from httptask.builtin.auth.requests_auth import send_with
from httptask.core.message import HttpRequest, HttpResponse
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.options import AuthOptions
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned
from httptask.testing import LoopbackServer
from httptask.testing.handlers.standard import PASSWORD, USERNAME
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]


class RequestsOptions(AuthOptions):
    """Whatever object the test made."""

    type: Literal["requests"]


class RequestsAuth:
    """Signs with an object of requests."""

    def __init__(self, auth: AuthBase) -> None:
        self.auth = auth

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("authorize", "requests", "", RequestsOptions)]

    @hookimpl
    def httptask_authorize(
        self, exchange: Exchange, request: HttpRequest, send: SendSigned
    ) -> HttpResponse:
        exchange.task.redactor.register(PASSWORD)
        return send_with(self.auth, exchange, request, send)


def run(make: Runners, auth: AuthBase, uri: str, method: str = "GET", **rest: Any) -> TaskResult:
    tasks = make({"requests": RequestsAuth(auth)})
    request = {"uri": uri, "method": method, **rest}
    return tasks.run({"http_request": request, "httptask": {"auth": {"type": "requests"}}})


@pytest.mark.parametrize("path", ["/auth/digest", "/auth/digest/sha256"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_digest(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, path: str, method: str
) -> None:
    auth = HTTPDigestAuth(USERNAME, PASSWORD)
    uri = f"{httptask_server.url}{path}?a=%20b"
    body = {"a": "ü" * 1000} if method == "POST" else None
    result = run(httptask_task_runner, auth, uri, method, body=body)
    assert result.status is TaskStatus.COMPLETED, result.reason
    assert result.output["response"]["body"]["json"] == body
    assert result.trace is not None
    assert [item.purpose for item in result.trace.exchanges] == ["task", "challenge"]
    assert result.trace.attempts[0].exchanges == (0, 1)
    first, second = httptask_server.requests
    assert first.all("Authorization") == []
    assert second.header("Authorization").startswith("Digest ")
    assert second.body == first.body
    assert "Digest username" not in str([item.request for item in result.trace.exchanges])
    assert first.connection == second.connection


def test_a_wrong_digest_ends_as_401(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    auth = HTTPDigestAuth(USERNAME, "wrong")
    result = run(httptask_task_runner, auth, f"{httptask_server.url}/auth/digest")
    assert result.output["response"]["statusCode"] == 401
    assert result.output["response"]["body"]["error"]["message"] == "the digest is wrong"
    assert len(httptask_server.requests) == 2


class Elsewhere(AuthBase):
    """Sends the request again to another place."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.headers["X-Sign"] = "1"
        prepared.register_hook("response", self.again)
        return prepared

    def again(self, response: requests.Response, **_: Any) -> requests.Response:
        moved = response.request.copy()
        moved.url = self.url
        assert response.content
        return response.connection.send(moved)  # type: ignore[no-any-return,attr-defined]


def test_a_re_send_is_judged(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_task_runner: Runners,
) -> None:
    uri = f"{httptask_server.url}/echo"
    for target in (f"{httptask_other_server.url}/echo", "http://169.254.169.254/"):
        result = run(httptask_task_runner, Elsewhere(target), uri)
        assert result.error is not None
        assert result.error.code == "egress_refused"
    assert httptask_other_server.requests == []
    same = run(httptask_task_runner, Elsewhere(f"{uri}/again"), uri)
    assert same.output["response"]["body"]["path"] == "/echo/again"


def test_a_challenge_has_a_limit(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    uri = f"{httptask_server.url}/big?bytes=5000000"
    result = run(httptask_task_runner, Elsewhere(f"{httptask_server.url}/echo"), uri)
    assert result.error is not None
    assert "over 4 MiB" in result.error.message
    assert len(httptask_server.requests) == 1


class Rewrites(AuthBase):
    """Changes header, body and address."""

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        prepared.prepare_body(b'{"signed": true}', None)
        prepared.headers["X-Sum"] = b"42"  # type: ignore[assignment]
        prepared.url = f"{prepared.url}&sig=abc"
        return prepared


def test_what_the_object_changes_is_sent(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    headers = {"X-Many": ["1", "2"]}
    uri = f"{httptask_server.url}/echo?a=1"
    result = run(httptask_task_runner, Rewrites(), uri, "POST", body={"a": 1}, headers=headers)
    assert result.status is TaskStatus.COMPLETED, result.reason
    (sent,) = httptask_server.requests
    assert sent.json() == {"signed": True}
    assert sent.all("X-Many") == ["1", "2"]
    assert sent.header("X-Sum") == "42"
    assert sent.target == "/echo?a=1&sig=abc"

"""Secrets go only where the author's literal text says: target, token call, redirect and proxy."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import quote

import pytest
from layering import plugin
from token_auth import TokenAuth

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest, HttpResponse, Origin
from httptask.core.result import TaskResult, TaskStatus
from httptask.core.sensitive import Redactor
from httptask.definition.field_types import Expr, Secret
from httptask.definition.options import AuthOptions
from httptask.expressions import Context
from httptask.hooks.views import Claim, SignedRequest
from httptask.testing import ForwardProxy, LoopbackServer
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]
SECRET = "s3cr3t/välue+with signs"


class ClientOptions(AuthOptions):
    """A client with a secret and a token endpoint."""

    type: Literal["client"]
    url: Expr[str]
    secret: Secret[Expr[str]]


def client(write: Callable[[str], tuple[bytes, dict[str, str]]]) -> object:
    """Return a plugin that sends its secret to its token endpoint, written in some way."""

    def authorize(exchange: Any, request: HttpRequest, send: Any) -> HttpResponse:
        auth = exchange.task.options.auth
        data, lines = write(auth.secret)
        headers = Headers([("Host", Origin.of(auth.url).authority), *lines.items()])
        exchange.ask(HttpRequest("POST", auth.url, headers, Body.of(data)), "token").read()
        response: HttpResponse = send(SignedRequest(request))
        return response

    return plugin("authorize", authorize, Claim("authorize", "client", "", ClientOptions))


WAYS: dict[str, Callable[[str], tuple[bytes, dict[str, str]]]] = {
    "form": lambda secret: (f"client_secret={quote(secret, safe='')}".encode(), {}),
    "form, lower case": lambda secret: (
        quote(secret, safe="").replace("%2F", "%2f").replace("%20", "+").encode(),
        {},
    ),
    "json": lambda secret: (json.dumps({"secret": secret}).encode(), {}),
    "json in utf-8": lambda secret: (json.dumps(secret, ensure_ascii=False).encode(), {}),
    "basic": lambda secret: (
        b"",
        {"Authorization": "Basic " + base64.b64encode(f"me:{secret}".encode()).decode()},
    ),
    "header": lambda secret: (b"", {"X-Secret": quote(secret)}),
}


def run(
    tasks: TaskRunner, server: LoopbackServer, auth: dict[str, Any], **values: Any
) -> TaskResult:
    inputs = {
        "http_request": {"uri": f"{server.url}/echo", "method": "GET"},
        "httptask": {"auth": auth},
    }
    return tasks.run(inputs, Context.build(input=values))


@pytest.mark.parametrize("way", WAYS)
def test_a_secret_does_not_leave_for_a_computed_token_address(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_task_runner: Runners,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_CLIENT", SECRET)
    tasks = httptask_task_runner(
        {"client": client(WAYS[way])},
        allow=[httptask_server.authority, httptask_other_server.authority],
    )
    auth = {"type": "client", "secret": "${workflow.secrets.CLIENT}"}
    computed = {**auth, "url": "${workflow.input.url}"}
    refused = run(tasks, httptask_server, computed, url=f"{httptask_other_server.url}/echo")
    assert refused.error is not None
    assert refused.error.code == "secret_origin_refused"
    assert SECRET not in str(refused.trace and refused.trace.to_json())
    assert httptask_other_server.requests == []
    literal = {**auth, "url": f"{httptask_other_server.url}/echo"}
    assert run(tasks, httptask_server, literal).status is TaskStatus.COMPLETED
    assert len(httptask_other_server.requests) == 1


def test_a_computed_token_address_that_is_configured(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_task_runner: Runners,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_CLIENT", SECRET)
    monkeypatch.setenv("HTTPTASK_SECRET_ORIGINS_CLIENT", httptask_other_server.url)
    tasks = httptask_task_runner(
        {"client": client(WAYS["form"])},
        allow=[httptask_server.authority, httptask_other_server.authority],
    )
    auth = {
        "type": "client",
        "secret": "${workflow.secrets.CLIENT}",
        "url": "${workflow.input.url}",
    }
    done = run(tasks, httptask_server, auth, url=f"{httptask_other_server.url}/echo")
    assert done.status is TaskStatus.COMPLETED, done.reason


def test_a_call_without_a_secret_may_go_to_a_computed_address(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_task_runner: Runners,
) -> None:
    tasks = httptask_task_runner(
        {"token": TokenAuth()}, allow=[httptask_server.authority, httptask_other_server.authority]
    )
    auth = {"type": "token", "url": "${workflow.input.url}"}
    url = f"{httptask_other_server.url}/status/200?text=token-0123456789"
    assert run(tasks, httptask_server, auth, url=url).status is TaskStatus.COMPLETED


def through(
    tasks: TaskRunner, uri: str, written: str, tls: Any = None, **values: Any
) -> TaskResult:
    auth = {"type": "bearer", "token": "${workflow.secrets.TOKEN}"}
    options = {"auth": auth, "proxy": written, **({"tls": tls} if tls else {})}
    return tasks.run(
        {"http_request": {"uri": uri, "method": "GET"}, "httptask": options},
        Context.build(input=values),
    )


def test_a_secret_does_not_leave_for_a_proxy_that_an_input_names(
    httptask_server: LoopbackServer,
    httptask_proxy: ForwardProxy,
    httptask_task_runner: Runners,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_TOKEN", "token-0123456789")
    tasks = httptask_task_runner(allow=[httptask_proxy.authority, httptask_server.authority])
    uri = f"{httptask_server.url}/echo"
    refused = through(tasks, uri, "${workflow.input.proxy}", proxy=httptask_proxy.url)
    assert refused.error is not None
    assert refused.error.code == "secret_origin_refused"
    assert refused.error.pointer == "/inputParameters/httptask/proxy"
    assert httptask_proxy.requests == []
    literal = through(tasks, uri, httptask_proxy.url)
    assert literal.status is TaskStatus.COMPLETED, literal.reason
    monkeypatch.setenv("HTTPTASK_SECRET_ORIGINS_TOKEN", httptask_proxy.url)
    configured = httptask_task_runner(allow=[httptask_proxy.authority, httptask_server.authority])
    allowed = through(configured, uri, "${workflow.input.proxy}", proxy=httptask_proxy.url)
    assert allowed.status is TaskStatus.COMPLETED, allowed.reason


def test_tls_keeps_a_secret_from_a_proxy_but_not_what_the_proxy_is_signed_in_with(
    httptask_tls_server: LoopbackServer,
    httptask_proxy: ForwardProxy,
    httptask_certificates: Any,
    httptask_task_runner: Runners,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_TOKEN", "token-0123456789")
    monkeypatch.setenv("HTTPTASK_SECRET_PROXY", "proxy-0123456789")
    tasks = httptask_task_runner(allow=[httptask_proxy.authority, httptask_tls_server.authority])
    uri, tls = f"{httptask_tls_server.url}/echo", {"caBundle": str(httptask_certificates.ca_bundle)}
    computed = "http://${workflow.input.proxy}"
    done = through(tasks, uri, computed, tls, proxy=httptask_proxy.authority)
    assert done.status is TaskStatus.COMPLETED, done.reason
    signed = "http://me:${workflow.secrets.PROXY}@${workflow.input.proxy}"
    for options, proxy in (({"verify": False}, computed), (tls, signed)):
        refused = through(tasks, uri, proxy, options, proxy=httptask_proxy.authority)
        assert refused.error is not None
        assert refused.error.code == "secret_origin_refused"
    assert [request.method for request in httptask_proxy.requests] == ["CONNECT"]


@pytest.mark.parametrize("secret", ["token-0123456789", "t0k"])
def test_a_bound_secret_stays_away_from_a_literal_proxy(
    httptask_server: LoopbackServer,
    httptask_proxy: ForwardProxy,
    httptask_task_runner: Runners,
    monkeypatch: pytest.MonkeyPatch,
    secret: str,
) -> None:
    """Who writes a definition for a service cannot send its secrets through a proxy of his own."""
    monkeypatch.setenv("HTTPTASK_SECRET_TOKEN", secret)
    variable = "HTTPTASK_SECRET_ORIGINS_TOKEN"
    monkeypatch.setenv(variable, f"only {httptask_server.url}")
    uri, allow = f"{httptask_server.url}/echo", [httptask_proxy.authority]
    for proxy in (httptask_proxy.url, httptask_proxy.url.replace("://", "://me:pw@")):
        refused = through(httptask_task_runner(allow=allow), uri, proxy)
        assert refused.error is not None
        assert refused.error.code == "secret_origin_refused"
        assert f"add the origin to {variable}" in refused.error.hint
    assert httptask_proxy.requests == []
    monkeypatch.setenv(variable, f"only {httptask_server.url} {httptask_proxy.url}")
    done = through(httptask_task_runner(allow=allow), uri, httptask_proxy.url)
    assert done.status is TaskStatus.COMPLETED, done.reason


@pytest.mark.parametrize("secret", ["secret-0123456789", "k4y"])
def test_a_redirect_does_not_carry_a_secret_that_an_engine_put_in(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_task_runner: Runners,
    secret: str,
) -> None:
    tasks = httptask_task_runner(allow=[httptask_other_server.authority])
    uri = f"{httptask_server.url}/redirect/307?to={httptask_other_server.url}/echo"
    request = {"uri": uri, "method": "POST", "body": {"secret": "${workflow.secrets.X}"}}
    redactor = Redactor([secret])
    given = {"http_request": {**request, "body": {"secret": secret}}}
    result = tasks.run(
        {"http_request": request}, redactor=redactor, inputs=given, given_secrets=frozenset({"X"})
    )
    assert result.error is not None
    assert result.error.code == "redirect_refused"
    assert httptask_other_server.requests == []


def test_a_redirect_does_not_carry_a_secret_to_a_literal_origin_of_something_else(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_task_runner: Runners,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That the token endpoint stands in the definition gives a redirect of the API no rights."""
    monkeypatch.setenv("HTTPTASK_SECRET_CLIENT", SECRET)
    tasks = httptask_task_runner(
        {"token": TokenAuth()}, allow=[httptask_server.authority, httptask_other_server.authority]
    )
    auth = {"type": "token", "url": f"{httptask_other_server.url}/status/200?text=tok-0123456789"}
    request = {
        "uri": f"{httptask_server.url}/redirect/307?to={httptask_other_server.url}/echo",
        "method": "POST",
        "body": {"secret": "${workflow.secrets.CLIENT}"},
    }
    result = tasks.run({"http_request": request, "httptask": {"auth": auth}})
    assert result.error is not None
    assert result.error.code == "redirect_refused"
    assert [sent.path for sent in httptask_other_server.requests] == ["/status/200"]


def test_a_signer_that_changes_the_body_leaves_no_old_length(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    """The framing is written from the body that is sent; nothing is left for the next task."""

    def grows(exchange: Any, signed: SignedRequest, send: Any) -> HttpResponse:
        request = signed.request
        assert request.body is not None
        body = Body.of(b'{"signed": true, "more": "than before"}', request.body.media_type)
        headers = request.headers.with_header("Content-Length", "1")
        headers = headers.with_header("Transfer-Encoding", "chunked")
        changed = HttpRequest(request.method, request.url, headers, body)
        response: HttpResponse = send(SignedRequest(changed))
        return response

    tasks = httptask_task_runner({"mine": plugin("guard", grows)})
    request = {"uri": f"{httptask_server.url}/echo", "method": "POST", "body": {"a": 1}}
    for _ in range(3):
        result = tasks.run({"http_request": request})
        assert result.output["response"]["body"]["json"]["signed"] is True
    assert httptask_server.connections == 1
    assert all(sent.all("Content-Length") == ["39"] for sent in httptask_server.requests)
    assert all(sent.all("Transfer-Encoding") == [] for sent in httptask_server.requests)
    assert result.trace is not None
    assert ["Content-Length", "39"] in result.trace.exchanges[0].request["headers"]


@pytest.mark.parametrize("way", WAYS)
def test_a_bound_secret_goes_to_its_origins_whatever_is_literal(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    httptask_task_runner: Runners,
    monkeypatch: pytest.MonkeyPatch,
    way: str,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_CLIENT", SECRET)
    auth = {"type": "client", "secret": "${workflow.secrets.CLIENT}"}
    literal = {**auth, "url": f"{httptask_other_server.url}/echo"}
    variable, plugins = "HTTPTASK_SECRET_ORIGINS_CLIENT", {"client": client(WAYS[way])}
    monkeypatch.setenv(variable, f"only {httptask_server.url}")
    refused = run(httptask_task_runner(plugins), httptask_server, literal)
    assert refused.error is not None
    assert refused.error.code == "secret_origin_refused"
    assert f"add the origin to {variable}" in refused.error.hint
    assert httptask_other_server.requests == httptask_server.requests == []
    monkeypatch.setenv(variable, f"only {httptask_other_server.url}")
    done = run(httptask_task_runner(plugins), httptask_server, literal)
    assert done.status is TaskStatus.COMPLETED, done.reason
    assert len(httptask_other_server.requests) == len(httptask_server.requests) == 1

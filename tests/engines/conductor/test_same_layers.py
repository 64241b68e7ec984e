"""The same definition with each layer: the same on the embedded engine and on a real server."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Mapping
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pytest
from layering import plugin
from real_server import SECRETS
from requests_oauthlib import OAuth1
from working import working

import httptask
from httptask.builtin.auth.requests_auth import send_with
from httptask.core.verdict import Action, Verdict
from httptask.definition.field_types import Expr, Secret
from httptask.definition.loader import load_workflow
from httptask.definition.options import AuthOptions
from httptask.engines.conductor.deploy import deploy
from httptask.hooks.claims import options_model
from httptask.hooks.views import Claim, Outcome
from httptask.pipeline import Pipeline
from httptask.plugins import build_manager, close_plugins
from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.certificates import Certificates
from httptask.testing.handlers import standard_routes
from httptask.testing.handlers.standard import PASSWORD, USERNAME

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "repeat": ("GET", "/flaky/one?failures=1", {"retry": {"maxAttempts": 2, "initialDelayMs": 0}}),
    "redirects": ("GET", "/moved", {"redirects": {"max": 2}}),
    "bearer": ("GET", "/echo", {"auth": {"type": "bearer", "token": "${workflow.secrets.TOK}"}}),
    "digest": (
        "GET",
        "/auth/digest",
        {"auth": {"type": "digest", "username": USERNAME, "password": PASSWORD}},
    ),
    "oauth2": (
        "GET",
        "/limited",
        {
            "auth": {
                "type": "oauth2",
                "grant": "client_credentials",
                "tokenUrl": "URL/token",
                "clientId": "me",
                "clientSecret": "${workflow.secrets.TOK}",
            }
        },
    ),
    "aws-sigv4": (
        "GET",
        "/limited",
        {
            "auth": {
                "type": "aws-sigv4",
                "accessKey": "AKIDEXAMPLE",
                "secretKey": "${workflow.secrets.TOK}",
                "region": "eu-west-1",
                "service": "execute-api",
            }
        },
    ),
    "page": ("GET", "/paging/number", {"paging": {"kind": "page", "parameter": "page"}}),
    "offset": ("GET", "/paging/offset", {"paging": {"kind": "offset", "parameter": "offset"}}),
    "cursor": (
        "GET",
        "/paging/cursor",
        {"paging": {"kind": "cursor", "parameter": "cursor", "token": "$.response.body.next"}},
    ),
    "last_item": ("GET", "/paging/after", {"paging": {"kind": "last_item", "parameter": "after"}}),
    "link": ("GET", "/paging/link", {"paging": {"kind": "link"}}),
    "next_url": (
        "GET",
        "/paging/url",
        {"paging": {"kind": "next_url", "token": "$.response.body.links.next", "maxPages": 2}},
    ),
    "paging that fails": (
        "GET",
        "/endless",
        {"paging": {"kind": "page", "parameter": "page"}},
    ),
    "poll": ("POST", "/work", {"poll": {"interval": 1}}),
    "poll that fails": (
        "POST",
        "/work?fails=1",
        {"poll": {"interval": 1, "until": {"path": "$.response.body.status"}}},
    ),
    "cache": ("GET", "/stored", {"cache": {}}),
    "limits": ("GET", "/limited", {"limits": {"concurrency": 1}}),
    "graphql": ("POST", "/graphql", {"graphql": {"query": "{a}", "variables": {"n": 1}}}),
    "graphql that fails": ("POST", "/graphql?fails=1", {"graphql": {"query": "{a}"}}),
    "xml": ("GET", "/xml", {"response": {"format": "xml"}}),
    "csv": ("GET", "/csv", {"response": {"format": "csv"}}),
}


@pytest.fixture
def service(httptask_loopback: Any) -> Any:
    """Start a service that knows of no request yet."""

    def started() -> LoopbackServer:
        polls, stored, lock = itertools.count(1), itertools.count(1), threading.Lock()

        def work(request: Any) -> Reply:
            if request.method == "POST":
                return Reply(202, (("Location", request.target),))
            status = "failed" if request.argument("fails", "") else "done"
            return json_reply({"n": next(polls), "status": status})

        def kept(request: Any) -> Reply:
            dated = [("Date", formatdate(usegmt=True)), ("Cache-Control", "max-age=60")]
            with lock:
                return json_reply(next(stored), headers=dated)

        def graphql(request: Any) -> Reply:
            fails = request.argument("fails", "")
            return json_reply(
                {"errors": [{"message": "no"}]} if fails else {"data": request.json()}
            )

        limited = [("RateLimit", '"default";r=5;t=60')]
        kinds = {
            "/moved": lambda request: Reply(302, (("Location", "/limited"),)),
            "/endless": lambda request: json_reply([{"id": 1}]),
            "/work": work,
            "/stored": kept,
            "/limited": lambda request: json_reply("ok", headers=limited),
            "/graphql": graphql,
            "/xml": lambda request: _text("application/xml", b"<a><b>1</b></a>"),
            "/token": lambda request: json_reply({"access_token": "t1", "expires_in": 60}),
            "/csv": lambda request: _text("text/csv", b"a,b\n1,2\n"),
        }
        server: LoopbackServer = httptask_loopback({**standard_routes(), **kinds})
        return server

    return started


def _text(kind: str, data: bytes) -> Reply:
    return Reply(200, (("Content-Type", kind),), data)


def _tasks(server: LoopbackServer, http_task: Any, case: str) -> list[dict[str, Any]]:
    method, path, options = CASES[case]
    number = 2 if case == "cache" else 1
    output = {"whole": {"path": "$.response.body", "default": None}}
    placed = json.loads(json.dumps(options).replace("URL", server.url))
    parts = {"httptask": {"output": output, **placed}}
    return [
        http_task(f"call{each}", f"{server.url}{path}", method, **parts) for each in range(number)
    ]


def _shown(run: Mapping[str, Any], server: LoopbackServer) -> list[Any]:
    """Return what came of a run's tasks, but for the time and the port, and its requests."""
    shown = []
    for task in run["tasks"]:
        output = dict(task["outputData"])
        response = {**output["response"], "headers": sorted(output["response"]["headers"])}
        reason = task.get("reasonForIncompletion") or ""
        shown.append([task["status"], reason, {**output, "response": response}])
    sent = [[request.method, request.target] for request in server.requests]
    return list(json.loads(json.dumps([*shown, sent]).replace(server.authority, "HOST")))


@pytest.mark.parametrize("case", CASES)
def test_each_layer_gives_the_same(
    bench: Any,
    service: Any,
    http_task: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: str,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_TOK", SECRETS["TOK"])
    here, there = service(), service()
    settings = httptask.Settings.from_environment(allow_hosts=["127.0.0.1"], data=tmp_path / "own")
    flow = {"name": "own", "version": 1, "schemaVersion": 2, "tasks": _tasks(here, http_task, case)}
    own = _shown(httptask.run_workflow(flow, input={}, settings=settings), here)
    name = bench.deployed(*_tasks(there, http_task, case))
    with bench.worker():
        theirs = _shown(bench.run(name), there)
    assert own == theirs
    assert ("fails" in case) is (own[0][0] != "COMPLETED")


class OAuth1Options(AuthOptions):
    """As in docs/requests-auth.md, with fewer keys."""

    type: Literal["oauth1"]
    client_secret: Secret[Expr[str]]


def _oauth1(exchange: Any, request: Any, send: Any) -> Any:
    return send_with(
        OAuth1("me", exchange.task.options.auth.client_secret), exchange, request, send
    )


def _breaker(attempt: Any, request: Any, attempt_once: Any) -> Outcome:
    if attempt.number < 3:
        outcome: Outcome = attempt_once(request)
        return outcome
    return Outcome(Verdict(Action.FAIL, "the breaker is open"))


def _plugins() -> dict[str, object]:
    claim = Claim("authorize", "oauth1", "OAuth 1.0a", OAuth1Options)
    return {"oauth1": plugin("authorize", _oauth1, claim), "breaker": plugin("breaker", _breaker)}


def _beyond(server: LoopbackServer, made: Certificates, http_task: Any) -> list[dict[str, Any]]:
    """Return tasks with a client certificate, with what plugins add, and with what we leave out."""
    files = {"clientCertificate": str(made.client_certificate), "clientKey": str(made.client_key)}
    texts = {
        "clientCertificatePem": "${workflow.secrets.CERTIFICATE}",
        "clientKeyPem": "${workflow.secrets.KEY}",
    }
    oauth1 = {"type": "oauth1", "clientSecret": "${workflow.secrets.TOK}"}
    kinds: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
        "files": ("/echo", {"tls": files}, {}),
        "texts": ("/echo", {"tls": texts}, {}),
        "oauth1": ("/signed", {"tls": files, "auth": oauth1}, {}),
        "hedging": ("/echo", {"tls": files}, {"hedgingConfig": {"maxAttempts": 2}}),
        "breaker": (
            "/status/503",
            {"tls": files, "retry": {"maxAttempts": 5, "initialDelayMs": 0}},
            {},
        ),
    }
    tasks = []
    for ref, (path, options, request) in kinds.items():
        options["tls"]["caBundle"] = str(made.ca_bundle)
        options["output"] = {"whole": {"path": "$.response.body", "default": None}}
        tasks.append(http_task(ref, f"{server.url}{path}", request=request, httptask=options))
    return tasks


def _signed(request: Any) -> Reply:
    return json_reply(request.header("Authorization").partition(" ")[0])


def test_certificates_and_plugins_give_the_same(
    bench: Any,
    http_task: Any,
    httptask_certificates: Certificates,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    made = httptask_certificates
    monkeypatch.setenv("HTTPTASK_TLS_FOLDERS", str(made.client_key.parent))
    monkeypatch.setenv("HTTPTASK_SECRET_TOK", SECRETS["TOK"])
    monkeypatch.setenv("HTTPTASK_SECRET_CERTIFICATE", made.client_certificate.read_text())
    monkeypatch.setenv("HTTPTASK_SECRET_KEY", made.client_key.read_text())
    settings = httptask.Settings.from_environment(allow_hosts=["127.0.0.1"], data=tmp_path)
    manager = build_manager(_plugins())
    request.addfinalizer(partial(close_plugins, manager))
    routes = {**standard_routes(), "/signed": _signed}

    def flow(server: LoopbackServer) -> dict[str, Any]:
        tasks = _beyond(server, made, http_task)
        return {"name": "beyond", "version": 1, "schemaVersion": 2, "tasks": tasks}

    with LoopbackServer(routes, tls=made.mutual_context()) as server:
        document = flow(server)
        for target in ("httptask", "worker"):
            found = httptask.check_workflow(document, target=target, manager=manager)
            ignored = [each.pointer for each in found if each.code == "field_ignored"]
            assert ignored == ["/tasks/3/inputParameters/http_request/hedgingConfig"]
        run = httptask.run_workflow(document, input={}, settings=settings, manager=manager)
        own = _shown(run, server)
    with LoopbackServer(routes, tls=made.mutual_context()) as server:
        loaded = load_workflow(flow(server), options_model=options_model(manager))
        deploy(bench.client, loaded, namespace=bench.namespace)
        with working(bench.options(), settings=settings, pipeline=Pipeline(manager)):
            theirs = _shown(bench.run("beyond"), server)
    assert own == theirs
    assert [status for status, *_ in own[:-1]] == ["COMPLETED"] * 4 + ["FAILED"]
    assert own[4][1] == "the breaker is open"
    assert own[2][2]["response"]["body"] == "OAuth"
    assert [target for _, target in own[-1]][4:] == ["/status/503"] * 2

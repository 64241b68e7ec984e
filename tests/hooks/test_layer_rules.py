"""The rules around layers: order, errors, options, rights of a layer's own calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from layering import AROUND, layers, plugin, request_to, through
from msgspec.structs import replace
from pydantic import Field
from token_auth import TokenAuth

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.core.result import TaskStatus
from httptask.core.tracing import Level
from httptask.core.verdict import Action, Verdict
from httptask.definition.field_types import Expr, Model, Secret
from httptask.definition.loader import load_task
from httptask.definition.options import HttpTaskOptions
from httptask.definition.schema import build_schema
from httptask.errors import PluginError
from httptask.expressions import Context
from httptask.hooks import hookimpl
from httptask.hooks.claims import options_model
from httptask.hooks.views import Claim, DecodedBody, Outcome, SignedRequest
from httptask.plugins import build_manager
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]


@pytest.mark.parametrize("slot", AROUND)
def test_a_layer_that_hands_on(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, slot: str
) -> None:
    result = httptask_task_runner({"mine": plugin(slot, through)}).run(request_to(httptask_server))
    assert result.status is TaskStatus.COMPLETED, result.reason
    assert layers(result) == [(slot, 1)]


@pytest.mark.parametrize("slot", AROUND)
def test_what_a_layer_raises_is_an_error_of_ours(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, slot: str
) -> None:
    def fails(view: Any, request: Any, onward: Any) -> Any:
        raise KeyError("key")

    result = httptask_task_runner({"mine": plugin(slot, fails)}).run(request_to(httptask_server))
    assert result.status is TaskStatus.FAILED_WITH_TERMINAL_ERROR
    assert result.error is not None
    assert (result.error.code, result.error.stage) == ("plugin_failed", slot)
    assert httptask_server.requests == []


@pytest.mark.parametrize("slot", AROUND)
def test_a_layer_that_gives_something_else(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, slot: str
) -> None:
    mine = plugin(slot, lambda view, request, onward: None)
    result = httptask_task_runner({"mine": mine}).run(request_to(httptask_server))
    assert result.error is not None
    assert result.error.code == "plugin_failed"
    assert f"{slot} of mine returned a NoneType" in result.error.message


CANNED = Outcome(
    Verdict(Action.SUCCESS),
    HttpResponse(200, "", Headers(), MemoryStream(b""), "http://h/"),
    DecodedBody({"canned": True}),
)


@pytest.mark.parametrize("slot", ["pinned", "page", "poll", "repeat", "breaker"])
def test_a_layer_that_responds_by_itself(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, slot: str
) -> None:
    mine = plugin(slot, lambda view, request, onward: CANNED)
    result = httptask_task_runner({"mine": mine}).run(request_to(httptask_server))
    assert result.output["response"]["body"] == {"canned": True}
    assert layers(result) == [(slot, 0)]
    assert httptask_server.requests == []


@pytest.fixture
def token_tasks(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> TaskRunner:
    return httptask_task_runner({"token": TokenAuth()})


def tokens(server: LoopbackServer) -> dict[str, str]:
    return {"type": "token", "url": f"{server.url}/status/200?text=token-0123456789"}


def test_a_token_call(httptask_server: LoopbackServer, token_tasks: TaskRunner) -> None:
    result = token_tasks.run(request_to(httptask_server, auth=tokens(httptask_server)))
    assert result.status is TaskStatus.COMPLETED, result.reason
    assert ["Authorization", "Bearer ***"] in result.output["response"]["body"]["headers"]
    assert result.trace is not None
    exchanges = result.trace.exchanges
    assert [exchange.purpose for exchange in exchanges] == ["token", "task"]
    assert "token-0123456789" not in str(exchanges[0].response)
    assert result.trace.attempts[0].exchanges == (0, 1)
    token_tasks.run(request_to(httptask_server, auth=tokens(httptask_server)))
    assert len(httptask_server.requests) == 3


def test_a_refused_token_is_renewed_once(
    httptask_server: LoopbackServer, token_tasks: TaskRunner
) -> None:
    inputs = request_to(httptask_server, "/status/401", auth=tokens(httptask_server))
    inputs["http_request"]["method"] = "POST"
    result = token_tasks.run(inputs)
    assert result.status is TaskStatus.FAILED
    assert result.trace is not None
    assert [attempt.action for attempt in result.trace.attempts] == ["fail"]
    assert layers(result, "token") == [("authorize", 2)]
    purposes = [exchange.purpose for exchange in result.trace.exchanges]
    assert purposes == ["token", "task", "token", "challenge"]
    assert httptask_server.connections == 1


def test_a_dry_run_makes_no_token_call(
    httptask_server: LoopbackServer, token_tasks: TaskRunner
) -> None:
    inputs = request_to(httptask_server, auth=tokens(httptask_server))
    result = token_tasks.run(inputs, stop_after="authorize")
    assert result.error is not None
    assert result.error.code == "dry_run"
    assert httptask_server.requests == []


def test_a_literal_token_address_has_the_rights_of_a_literal_uri(
    httptask_server: LoopbackServer,
    httptask_other_server: LoopbackServer,
    token_tasks: TaskRunner,
    httptask_task_runner: Runners,
) -> None:
    auth = tokens(httptask_other_server)
    literal = token_tasks.run(request_to(httptask_server, auth=auth))
    assert literal.status is TaskStatus.COMPLETED, literal.reason
    stranger = httptask_task_runner({"token": TokenAuth()}, author=False)
    assert stranger.run(request_to(httptask_server, auth=auth)).error.code == "egress_refused"
    computed = {"type": "token", "url": "${url.output}"}
    context = Context.build(tasks={"url": {"output": auth["url"]}})
    refused = httptask_task_runner({"token": TokenAuth()}).run(
        request_to(httptask_server, auth=computed), context
    )
    assert refused.error is not None
    assert refused.error.code == "egress_refused"


def test_a_token_response_has_a_limit(
    httptask_server: LoopbackServer, token_tasks: TaskRunner
) -> None:
    auth = {"type": "token", "url": f"{httptask_server.url}/big?bytes=5000000"}
    result = token_tasks.run(request_to(httptask_server, auth=auth))
    assert result.error is not None
    assert result.error.code == "response_too_large"


class StampOptions(Model):
    """What the stamp says."""

    text: Expr[str]
    secret: Secret[Expr[str]] | None = None


STAMP = Claim("guard", "stamp", "a stamp in X-Stamp", options=StampOptions)


def stamp(exchange: Any, signed: SignedRequest, send: Any) -> HttpResponse:
    text = exchange.task.option("stamp").text
    headers = signed.request.headers.with_header("X-Stamp", text)
    response: HttpResponse = send(replace(signed, request=signed.request.with_headers(headers)))
    return response


def test_a_layer_with_options_of_its_own(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    tasks = httptask_task_runner({"mine": plugin("guard", stamp, STAMP)})
    inputs = request_to(httptask_server, stamp={"text": "paid"})
    assert layers(tasks.run(inputs)) == [("guard", 1)]
    assert httptask_server.requests[0].header("X-Stamp") == "paid"
    assert layers(tasks.run(request_to(httptask_server))) == []
    wrong = tasks.run(request_to(httptask_server, stamp={"txt": "paid"}))
    assert wrong.error is not None
    assert wrong.error.pointer == "/inputParameters/httptask/stamp/txt"
    without = httptask_task_runner().run(inputs)
    assert without.error is not None
    assert without.error.pointer == "/inputParameters/httptask/stamp"


class Inner(Model):
    """Options inside options."""

    pin: Secret[Expr[str]] | None = None
    shown: str = ""


class Marked(Model):
    """Options with secrets in every place."""

    key: Secret[Expr[str]] | None = None
    many: list[Secret[str]] = Field(default=[])
    number: Secret[int] | None = None
    inner: Inner | None = None
    named: dict[str, Inner] = Field(default={})
    shown: Expr[str] | None = None


def test_what_is_marked_as_a_secret_is_masked(
    httptask_server: LoopbackServer,
    httptask_task_runner: Runners,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever marks it: authentication, proxy, a plugin's options; by its place, and by value."""
    monkeypatch.setenv("HTTPTASK_SECRET_PIN", "p1n")
    secrets = {"key": "lit", "many": ["one", "two"], "number": 4711}
    inner = {"pin": "${workflow.secrets.PIN}", "shown": "in sight"}
    options = {**secrets, "inner": inner, "named": {"a": {"pin": "pi2"}}, "shown": "lit too"}

    def sends(exchange: Any, request: HttpRequest, send: Any) -> HttpResponse:
        given = exchange.task.option("marked")
        texts = [given.key, *given.many, given.number, given.inner.pin, given.named["a"].pin]
        body = Body.of("&".join(map(str, texts)).encode(), f"text/x-{given.key}")
        url, headers = f"{httptask_server.url}/status/204?k={given.key}", Headers([("X", "one")])
        exchange.drop(exchange.ask(HttpRequest("POST", url, headers, body), "token"))
        response: HttpResponse = send(request)
        return response

    mine = plugin("hedge", sends, Claim("hedge", "marked", options=Marked))
    events: list[Any] = []
    auth = {"type": "basic", "username": "ana", "password": "pw0"}
    inputs = request_to(httptask_server, "/status/204", marked=options, auth=auth)
    result = httptask_task_runner({"mine": mine}).run(
        inputs, level=Level.TRACE, watch=lambda *event: events.append(event)
    )
    assert result.trace is not None
    assert result.error is None, result.reason
    shown = result.trace.to_json()["stages"][0]["value"]["httptask"]
    assert shown["marked"] == {
        "key": "***",
        "many": "***",
        "number": "***",
        "inner": {"pin": "***", "shown": "in sight"},
        "named": {"a": {"pin": "***"}},
        "shown": "lit too",
    }
    assert shown["auth"] == {"type": "basic", "username": "ana", "password": "***"}
    asked = result.trace.exchanges[0].request
    assert asked["body"]["text"] == "***&***&***&***&***&***"
    text = json.dumps([asked, shown["auth"], events[:1]])
    for secret in ("one", "two", "4711", "p1n", "pi2", "pw0", "k=lit", "x-lit"):
        assert secret not in text.replace(httptask_server.authority, "")


def test_options_of_a_plugin_stand_in_the_schemas_and_the_checks() -> None:
    manager = build_manager({"mine": plugin("guard", stamp, STAMP)}, installed=False)
    model = options_model(manager)
    assert issubclass(model, HttpTaskOptions)
    for name in ("task", "workflow", "httptask-options"):
        assert "What the stamp says." in str(build_schema(name, model))
    task = {
        "name": "t",
        "taskReferenceName": "t",
        "type": "HTTP",
        "inputParameters": {
            "http_request": {"uri": "https://h/", "method": "GET"},
            "httptask": {"stamp": {"text": 7}},
        },
    }
    (finding,) = load_task(task, options_model=model).findings
    assert finding.pointer == "/inputParameters/httptask/stamp/text"
    (unknown,) = load_task(task).findings
    assert (unknown.code, unknown.pointer) == ("unknown_key", "/inputParameters/httptask/stamp")


def test_options_that_two_plugins_bring() -> None:
    class Other(Model):
        """Another model for the same key."""

    both = {
        "one": plugin("guard", stamp, STAMP),
        "two": plugin("observe", stamp, Claim("observe", "stamp", options=Other)),
    }
    with pytest.raises(PluginError, match="'stamp', which has some already"):
        build_manager(both, installed=False)
    ours = plugin("guard", stamp, Claim("guard", "retry", options=StampOptions))
    with pytest.raises(PluginError, match="'retry', which has some already"):
        build_manager({"mine": ours}, installed=False)
    odd = plugin("guard", stamp, Claim("guard", "no key", options=StampOptions))
    with pytest.raises(PluginError, match="not a key"):
        build_manager({"mine": odd}, installed=False)


def test_a_layer_is_not_a_wrapper() -> None:
    class Wraps:
        @hookimpl
        def httptask_claims(self) -> list[Claim]:
            return [Claim("guard", "wraps")]

        @hookimpl(wrapper=True)
        def httptask_guard(self) -> Any:
            return (yield)

    with pytest.raises(PluginError, match="as a wrapper"):
        build_manager({"mine": Wraps()}, installed=False)


def test_layers_nest_in_the_order_of_the_slots(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    order: list[str] = []

    def noting(slot: str) -> Callable[..., Any]:
        def act(view: Any, request: Any, onward: Any) -> Any:
            order.append(slot)
            return onward(request)

        return act

    mine = {slot: plugin(slot, noting(slot)) for slot in reversed(AROUND)}
    assert httptask_task_runner(mine).run(request_to(httptask_server)).error is None
    assert order == AROUND

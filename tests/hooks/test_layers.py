"""Each slot of the layers: when it runs, what a layer may do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace as replace_field
from typing import Any, Literal

import pytest
from layering import layers, plugin, request_to, through
from msgspec.structs import replace

from httptask.core.execution import Execution, Part
from httptask.core.message import Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.core.result import TaskStatus
from httptask.core.verdict import Action, Verdict
from httptask.definition.field_types import Expr, Secret
from httptask.definition.options import AuthOptions
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, DecodedBody, Outcome, SignedRequest
from httptask.testing import LoopbackServer, Reply
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]


def test_hook_pinned(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    def pinned(task: Any, request: HttpRequest, ask: Any) -> Outcome:
        outcome: Outcome = ask(replace(request, url=f"{httptask_server.url}/echo/pinned"))
        task.keep({"seen": True})
        return outcome

    kept: list[Any] = []
    tasks = httptask_task_runner({"mine": plugin("pinned", pinned)})
    execution = replace_field(Execution.fresh("call"), part=Part(keep=kept.append))
    result = tasks.run(request_to(httptask_server), execution=execution)
    assert result.output["response"]["body"]["path"] == "/echo/pinned"
    assert kept == [{"layers": {"pinned/test": {"seen": True}}, "mayRepeat": True}]


def test_hook_page(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    """Each page has attempts of its own."""

    def pages(task: Any, request: HttpRequest, ask: Any) -> Outcome:
        found = [
            ask(replace(request, url=f"{httptask_server.url}/flaky/p{n}?failures=1"))
            for n in range(3)
        ]
        return Outcome(found[-1].verdict, found[-1].response, DecodedBody(len(found)))

    tasks = httptask_task_runner({"mine": plugin("page", pages)})
    retry = {"maxAttempts": 2, "initialDelayMs": 0}
    result = tasks.run(request_to(httptask_server, retry=retry))
    assert result.output["response"]["body"] == 3
    assert layers(result) == [("page", 3)]
    assert layers(result, "httptask.repeat") == [("repeat", 2)] * 3
    assert result.trace is not None
    assert [attempt.number for attempt in result.trace.attempts] == [1, 2, 3, 4, 5, 6]


def test_hook_poll(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    states = iter(["queued", "running", "done"])

    def state(_: Any) -> Reply:
        return Reply(200, (("Content-Type", "application/json"),), b'"%s"' % next(states).encode())

    def poll(task: Any, request: HttpRequest, ask: Any) -> Outcome:
        while True:
            outcome: Outcome = ask(request)
            if outcome.body is not None and outcome.body.value == "done":
                return outcome
            task.wait(0.001)

    httptask_server.route("/state", state)
    tasks = httptask_task_runner({"mine": plugin("poll", poll)})
    result = tasks.run(request_to(httptask_server, "/state"))
    assert result.output["response"]["body"] == "done"
    assert layers(result) == [("poll", 3)]


def test_a_wait_ends_with_the_deadline(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    mine = plugin("poll", lambda task, request, ask: task.wait(60))
    tasks = httptask_task_runner({"mine": mine})
    result = tasks.run(request_to(httptask_server, deadlineMs=1000))
    assert result.error is not None
    assert result.error.code == "deadline_exceeded"


def test_hook_repeat(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    """A plugin that claims our own kind stands in for it."""

    def twice(attempt: Any, request: HttpRequest, attempt_once: Any) -> Outcome:
        assert attempt.number == 1
        attempt_once(request)
        outcome: Outcome = attempt_once(request)
        return outcome

    mine = plugin("repeat", twice, Claim("repeat", "retry"))
    result = httptask_task_runner({"mine": mine}).run(request_to(httptask_server, retry={}))
    assert result.status is TaskStatus.COMPLETED
    assert len(httptask_server.requests) == 2
    assert layers(result, "httptask.repeat") == []


def test_hook_breaker(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    def breaks(attempt: Any, request: HttpRequest, attempt_once: Any) -> Outcome:
        if httptask_server.requests:
            return Outcome(Verdict(Action.FAIL, "the breaker is open"))
        outcome: Outcome = attempt_once(request)
        return outcome

    tasks = httptask_task_runner({"mine": plugin("breaker", breaks)})
    tasks.run(request_to(httptask_server, "/status/503"))
    refused = tasks.run(request_to(httptask_server))
    assert (refused.status, refused.reason) == (TaskStatus.FAILED, "the breaker is open")
    assert len(httptask_server.requests) == 1


def test_a_breaker_is_given_the_attempt_that_it_may_refuse(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    def breaks(attempt: Any, request: HttpRequest, attempt_once: Any) -> Outcome:
        if attempt.number == 3:
            return Outcome(Verdict(Action.FAIL, "the breaker is open"))
        outcome: Outcome = attempt_once(request)
        return outcome

    tasks = httptask_task_runner({"mine": plugin("breaker", breaks)})
    retry = {"maxAttempts": 5, "initialDelayMs": 0}
    refused = tasks.run(request_to(httptask_server, "/status/503", retry=retry))
    assert refused.reason == "the breaker is open"
    assert len(httptask_server.requests) == 2


def test_hook_redirect(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    def stays(exchange: Any, request: HttpRequest, send: Any) -> HttpResponse:
        response: HttpResponse = send(request)
        return replace(response, status=299) if response.status == 302 else response

    mine = plugin("redirect", stays, Claim("redirect", "redirects"))
    result = httptask_task_runner({"mine": mine}).run(request_to(httptask_server, "/redirect/302"))
    assert result.output["response"]["statusCode"] == 299
    assert len(httptask_server.requests) == 1


@pytest.mark.parametrize("slot", ["replay", "cache"])
def test_hook_replay(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, slot: str
) -> None:
    """What responds outside authorize never sees a credential."""

    def stored(exchange: Any, request: HttpRequest, send: Any) -> HttpResponse:
        assert "Authorization" not in request.headers
        headers = Headers([("Content-Type", "application/json")])
        return HttpResponse(200, "", headers, MemoryStream(b"[1]"), request.url)

    auth = {"type": "bearer", "token": "tok-0123456789"}
    tasks = httptask_task_runner({"mine": plugin(slot, stored)})
    result = tasks.run(request_to(httptask_server, auth=auth))
    assert result.output["response"]["body"] == [1]
    assert layers(result) == [(slot, 0)]
    assert layers(result, "httptask.auth") == []
    assert httptask_server.requests == []


def test_hook_cache(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    """A response that a layer does not hand on gives its connection back."""

    def fresh(exchange: Any, request: HttpRequest, send: Any) -> HttpResponse:
        send(request)
        response: HttpResponse = send(request)
        return response

    tasks = httptask_task_runner({"mine": plugin("cache", fresh)})
    for _ in range(3):
        result = tasks.run(request_to(httptask_server))
        assert layers(result) == [("cache", 2)]
    assert len(httptask_server.requests) == 6
    assert httptask_server.connections == 2


def test_hook_hedge(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    def hedge(exchange: Any, request: HttpRequest, send: Any) -> HttpResponse:
        assert request.may_repeat
        first = send(request)
        exchange.drop(first)
        response: HttpResponse = send(request)
        return response

    tasks = httptask_task_runner({"mine": plugin("hedge", hedge)})
    result = tasks.run(request_to(httptask_server))
    assert result.status is TaskStatus.COMPLETED
    assert httptask_server.connections == 1
    assert result.trace is not None
    assert [each.purpose for each in result.trace.exchanges] == ["task", "task"]
    assert all(each.timings.total > 0 for each in result.trace.exchanges)


@pytest.mark.parametrize("slot", ["guard", "observe"])
def test_hook_guard(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, slot: str
) -> None:
    """It is inside authorize, and outside of our own policy and recorder."""

    def marks(exchange: Any, signed: SignedRequest, send: Any) -> HttpResponse:
        assert signed.request.headers.get("Authorization") == "Bearer tok-0123456789"
        headers = signed.request.headers.with_header("X-Seen", exchange.purpose)
        response: HttpResponse = send(replace(signed, request=signed.request.with_headers(headers)))
        return response

    auth = {"type": "bearer", "token": "tok-0123456789"}
    tasks = httptask_task_runner({"mine": plugin(slot, marks)})
    result = tasks.run(request_to(httptask_server, "/redirect/302?to=/echo", auth=auth))
    assert [sent.header("X-Seen") for sent in httptask_server.requests] == ["task", "redirect"]
    assert result.trace is not None
    shown = result.trace.exchanges[0].request["headers"]
    assert ["X-Seen", "task"] in shown


def test_hook_observe(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    """A stream can be watched while it is read."""
    seen = bytearray()

    class Watched:
        def __init__(self, stream: Any) -> None:
            self.stream = stream

        def __iter__(self) -> Iterator[bytes]:
            for chunk in self.stream:
                seen.extend(chunk)
                yield chunk

        def close(self) -> None:
            self.stream.close()

    def watch(exchange: Any, signed: SignedRequest, send: Any) -> HttpResponse:
        response: HttpResponse = send(signed)
        return response.with_stream(Watched(response.stream))

    tasks = httptask_task_runner({"mine": plugin("observe", watch)})
    result = tasks.run(request_to(httptask_server))
    assert result.status is TaskStatus.COMPLETED
    assert b'"path": "/echo"' in seen or b'"path":"/echo"' in seen
    tasks.run(request_to(httptask_server))
    assert httptask_server.connections == 1


class Canned:
    """A response that comes from nowhere."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks, self.closed = chunks, 0

    def __iter__(self) -> Any:
        return iter(self.chunks)

    def close(self) -> None:
        self.closed += 1


def transport(kind: str, stream: Any) -> object:
    class Send:
        @hookimpl
        def httptask_claims(self) -> list[Claim]:
            return [Claim("send_request", kind)]

        @hookimpl
        def httptask_send_request(self, exchange: Any, signed: SignedRequest) -> HttpResponse:
            exchange.probe.dns = 0.25
            headers = Headers([("Content-Type", "application/json")])
            return HttpResponse(200, "", headers, stream, signed.request.url)

    return Send()


NOWHERE = {"http_request": {"uri": "http://nowhere.example/", "method": "GET"}}


def test_hook_send_request(httptask_task_runner: Runners) -> None:
    stream = Canned(b'{"a": ', b"1}")
    tasks = httptask_task_runner({"mine": transport("mine", stream)})
    assert tasks.run(NOWHERE).status is TaskStatus.FAILED
    result = tasks.run(NOWHERE, transport="mine")
    assert result.output["response"]["body"] == {"a": 1}
    assert stream.closed > 0
    assert result.trace is not None
    assert result.trace.exchanges[0].timings.dns == 250
    assert layers(result) == [("send_request", 0)]


def test_the_operator_chooses_the_transport(
    httptask_task_runner: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_TRANSPORT", "mine")
    tasks = httptask_task_runner({"mine": transport("mine", Canned(b"[]"))})
    assert tasks.run(NOWHERE).output["response"]["body"] == []
    monkeypatch.setenv("HTTPTASK_TRANSPORT", "mien")
    unknown = httptask_task_runner({"mine": transport("mine", Canned())}).run(NOWHERE)
    assert unknown.error is not None
    assert unknown.error.code == "transport_unknown"
    assert "http1, mine" in unknown.error.hint


class PinOptions(AuthOptions):
    """A PIN."""

    type: Literal["pin"]
    pin: Secret[Expr[str]]


def test_hook_authorize(httptask_server: LoopbackServer, httptask_task_runner: Runners) -> None:
    """It takes part by the kind of authentication, and on the task's own origin only."""

    def sign(exchange: Any, request: HttpRequest, send: Any) -> HttpResponse:
        headers = request.headers.with_header("X-Pin", exchange.task.options.auth.pin)
        response: HttpResponse = send(SignedRequest(request.with_headers(headers), ("X-Pin",)))
        return response

    claim = Claim("authorize", "pin", "a PIN", PinOptions)
    tasks = httptask_task_runner({"mine": plugin("authorize", sign, claim)})
    auth = {"type": "pin", "pin": "4711"}
    result = tasks.run(request_to(httptask_server, "/redirect/302?to=/echo", auth=auth))
    assert [sent.header("X-Pin") for sent in httptask_server.requests] == ["4711", "4711"]
    assert layers(result) == [("authorize", 1), ("authorize", 1)]
    assert result.trace is not None
    assert ["X-Pin", "***"] in result.trace.exchanges[0].request["headers"]
    assert layers(tasks.run(request_to(httptask_server))) == []


def test_a_signer_that_forgets_to_sign(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    claim = Claim("authorize", "pin", "a PIN", PinOptions)
    tasks = httptask_task_runner({"mine": plugin("authorize", through, claim)})
    result = tasks.run(request_to(httptask_server, auth={"type": "pin", "pin": "4711"}))
    assert result.error is not None
    assert "sends a request that it did not sign" in result.error.message
    assert httptask_server.requests == []

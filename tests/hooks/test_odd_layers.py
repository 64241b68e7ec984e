"""Layers that raise, give, keep and ask what they should not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from layering import AROUND, plugin, request_to

from httptask.core.message import Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.core.result import TaskStatus
from httptask.core.verdict import Action, Verdict
from httptask.hooks.specs import ATTEMPT_SLOTS, TASK_SLOTS
from httptask.hooks.views import DecodedBody, Outcome
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner

Runners = Callable[..., TaskRunner]


class SilentError(Exception):
    """An exception that cannot even say what it is."""

    def __str__(self) -> str:
        raise KeyError("nothing to say")


@pytest.mark.parametrize("slot", AROUND)
@pytest.mark.parametrize("error", [SilentError(), MemoryError(), StopIteration(), RecursionError()])
def test_odd_exceptions_of_a_layer(
    httptask_server: LoopbackServer,
    httptask_task_runner: Runners,
    slot: str,
    error: Exception,
) -> None:
    def fails(view: Any, request: Any, onward: Any) -> Any:
        raise error

    result = httptask_task_runner({"mine": plugin(slot, fails)}).run(request_to(httptask_server))
    assert result.error is not None
    assert result.error.code == "plugin_failed"


def test_an_interrupt_passes_through_the_layers(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    def interrupted(view: Any, request: Any, onward: Any) -> Any:
        onward(request)
        raise KeyboardInterrupt

    tasks = httptask_task_runner({"mine": plugin("hedge", interrupted)})
    with pytest.raises(KeyboardInterrupt):
        tasks.run(request_to(httptask_server))


BODY = MemoryStream(b"")
ODD_RESPONSES: list[Any] = [
    HttpResponse("200", "", Headers(), BODY, "u"),  # type: ignore[arg-type]
    HttpResponse(200, "", Headers(), None, "u"),  # type: ignore[arg-type]
    HttpResponse(200, "", Headers(), iter([b"a"]), "u"),  # type: ignore[arg-type]
    HttpResponse(200, "", None, BODY, "u"),  # type: ignore[arg-type]
]
ODD_OUTCOMES: list[Any] = [
    Outcome(None),  # type: ignore[arg-type]
    Outcome(Verdict(Action.SUCCESS, error="x")),  # type: ignore[arg-type]
    Outcome(Verdict(Action.SUCCESS), "response", DecodedBody(None)),  # type: ignore[arg-type]
    Outcome(Verdict(Action.SUCCESS), ODD_RESPONSES[1], DecodedBody(None)),
]


@pytest.mark.parametrize("slot", AROUND)
@pytest.mark.parametrize("odd", range(4))
def test_a_layer_that_gives_a_value_with_parts_missing(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, slot: str, odd: int
) -> None:
    given = ODD_OUTCOMES if slot in (*TASK_SLOTS, *ATTEMPT_SLOTS) else ODD_RESPONSES
    mine = plugin(slot, lambda view, request, onward: given[odd])
    result = httptask_task_runner({"mine": mine}).run(request_to(httptask_server))
    assert result.error is not None
    assert result.error.code == "plugin_failed"
    assert f"the layer {slot} of mine returned" in result.error.message


def test_a_response_whose_body_is_gone_is_not_an_empty_one(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    kept: list[HttpResponse] = []

    def keeps(exchange: Any, request: Any, send: Any) -> HttpResponse:
        kept.append(kept[0] if kept else send(request))
        return kept[-1]

    def drops(exchange: Any, request: Any, send: Any) -> HttpResponse:
        response: HttpResponse = send(request)
        exchange.drop(response)
        exchange.drop(response)
        return response

    keeping = httptask_task_runner({"mine": plugin("cache", keeps)})
    first, second = (keeping.run(request_to(httptask_server)) for _ in range(2))
    assert first.status is TaskStatus.COMPLETED
    dropped = httptask_task_runner({"mine": plugin("hedge", drops)}).run(
        request_to(httptask_server)
    )
    for result in (second, dropped):
        assert result.error is not None
        assert "was already read or dropped" in result.error.message


def asks(url: str, purpose: Any = "token") -> object:
    def ask(exchange: Any, request: Any, send: Any) -> HttpResponse:
        exchange.drop(exchange.ask(HttpRequest("GET", url, Headers()), purpose))
        response: HttpResponse = send(request)
        return response

    return plugin("cache", ask)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "api.example.com/token",
        "file:///etc/passwd",
        "http://",
        "http://[",
        "http://h:99999/",
        "http://me:pw@h/",
        "http://h/a b",
        "http://h/a\r\nX: 1",
        "http://h\\@other/",
        "http://h/\N{LATIN SMALL LETTER E WITH ACUTE}",
    ],
)
def test_a_call_to_what_is_not_an_address(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, url: str
) -> None:
    result = httptask_task_runner({"mine": asks(url)}).run(request_to(httptask_server))
    assert result.error is not None
    assert result.error.code == "address_invalid"
    assert httptask_server.requests == []


@pytest.mark.parametrize("purpose", ["", None, 5, "two words", "\x1b[31m", "x" * 41])
def test_a_purpose_is_a_word(
    httptask_server: LoopbackServer, httptask_task_runner: Runners, purpose: Any
) -> None:
    mine = asks(f"{httptask_server.url}/echo", purpose)
    result = httptask_task_runner({"mine": mine}).run(request_to(httptask_server))
    assert result.error is not None
    assert result.error.code == "plugin_failed"
    assert httptask_server.requests == []


def test_a_layers_own_call_names_its_host(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    mine = asks(f"{httptask_server.url}/echo")
    httptask_task_runner({"mine": mine}).run(request_to(httptask_server))
    asked = httptask_server.requests[0]
    assert asked.header("Host") == httptask_server.authority


def test_layers_that_ask_within_one_another_are_stopped(
    httptask_server: LoopbackServer, httptask_task_runner: Runners
) -> None:
    def asking(exchange: Any, request: HttpRequest, send: Any) -> Any:
        exchange.drop(exchange.ask(HttpRequest("GET", request.url, Headers()), "more"))
        return send(request)

    slots = ("redirect", "replay", "cache", "hedge")
    for used, calls in ((3, 16), (4, 0)):
        httptask_server.forget()
        plugins = {slot: plugin(slot, asking) for slot in slots[:used]}
        result = httptask_task_runner(plugins).run(request_to(httptask_server))
        assert len(httptask_server.requests) == calls
        assert (result.error is None) == bool(calls)
    assert result.error is not None
    assert result.error.code == "plugin_failed"
    assert "ask within one another" in result.error.message

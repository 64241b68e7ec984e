"""A secret that is too short to be found by its value is masked where the pipeline put it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from httptask.core.tracing import Level
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner

PIN = "${workflow.secrets.PIN}"
PINS = ["x7q4z", 'a"&+%', "ž/4"]
PLACES: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"body": {"deep": {"pin": PIN}}}, {}),
    ({"body": {"list": ["a", PIN, [f"pre{PIN}post"]]}}, {}),
    ({"body": [PIN]}, {}),
    ({"body": f"pin {PIN}, and more", "contentType": "text/plain"}, {}),
    ({"body": f'{{"pin": "{PIN}"}}'}, {}),
    ({}, {"path": {"pin": PIN}}),
    ({}, {"query": {"pin": PIN}}),
    ({}, {"query": {"pin": [PIN, "b"]}}),
    ({}, {"cookies": {"pin": PIN}}),
    ({}, {"form": {"pin": PIN, "b": "c"}}),
    ({}, {"form": {"pin": ["a", f"x{PIN}x"]}}),
    ({}, {"multipart": {"pin": PIN, "b": "c"}}),
    ({}, {"multipart": {"b": [{"value": {"k": PIN}}], "c": {"value": "v", "filename": PIN}}}),
]
HEADERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"headers": {"X-Pin": PIN}}, {}),
    ({"headers": {"X-Pin": f"pin {PIN}"}}, {}),
    ({"headers": {"X-Pin": [PIN]}}, {}),
    ({"body": "x", "contentType": f"text/plain; pin={PIN}"}, {}),
]


def shown(
    server: LoopbackServer, tasks: TaskRunner, request: dict[str, Any], options: dict[str, Any]
) -> str:
    """Run a task; return all that its trace shows."""
    uri = f"{server.url}/status/204" + ("?p={pin}" if "path" in options else "")
    http_request = {"uri": uri, "method": "POST", **request}
    events: list[Any] = []
    result = tasks.run(
        {"http_request": http_request, "httptask": options},
        level=Level.TRACE,
        watch=lambda *event: events.append(event),
    )
    assert result.error is None, result.reason
    assert result.trace is not None
    return json.dumps([result.trace.to_json(), events], ensure_ascii=False)


@pytest.mark.parametrize(
    ("request_fields", "options", "pin"),
    [(*place, pin) for place in PLACES for pin in PINS]
    + [(*place, pin) for place in HEADERS for pin in PINS if pin.isascii()],
)
def test_no_trace_shows_it(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    monkeypatch: pytest.MonkeyPatch,
    request_fields: dict[str, Any],
    options: dict[str, Any],
    pin: str,
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_PIN", pin)
    trace = shown(httptask_server, httptask_tasks, request_fields, options)
    received = httptask_server.requests[0]
    sent = received.head + received.body
    monkeypatch.setenv("HTTPTASK_SECRET_PIN", "unlike")
    shown(httptask_server, httptask_tasks, request_fields, options)
    other = httptask_server.requests[1]
    assert sent != other.head + other.body, "the secret is in the request"
    assert "***" in trace
    for form in (pin, json.dumps(pin)[1:-1], json.dumps(json.dumps(pin)[1:-1])[1:-1]):
        assert form not in trace


def test_innocent_text_that_equals_it_stays(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_PIN", "user")
    options = {"form": {"user": PIN, "kind": "user"}, "query": {"user": "user"}}
    trace = shown(httptask_server, httptask_tasks, {"headers": {"X-User": "user"}}, options)
    for text in ("user=***&kind=user", "?user=user", '["X-User", "user"]'):
        assert text in trace


def test_it_is_masked_by_value_where_no_mark_can_stand(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timeout is a number: the request cannot be made with a mark instead."""
    monkeypatch.setenv("HTTPTASK_SECRET_PIN", "4321")
    fields = {"readTimeOut": PIN, "headers": {"X-Pin": PIN}, "body": {"a": f"<{PIN}>"}}
    trace = shown(httptask_server, httptask_tasks, fields, {})
    assert "4321" not in trace.replace(str(httptask_server.url), "")


def test_a_part_of_a_secret_that_is_json(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPTASK_SECRET_J", '{"user": "u7", "pin": 9753, "ok": true}')
    body = {key: f"${{workflow.secrets.J.{key}}}" for key in ("user", "pin", "ok")}
    trace = shown(httptask_server, httptask_tasks, {"body": body}, {})
    assert b"9753" in httptask_server.requests[0].body
    assert "9753" not in trace
    assert "u7" not in trace

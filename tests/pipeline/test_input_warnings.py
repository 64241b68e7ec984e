"""Warnings of the trace about values that changed an address or broke a JSON text."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.expressions import Context
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner


def warned(tasks: TaskRunner, request: dict[str, Any], **values: Any) -> list[tuple[str, str, str]]:
    result = tasks.run({"http_request": request}, Context.build(input=values))
    assert result.trace is not None
    return [(each["code"], each["pointer"], each["message"]) for each in result.trace.warnings]


@pytest.mark.parametrize(
    ("uri", "value", "target", "word"),
    [
        ("/echo?q=${workflow.input.v}&n=5", "C# & Java", "/echo?q=C", "#"),
        ("/echo?q=${workflow.input.v}&n=5", "a&n=1", "/echo?q=a&n=1&n=5", "&"),
        ("/echo?q=${workflow.input.v}", "1+1", "/echo?q=1+1", "+"),
        ("/echo?q=${workflow.input.v}", "50%25", "/echo?q=50%25", "%"),
        ("/echo/${workflow.input.v}", "a/b", "/echo/a/b", "/"),
        ("/echo/${workflow.input.v}", "a?b=1", "/echo/a?b=1", "?"),
        ("/echo/${workflow.input.v}/x", "", "/echo//x", "empty"),
        ("/echo/${workflow.input.v}", "", "/echo/", "empty"),
        ("/echo/${workflow.input.v}/x", "..", "/echo/../x", ".."),
    ],
)
@pytest.mark.parametrize("computed", [False, True])
def test_a_value_that_changes_the_address(
    httptask_server: LoopbackServer,
    httptask_task_runner: Any,
    uri: str,
    value: str,
    target: str,
    word: str,
    computed: bool,
) -> None:
    tasks = httptask_task_runner(allow=[httptask_server.authority])
    base = "${workflow.input.base}" if computed else httptask_server.url
    request = {"uri": base + uri, "method": "GET"}
    ((code, pointer, message),) = warned(tasks, request, v=value, base=httptask_server.url)
    assert (code, pointer) == ("uri_changed", "/inputParameters/http_request/uri")
    assert word in message.partition(". Give it")[0]
    assert httptask_server.requests[0].target == target


@pytest.mark.parametrize(
    ("uri", "value"),
    [
        ("/echo?q=${workflow.input.v}", "a b \u00e9 = / ? $"),
        ("/echo/${workflow.input.v}", "a+b&c=d"),
        ("/echo/a+b/${workflow.input.v}?x=+&y#z", "1"),
        ("/echo#${workflow.input.v}", "a#b"),
        ("/echo?a=$${x}&q=${workflow.input.v}", "1"),
        ("${workflow.input.v}", "/echo/a/b?c=d&e=+#f"),
    ],
)
def test_a_value_that_does_not(
    httptask_server: LoopbackServer, httptask_task_runner: Any, uri: str, value: str
) -> None:
    tasks = httptask_task_runner(allow=[httptask_server.authority])
    whole = uri.startswith("${")
    request = {"uri": uri if whole else httptask_server.url + uri, "method": "GET"}
    assert warned(tasks, request, v=httptask_server.url + value if whole else value) == []


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"body": '{"note": "${workflow.input.v}"}'}, ["body_not_json"]),
        ({"body": "hello"}, ["body_not_json"]),
        ({"body": {"note": "${workflow.input.v}"}}, []),
        ({"body": '{"note": 1}'}, []),
        ({"body": ""}, []),
        ({"body": "hello", "contentType": "text/plain"}, []),
        ({"body": "hello", "headers": {"content-type": "text/plain"}}, []),
        ({"body": "x", "contentType": "application/vnd.a+json; v=1"}, ["body_not_json"]),
    ],
)
def test_a_text_that_is_sent_as_json(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    fields: dict[str, Any],
    codes: list[str],
) -> None:
    request = {"uri": f"{httptask_server.url}/echo", "method": "POST", **fields}
    found = warned(httptask_tasks, request, v='say "hi"')
    assert [code for code, _, _ in found] == codes
    assert {pointer for _, pointer, _ in found} <= {"/inputParameters/http_request/body"}


def test_a_warning_never_shows_the_value(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    request = {
        "uri": f"{httptask_server.url}/echo?q=${{workflow.input.v}}",
        "method": "POST",
        "body": "${workflow.input.v}",
    }
    found = warned(httptask_tasks, request, v="hidden&value")
    assert len(found) == 2
    assert "hidden" not in str(found)

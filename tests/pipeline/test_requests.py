"""What is sent: methods, and the headers of a request without a body."""

from __future__ import annotations

from typing import Any

import pytest

from httptask.expressions import Context
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "fields",
    [{}, {"contentType": None}, {"contentType": "application/json"}, {"body": None}, {"body": ""}],
)
def test_no_content_type_without_a_body(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    method: str,
    fields: dict[str, Any],
) -> None:
    uri = f"{httptask_server.url}/echo"
    httptask_tasks.run({"http_request": {"uri": uri, "method": method, **fields}})
    (sent,) = httptask_server.requests
    assert sent.all("Content-Type") == []
    length = ["0"] if method in {"POST", "PUT", "PATCH"} else []
    assert sent.all("Content-Length") == length


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("PROPFIND", "PROPFIND"),
        ("Proppatch", "PROPPATCH"),
        ("mkcol", "MKCOL"),
        ("QUERY", "QUERY"),
        ("get", "GET"),
        ("Brew", "Brew"),
        ("x-vendor!", "x-vendor!"),
    ],
)
def test_any_method_is_sent(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, written: str, sent: str
) -> None:
    request = {"uri": f"{httptask_server.url}/echo", "method": written, "body": {"a": 1}}
    httptask_tasks.run({"http_request": request})
    (received,) = httptask_server.requests
    assert (received.method, received.body) == (sent, b"" if sent == "HEAD" else b'{"a":1}')


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("CONNECT", "method_refused"),
        ("pri", "method_refused"),
        ("GET\n", "wrong_value"),
        ("GET /x HTTP/1.1\r\nX:", "wrong_value"),
        ("G\u00c9T", "wrong_value"),
    ],
)
def test_methods_that_are_refused(httptask_tasks: TaskRunner, method: str, code: str) -> None:
    context = Context.build(input={"m": method})
    request = {"uri": "http://127.0.0.1:9/", "method": "${workflow.input.m}"}
    error = httptask_tasks.run({"http_request": request}, context).error
    assert error is not None
    assert (error.code, error.pointer) == (code, "/inputParameters/http_request/method")


def test_a_content_type_among_the_headers_is_sent_as_it_is_written(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    request = {
        "uri": f"{httptask_server.url}/echo",
        "method": "DELETE",
        "headers": {"content-type": "application/json"},
    }
    httptask_tasks.run({"http_request": request})
    (sent,) = httptask_server.requests
    assert sent.all("Content-Type") == ["application/json"]

"""The framing is the transport's alone: no header of a task or plugin moves the end of a body."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from httptask.core.body import Body
from httptask.core.egress import EgressPolicy
from httptask.core.message import Headers, HttpRequest, HttpResponse
from httptask.core.result import TaskStatus
from httptask.definition.options import AuthOptions
from httptask.errors import TransportError
from httptask.hooks import hookimpl
from httptask.hooks.recording import Probe
from httptask.hooks.views import Claim, SendSigned, SignedRequest
from httptask.testing import LoopbackServer
from httptask.testing.tasks import TaskRunner
from httptask.wire.call import Call
from httptask.wire.framing import framed
from httptask.wire.http1.client import Http1Client

NAMES = st.sampled_from(
    ["Content-Length", "content-length", "CONTENT-LENGTH", "Transfer-Encoding", "X-A", "Accept"]
)


@given(
    st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "QUERY"]),
    st.lists(st.tuples(NAMES, st.text("0123chunked,", max_size=9))),
    st.none() | st.binary(max_size=9),
)
def test_one_length_and_nothing_else(
    method: str, lines: list[tuple[str, str]], data: bytes | None
) -> None:
    body = None if data is None else Body.of(data)
    sent = framed(HttpRequest(method, "http://h/", Headers(lines), body)).headers.lines
    framing = {"content-length", "transfer-encoding"}
    assert [line for line in sent if line[0].lower() not in framing] == [
        line for line in lines if line[0].lower() not in framing
    ]
    wanted = [str(len(data))] if data is not None else []
    if data is None and method in {"POST", "PUT", "PATCH", "QUERY"}:
        wanted = ["0"]
    assert [value for name, value in sent if name.lower() in framing] == wanted


class GrowingOptions(AuthOptions):
    """Signs in the body."""

    type: Literal["growing"]


class Growing:
    """A signer that makes the body longer and leaves the headers, as OAuth1 in the body does."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("authorize", "growing", "", GrowingOptions)]

    @hookimpl
    def httptask_authorize(self, request: HttpRequest, send: SendSigned) -> HttpResponse:
        data = b"a=1&signature=GET /stolen HTTP/1.1\r\nHost: x\r\n\r\n"
        stale = request.headers.with_header("Content-Length", "3")
        return send(SignedRequest(HttpRequest(request.method, request.url, stale, Body.of(data))))


def test_a_signer_that_changes_the_body(
    httptask_server: LoopbackServer, httptask_task_runner: Callable[..., TaskRunner]
) -> None:
    """The rest of its body is not read as the next request on the connection."""
    tasks = httptask_task_runner({"growing": Growing()})
    uri = f"{httptask_server.url}/echo"
    post = {"uri": uri, "method": "POST", "body": "a=1", "contentType": "text/plain"}
    signed = tasks.run({"http_request": post, "httptask": {"auth": {"type": "growing"}}})
    assert signed.status is TaskStatus.COMPLETED, signed.reason
    following = tasks.run({"http_request": {"uri": f"{uri}/next", "method": "GET"}})
    assert following.output["response"]["body"]["path"] == "/echo/next"
    first, second = httptask_server.requests
    assert first.body.endswith(b"Host: x\r\n\r\n")
    assert first.all("Content-Length") == [str(len(first.body))]
    assert (first.connection, second.connection) == (1, 1)


class Watching:
    """Notes down how a request is framed when it is judged and when it is sent."""

    def __init__(self) -> None:
        self.judged: list[HttpRequest] = []
        self.sent: list[HttpRequest] = []

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("guard", "watching"), Claim("observe", "watching")]

    @hookimpl
    def httptask_guard(self, signed: SignedRequest, send: SendSigned) -> HttpResponse:
        self.judged.append(signed.request)
        return send(signed)

    @hookimpl
    def httptask_observe(self, signed: SignedRequest, send: SendSigned) -> HttpResponse:
        self.sent.append(signed.request)
        return send(signed)


def test_it_is_worked_out_once_when_the_request_has_been_signed(
    httptask_server: LoopbackServer, httptask_task_runner: Callable[..., TaskRunner]
) -> None:
    watching = Watching()
    tasks = httptask_task_runner({"growing": Growing(), "watching": watching})
    post = {"uri": f"{httptask_server.url}/echo", "method": "POST", "body": "a=1"}
    tasks.run({"http_request": post, "httptask": {"auth": {"type": "growing"}}})
    (judged,), (sent,) = watching.judged, watching.sent
    assert judged is sent
    assert judged.body is not None
    assert judged.headers.get_all("Content-Length") == [str(judged.body.size)]


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding"])
def test_framing_that_a_task_writes_is_not_sent(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, name: str
) -> None:
    value = "7" if name == "Content-Length" else "chunked"
    request = {"uri": f"{httptask_server.url}/echo", "method": "GET", "headers": {name: value}}
    assert httptask_tasks.run({"http_request": request}).status is TaskStatus.COMPLETED
    assert httptask_server.requests[0].all(name) == []


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[start:end] for start, end in pairwise(edges)]


@pytest.mark.parametrize(
    ("size", "sent"),
    [(9, 10), (10, 9), (10, 0), (0, 1), (400_000, 300_000), (300_000, 400_000)],
)
@pytest.mark.parametrize("streamed", [True, False])
def test_a_body_of_another_size_breaks_off(
    httptask_server: LoopbackServer, size: int, sent: int, streamed: bool
) -> None:
    data = b"x" * sent

    def source() -> Iterator[bytes]:
        yield from pieces(data, [3, 70_000])

    body = Body("", size, source=source) if streamed else Body("", size, data=data)
    host = Headers([("Host", httptask_server.authority)])
    with Http1Client() as client:
        good = framed(HttpRequest("POST", f"{httptask_server.url}/echo", host, Body.of(b"ok")))
        for _ in range(2):
            response = client.send(call(httptask_server), good)
            assert response.status == 200
            assert b"".join(response.stream)
            bad = framed(HttpRequest("POST", f"{httptask_server.url}/echo", host, body))
            with pytest.raises(TransportError) as caught:
                client.send(call(httptask_server), bad)
            assert caught.value.code == "body_size_wrong"
            assert caught.value.retryable is False
    requests = [request for request in httptask_server.requests if request.body == b"ok"]
    assert [request.connection for request in requests] == [1, 2]
    assert requests == httptask_server.requests


def call(server: LoopbackServer) -> Call:
    return Call(EgressPolicy.of([server.authority]), Probe(), read_timeout=60.0)

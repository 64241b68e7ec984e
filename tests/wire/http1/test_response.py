"""Heads of responses as servers write them, and as they should not."""

from __future__ import annotations

import gzip
import zlib
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from httptask.core.result import TaskResult, TaskStatus
from httptask.testing import LoopbackServer, RawReply, Reply
from httptask.testing.tasks import TaskRunner
from httptask.wire.http1.response import WireResponse

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def run_against(tasks: TaskRunner, server: LoopbackServer, raw: bytes) -> TaskResult:
    server.route("/raw", lambda _: RawReply([raw]))
    request = {"uri": f"{server.url}/raw", "method": "GET"}
    return tasks.run({"http_request": request})


@pytest.mark.parametrize(
    ("head", "headers"),
    [
        (b"X-A: 1\r\nX-A: 2\r\n", {"X-A": ["1", "2"]}),
        (b"X-A:1\r\nX-B:\t2 \r\n", {"X-A": ["1"], "X-B": ["2"]}),
        (b"X-A: 1\r\n  and 2\r\n\tand 3\r\n", {"X-A": ["1 and 2 and 3"]}),
        (b"X-A: caf\xe9\r\n", {"X-A": ["caf\xe9"]}),
        (b"X-A: a:b\r\nX-Empty:\r\n", {"X-A": ["a:b"], "X-Empty": [""]}),
        (
            b"X-A: caf\xc3\xa9 \xe2\x82\xac\r\nX-B: \xc3\xa0\r\n",
            {"X-A": ["caf\xe9 \u20ac"], "X-B": ["\xe0"]},
        ),
        (b"X-A: \xc2\xa0\xc2\x85\r\nX-B: \xa0\r\n", {"X-A": ["\xa0\x85"], "X-B": ["\xa0"]}),
        (b"Set-Cookie: a=\xc3\xa9\r\n", {"Set-Cookie": ["a=\xc3\xa9"]}),
        (b"Location: /\xc3\xa9\r\n", {"Location": ["/\xe9"]}),
        (b"LOCATION: /\xe9?a=b c%\r\n", {"LOCATION": ["/%E9?a=b c%"]}),
        (b"no header at all\r\nX-B: 2\r\n", {"X-B": ["2"]}),
        (b"X-A : 1\r\n", {"X-A": ["1"]}),
    ],
    ids=[
        "repeated",
        "blanks",
        "folded",
        "latin-1",
        "colon",
        "utf-8",
        "blanks-of-unicode",
        "cookie",
        "location",
        "location-bytes",
        "nameless",
        "blank-before-colon",
    ],
)
def test_header_lines(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    head: bytes,
    headers: dict[str, list[str]],
) -> None:
    result = run_against(
        httptask_tasks, httptask_server, OK + head + b"Content-Length: 2\r\n\r\n42"
    )
    assert result.status is TaskStatus.COMPLETED, result.reason
    response = result.output["response"]
    assert response["body"] == 42 or response["body"] == "42"
    assert {key: response["headers"].get(key) for key in headers} == headers


@pytest.mark.parametrize("interim", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_interim_responses_are_passed_over(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, interim: bytes
) -> None:
    before = b"HTTP/1.1 " + interim + b"\r\nLink: </a.css>\r\n\r\n"
    result = run_against(httptask_tasks, httptask_server, before * 2 + OK + b"X-A: 1\r\n\r\nend")
    assert result.output["response"]["statusCode"] == 200, result.reason
    assert result.output["response"]["headers"] == {"X-A": ["1"]}
    assert result.output["response"]["body"] == "end"


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK",
        OK + b"Content-Length: 2\r\n",
        OK + b"Content-Le",
        OK + b"Content-Length: 2, 3\r\n\r\nok",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        OK + b"Content-Length: +2\r\n\r\nok",
        OK + b"Content-Length: \xb2\r\n\r\nok",
        OK + b"Content-Length: 3\r\n\r\nok",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2_0 OK\r\n\r\n",
        b"HTTP/1.1 +20 OK\r\n\r\n",
        b"200 OK\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 100 + OK + b"\r\nok",
        CHUNKED + b"2;x=%s\r\nok\r\n0\r\n\r\n" % (b"y" * 70_000),
        CHUNKED + b"%s2\r\nok\r\n0\r\n\r\n" % (b"0" * 70_000),
        CHUNKED + b"FFFFFFFFFFFFFFFFF\r\nok",
        OK + b"Content-Length: %s\r\n\r\nok" % (b"9" * 5_000),
        OK + b"Content-Length: \r\n\r\nok",
        b"\r\n" + OK + b"\r\nok",
        CHUNKED + b"+2\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"-2\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"0_2\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"\r\nok\r\n0\r\n\r\n",
        CHUNKED + b"2\r\nok--0\r\n\r\n",
        OK + b"Transfer-Encoding: gzip, chunked\r\nContent-Length: 2\r\n\r\nok",
        OK + b"Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\nok",
        OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n",
    ],
)
def test_what_cannot_be_framed_is_not_a_response(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, raw: bytes
) -> None:
    result = run_against(httptask_tasks, httptask_server, raw)
    assert result.error is not None
    assert result.error.code == "connection_broken"


@pytest.mark.parametrize(
    "length", [b"Content-Length: 2, 2", b"Content-Length: 2\r\nContent-Length: 2"]
)
def test_one_length_said_twice(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, length: bytes
) -> None:
    result = run_against(httptask_tasks, httptask_server, OK + length + b"\r\n\r\nok and more")
    assert result.output["response"]["body"] == "ok"


@pytest.mark.parametrize(("lengths", "connections"), [((), 1), ((("Content-Length", "3"),), 2)])
def test_a_length_beside_chunks_ends_the_connection(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    lengths: tuple[tuple[str, str], ...],
    connections: int,
) -> None:
    reply = Reply(
        headers=(("Transfer-Encoding", "chunked"), *lengths), body=b"2\r\nok\r\n0\r\n\r\n"
    )
    httptask_server.route("/both", lambda _: reply)
    for _ in range(2):
        result = httptask_tasks.run(
            {"http_request": {"uri": f"{httptask_server.url}/both", "method": "GET"}}
        )
        assert result.output["response"]["body"] == "ok"
    assert len({each.connection for each in httptask_server.requests}) == connections


def test_what_follows_a_response_is_not_taken_for_the_next(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner
) -> None:
    forged = OK + b"Content-Length: 6\r\n\r\nforged"
    reply = Reply(headers=(("Content-Length", "2"),), body=b"ok" + forged)
    httptask_server.route("/more", lambda _: reply)
    request = {"uri": f"{httptask_server.url}/more", "method": "GET"}
    for _ in range(2):
        result = httptask_tasks.run({"http_request": request})
        assert result.output["response"]["body"] == "ok"
    assert len({each.connection for each in httptask_server.requests}) == 2


@pytest.mark.parametrize(
    ("head", "used_again"),
    [
        (OK + b"Content-Length: 0\r\n\r\n", True),
        (OK + b"Content-Length: 0\r\nConnection: close\r\n\r\n", False),
        (OK + b"Content-Length: 0\r\n\r\nmore", False),
        (OK + b"Content-Length: 1\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive\r\n\r\n", True),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", True),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", False),
    ],
)
def test_a_connection_is_used_again_if_nothing_is_left_on_it(head: bytes, used_again: bool) -> None:
    assert WireResponse(Trickle(head, []).recv, "GET").reusable is used_again


class Trickle:
    """A socket on which bytes arrive in the given pieces."""

    def __init__(self, data: bytes, cuts: list[int]) -> None:
        edges = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
        self._pieces = [data[start:end] for start, end in pairwise(edges)]

    def recv(self, size: int) -> bytes:
        piece = self._pieces.pop(0) if self._pieces else b""
        if len(piece) > size:
            self._pieces.insert(0, piece[size:])
        return piece[:size]


@given(
    st.sampled_from(
        [
            OK + b"Content-Length: 12\r\n\r\nhello, world",
            OK + b"Connection: close\r\n\r\nhello, world",
            CHUNKED + b"5\r\nhello\r\n007;x=y\r\n, world\r\n0\r\nX-Late: 1\r\n\r\n",
            CHUNKED.replace(b"\r", b"") + b"5\nhello\n7\n, world\n0\n\n",
            b"HTTP/1.1 103 Early\r\nX: 1\r\n\r\n" + OK + b"Content-Length: 12\n\nhello, world",
        ]
    ),
    st.lists(st.integers(0, 300), max_size=12),
)
def test_how_the_bytes_arrive_makes_no_difference(data: bytes, cuts: list[int]) -> None:
    response = WireResponse(Trickle(data, cuts).recv, "GET")
    assert b"".join(response.chunks()) == b"hello, world"
    assert response.reusable is (b"close" not in data)


def test_codings_in_two_lines(httptask_server: LoopbackServer, httptask_tasks: TaskRunner) -> None:
    coded = gzip.compress(zlib.compress(b"end"))
    head = OK + b"Content-Encoding: deflate\r\nContent-Encoding: gzip\r\n\r\n"
    result = run_against(httptask_tasks, httptask_server, head + coded)
    assert result.output["response"]["body"] == "end"


@pytest.mark.parametrize(
    ("codings", "body", "code"),
    [
        ("gzip", gzip.compress(b"") * 1_000_000, "content_coding_damaged"),
        ("gzip", gzip.compress(b"x") + bytes(20_000_000), "content_coding_damaged"),
        ("deflate", zlib.compress(b"x") + bytes(20_000_000), "content_coding_damaged"),
        ("gzip," * 6, b"", "content_coding_unknown"),
        ("gzip," * 10_000, b"", "content_coding_unknown"),
    ],
    ids=["empty-members", "after-gzip", "after-deflate", "six", "thousands"],
)
def test_codings_that_only_cost(
    httptask_server: LoopbackServer,
    httptask_tasks: TaskRunner,
    codings: str,
    body: bytes,
    code: str,
) -> None:
    head = OK + f"Content-Encoding: {codings}\r\n\r\n".encode()
    result = run_against(httptask_tasks, httptask_server, head + body)
    assert result.error is not None
    assert result.error.code == code


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_a_response_or_in_one_error(
    httptask_server: LoopbackServer, httptask_tasks: TaskRunner, noise: bytes
) -> None:
    for start in (b"", b"HTTP/1.1 ", OK):
        result = run_against(httptask_tasks, httptask_server, start + noise)
        code: Any = result.error.code if result.error else None
        assert code in {None, "connection_broken", "status_not_accepted", "content_coding_unknown"}

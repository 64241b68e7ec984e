from __future__ import annotations

import socket

import pytest

from httptask.testing import LoopbackServer, json_reply
from httptask.testing.wire import MalformedRequestError, parse_head


def talk(server: LoopbackServer, data: bytes) -> bytes:
    """Send bytes and return everything that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sock:
        sock.sendall(data)
        received = b""
        while more := sock.recv(65536):
            received += more
    return received


def test_a_request_is_recorded_as_it_stood_on_the_wire(httptask_server: LoopbackServer) -> None:
    head = (
        b"PATCH //echo/%7e/a%2Fb?q=a+b&q=%20&flag HTTP/1.1\r\n"
        b"host: x\r\nX-Twice: one\r\nx-twice:  two \r\nX-Latin: caf\xe9\r\n"
        b"Content-Length: 4\r\nConnection: close\r\n\r\n"
    )
    talk(httptask_server, head + b"\x00\xff\r\n")
    request = httptask_server.requests[0]
    assert (request.method, request.version, request.connection) == ("PATCH", "HTTP/1.1", 1)
    assert request.target == "//echo/%7e/a%2Fb?q=a+b&q=%20&flag"
    assert (request.path, request.query) == ("//echo/%7e/a%2Fb", "q=a+b&q=%20&flag")
    assert request.arguments == [("q", "a b"), ("q", " "), ("flag", "")]
    assert request.headers[:4] == (
        ("host", "x"),
        ("X-Twice", "one"),
        ("x-twice", "two"),
        ("X-Latin", "café"),
    )
    assert request.all("X-TWICE") == ["one", "two"]
    assert request.body == b"\x00\xff\r\n"
    assert request.head == head


def test_chunks_are_joined_and_trailers_skipped(httptask_server: LoopbackServer) -> None:
    talk(
        httptask_server,
        b"POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        b"3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n",
    )
    assert httptask_server.requests[0].body == b"abcde"


def test_a_client_that_expects_100_continue_gets_it(httptask_server: LoopbackServer) -> None:
    received = talk(
        httptask_server,
        b"POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
        b"Connection: close\r\n\r\nx",
    )
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "data",
    [
        b"GET\r\n\r\n",
        b"GET / HTTP/2\r\n\r\n",
        b"GET / HTTP/1.1\r\nNo colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nSpace : 1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
    ],
)
def test_what_is_not_a_request_gets_400_and_not_recorded(data: bytes) -> None:
    with LoopbackServer() as server:
        assert talk(server, data).startswith(b"HTTP/1.1 400 ")
        assert server.requests == []


def test_a_body_cut_short_is_not_recorded() -> None:
    with LoopbackServer({"/": lambda request: json_reply({})}) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sock:
            sock.sendall(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc")
            sock.shutdown(socket.SHUT_WR)
            assert sock.recv(100).startswith(b"HTTP/1.1 400 ")
        assert server.requests == []


def test_parse_head_refuses_an_empty_header_name() -> None:
    with pytest.raises(MalformedRequestError, match="header line"):
        parse_head(b"GET / HTTP/1.1\r\n: value\r\n\r\n")

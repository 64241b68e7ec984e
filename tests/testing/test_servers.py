from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from soon import LATE, SOON

from httptask.testing import LoopbackServer, RawReply, ReceivedRequest, Reply, json_reply, sequence


@pytest.fixture
def client(httptask_server: LoopbackServer) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", httptask_server.port, timeout=60)
    yield connection
    connection.close()


def get(client: http.client.HTTPConnection, target: str, method: str = "GET") -> Any:
    client.request(method, target)
    response = client.getresponse()
    return response, response.read()


def test_the_port_is_free_again_after_close() -> None:
    with LoopbackServer() as first:
        port = first.port
    with LoopbackServer({"/": lambda request: json_reply(port)}, port=port) as second:
        assert second.url == f"http://127.0.0.1:{port}"
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        assert get(client, "/")[1] == str(port).encode()
        client.close()


def test_close_cuts_open_connections_and_ends_their_threads() -> None:
    before = threading.active_count()
    server = LoopbackServer({"/": lambda request: Reply(delay=LATE)}).start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        server.wait_for(1)
        started = time.monotonic()
        server.close()
        server.close()
        assert time.monotonic() - started < SOON
        assert sock.recv(10) == b""
    assert threading.active_count() <= before


def test_a_connection_is_kept_and_counted(
    client: http.client.HTTPConnection, httptask_server: LoopbackServer
) -> None:
    for _ in range(3):
        get(client, "/echo")
    assert httptask_server.connections == 1
    assert [request.connection for request in httptask_server.requests] == [1, 1, 1]


def test_wait_for_times_out_with_what_it_saw() -> None:
    with LoopbackServer() as server, pytest.raises(TimeoutError, match="0 of 1"):
        server.wait_for(1, seconds=0.01)


def test_forget_forgets(
    client: http.client.HTTPConnection, httptask_server: LoopbackServer
) -> None:
    get(client, "/echo")
    httptask_server.forget()
    assert httptask_server.requests == []


def test_routes_the_longest_wins_and_a_method_goes_first() -> None:
    def named(name: str) -> Any:
        return lambda request: json_reply(name)

    routes = {
        "/": named("root"),
        "/a/": named("below"),
        "POST /a/": named("post"),
        "/a/b": named("b"),
    }
    with LoopbackServer(routes) as server:
        server.route("/late", named("late"))
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        seen = [
            json.loads(get(client, target, method)[1])
            for method, target in [
                ("GET", "/x"),
                ("GET", "/a"),
                ("GET", "/a/c?d"),
                ("POST", "/a/c"),
                ("GET", "/a/b?x=/"),
                ("GET", "/late"),
            ]
        ]
        client.close()
    assert seen == ["root", "below", "below", "post", "b", "late"]


def test_no_route_is_404(client: http.client.HTTPConnection) -> None:
    response, body = get(client, "/nothing/here")
    assert response.status == 404
    assert b"no route for GET /nothing/here" in body


def test_a_handler_that_raises_is_a_500() -> None:
    def handler(request: ReceivedRequest) -> Reply:
        raise LookupError("oh")

    with LoopbackServer({"/": handler}) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        response, body = get(client, "/")
        client.close()
    assert response.status == 500
    assert b"LookupError" in body


def test_a_client_that_leaves_in_the_middle_leaves_no_trace(
    capsys: pytest.CaptureFixture[str], httptask_server: LoopbackServer
) -> None:
    with socket.create_connection(("127.0.0.1", httptask_server.port), timeout=60) as sock:
        sock.sendall(b"GET /big?bytes=50000000 HTTP/1.1\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
    assert capsys.readouterr() == ("", "")


def test_head_and_204_have_no_body(client: http.client.HTTPConnection) -> None:
    response, body = get(client, "/echo", "HEAD")
    assert int(response.headers["Content-Length"]) > 100
    assert body == b""
    response, body = get(client, "/status/204")
    assert (response.status, body, response.headers["Content-Length"]) == (204, b"", None)


def test_http_1_0_gets_no_chunks_and_a_close(httptask_server: LoopbackServer) -> None:
    with socket.create_connection(("127.0.0.1", httptask_server.port), timeout=60) as sock:
        sock.sendall(b"GET /stream/ndjson?count=2&pause=0 HTTP/1.0\r\n\r\n")
        received = b"".join(iter(lambda: sock.recv(1000), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding" not in head
    assert head.endswith(b"Connection: close")
    assert body == b'{"n": 0}\n{"n": 1}\n'


def test_sequence_gives_turns_and_repeats_the_last() -> None:
    turns = sequence(Reply(503), lambda request: json_reply(request.path), Reply(200))
    with LoopbackServer({"/": turns}) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        seen = [get(client, "/x") for _ in range(4)]
        client.close()
    assert [response.status for response, _ in seen] == [503, 200, 200, 200]
    assert [body for _, body in seen] == [b"", b'"/x"', b"", b""]


def test_a_raw_reply_is_byte_for_byte_and_closes() -> None:
    with (
        LoopbackServer({"/": lambda request: RawReply([b"any", 0.01, b"thing"])}) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=60) as sock,
    ):
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")
        received = b"".join(iter(lambda: sock.recv(1000), b""))
    assert received == b"anything"


def test_an_unknown_status_has_a_reason_and_a_given_reason_stays() -> None:
    routes = {"/own": lambda request: Reply(299, reason=""), "/": lambda request: Reply(299)}
    with LoopbackServer(routes) as server:
        client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        reasons = [get(client, target)[0].reason for target in ("/", "/own")]
        client.close()
    assert reasons == ["Unknown", ""]

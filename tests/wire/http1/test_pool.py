"""Which connections are used again, by whom, and how many are kept."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from soon import SOON

from httptask.core.egress import EgressPolicy
from httptask.core.message import Headers, HttpRequest
from httptask.errors import HttpTaskError, RequestError, TransportError
from httptask.hooks.recording import Probe
from httptask.testing import Certificates, ForwardProxy, LoopbackServer, Reply
from httptask.wire.call import Call, Tls
from httptask.wire.http1.client import Http1Client


@pytest.fixture
def client() -> Iterator[Http1Client]:
    with Http1Client() as made:
        yield made


ANY = Call(EgressPolicy.of(["127.0.0.1", "localhost"]), Probe(), read_timeout=60.0)


def get(client: Http1Client, server: LoopbackServer, path: str = "/echo", **facts: Any) -> bytes:
    call = msgspec.structs.replace(ANY, probe=Probe(), **facts)
    response = client.send(call, request_to(server, path))
    try:
        return b"".join(response.stream)
    finally:
        response.stream.close()


def request_to(server: LoopbackServer, path: str = "/echo") -> HttpRequest:
    return HttpRequest("GET", server.url + path, Headers([("Host", server.authority)]))


def connections(server: LoopbackServer) -> list[int]:
    return [request.connection for request in server.requests]


def test_a_connection_is_used_again(client: Http1Client, httptask_server: LoopbackServer) -> None:
    for _ in range(3):
        get(client, httptask_server)
    assert connections(httptask_server) == [1, 1, 1]


def test_a_connection_belongs_to_one_identity(
    client: Http1Client, httptask_server: LoopbackServer
) -> None:
    for identity in ("", "ann", "bob", "ann", "", "bob"):
        get(client, httptask_server, identity=identity)
    assert connections(httptask_server) == [1, 2, 3, 2, 1, 3]


def test_a_connection_belongs_to_one_trust(
    client: Http1Client, httptask_tls_server: LoopbackServer, httptask_certificates: Certificates
) -> None:
    trusting = Tls(authorities=str(httptask_certificates.ca_bundle))
    for tls in (trusting, Tls(verify=False), trusting):
        get(client, httptask_tls_server, tls=tls)
    assert connections(httptask_tls_server) == [1, 2, 1]
    with pytest.raises(TransportError, match="TLS failed"):
        get(client, httptask_tls_server)


def test_a_connection_belongs_to_one_proxy(
    client: Http1Client, httptask_server: LoopbackServer, httptask_proxy: ForwardProxy
) -> None:
    for proxy in ("", httptask_proxy.url, ""):
        get(client, httptask_server, proxy=proxy)
    assert [request.all("Via") for request in httptask_server.requests] == [
        [],
        ["1.1 loopback"],
        [],
    ]
    assert connections(httptask_server) == [1, 2, 1]


def test_the_oldest_is_closed_first(httptask_loopback: Callable[..., LoopbackServer]) -> None:
    servers = [httptask_loopback({"/echo": lambda _: Reply()}) for _ in range(3)]
    with Http1Client(most=2) as client:
        for number in (0, 1, 0, 2, 0, 1):
            get(client, servers[number])
    assert connections(servers[0]) == [1, 1, 1]
    assert connections(servers[1]) == [1, 2]


def test_how_many_are_kept_of_one_kind(httptask_server: LoopbackServer) -> None:
    with Http1Client(most_alike=2) as client:
        streams = [client.send(ANY, request_to(httptask_server)).stream for _ in range(4)]
        for stream in streams:
            assert b"".join(stream)
        for stream in [client.send(ANY, request_to(httptask_server)).stream for _ in range(3)]:
            stream.close()
    assert connections(httptask_server) == [1, 2, 3, 4, 4, 3, 5]


def test_a_body_that_is_not_read_ends_its_connection(
    client: Http1Client, httptask_server: LoopbackServer
) -> None:
    client.send(ANY, request_to(httptask_server)).stream.close()
    get(client, httptask_server)
    assert connections(httptask_server) == [1, 2]


def test_a_connection_that_the_server_has_closed_is_not_used(client: Http1Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        closed = threading.Event()

        def serve() -> None:
            for _ in range(2):
                peer, _ = listener.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                closed.set()

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        for _ in range(2):
            response = client.send(ANY, HttpRequest("POST", url, Headers()))
            assert b"".join(response.stream) == b"ok"
            assert closed.wait(60)


def test_many_threads_at_once(httptask_loopback: Callable[..., LoopbackServer]) -> None:
    """Each gets the response to its own request, and few connections are kept."""
    server = httptask_loopback({"/": lambda request: Reply(body=request.target.encode())})
    with Http1Client(most=8) as client, ThreadPoolExecutor(100) as threads:
        paths = [f"/{number}" for number in range(1000)]
        bodies = list(threads.map(lambda path: get(client, server, path), paths))
    assert bodies == [path.encode() for path in paths]


def in_children(count: int, work: Callable[[int], bytes]) -> list[bytes]:
    """Return what forked processes give back, all of which begin at one moment."""
    began, children = time.monotonic() + 0.05, []
    for number in range(count):
        reading, writing = os.pipe()
        pid = os.fork()
        if not pid:  # pragma: no cover - another process
            signal.alarm(60)
            with suppress(BaseException):
                time.sleep(max(began - time.monotonic(), 0))
                try:
                    os.write(writing, work(number))
                except HttpTaskError as error:
                    os.write(writing, error.message.encode())
            os._exit(0)
        os.close(writing)
        children.append((pid, reading))
    found = []
    for pid, reading in children:
        os.waitpid(pid, 0)
        with os.fdopen(reading, "rb") as pipe:
            found.append(pipe.read())
    return found


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
forks_among_threads = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


@needs_fork
@forks_among_threads
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_forked_children_have_connections_of_their_own(
    client: Http1Client,
    httptask_loopback: Callable[..., LoopbackServer],
    httptask_certificates: Certificates,
    tls: bool,
) -> None:
    context = httptask_certificates.server_context() if tls else None
    server = httptask_loopback(
        {"/": lambda request: Reply(body=request.target.encode())}, tls=context
    )
    trust = Tls(authorities=str(httptask_certificates.ca_bundle))

    def ask(name: str) -> bytes:
        return get(client, server, f"/{name}", tls=trust, deadline=time.perf_counter() + SOON)

    for trial in range(5):
        assert ask(f"parent-{trial}") == f"/parent-{trial}".encode()
        names = [f"child-{trial}-{number}" for number in range(3)]
        found = in_children(3, lambda number, names=names: ask(names[number]))  # type: ignore[misc]
        assert found == [f"/{name}".encode() for name in names]
        assert ask("parent-after") == b"/parent-after"
    mine = {each.connection for each in server.requests if each.path.startswith("/parent")}
    assert mine == {1}


@needs_fork
@forks_among_threads
def test_a_child_leaves_a_running_call_of_its_parent_alone(
    client: Http1Client, httptask_server: LoopbackServer
) -> None:
    """It can neither read the rest of the response nor end the call."""
    call = msgspec.structs.replace(
        ANY, deadline=time.perf_counter() + SOON, cancelled=threading.Event()
    )
    path = "/drip?count=8&pause=0.02"
    response = client.send(call, request_to(httptask_server, path))

    def child(number: int) -> bytes:
        with suppress(TransportError):
            return b"read " + b"".join(response.stream)
        assert call.cancelled is not None
        call.cancelled.set()
        get(client, httptask_server, cancelled=threading.Event())
        return b"left alone"

    assert in_children(1, child) == [b"left alone"]
    assert len(b"".join(response.stream)) == 8


@needs_fork
@forks_among_threads
def test_a_fork_among_busy_threads(client: Http1Client, httptask_server: LoopbackServer) -> None:
    stop = threading.Event()

    def busy() -> None:
        with suppress(RequestError):  # it is cancelled at the end
            while True:
                get(client, httptask_server, deadline=time.perf_counter() + SOON, cancelled=stop)

    threads = [threading.Thread(target=busy) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(10):
            found = in_children(2, lambda number: get(client, httptask_server, f"/echo/{number}"))
            assert [b'"path"' in each for each in found] == [True, True], found
    finally:
        stop.set()
        for thread in threads:
            thread.join()

"""Real servers on the loopback interface, for tests of tasks and of plugins.

    with LoopbackServer({"/hello": lambda request: json_reply({"hello": True})}) as server:
        ...  # talk to server.url
    server.requests  # what arrived, as it stood on the wire

Routes are matched on the raw path: ``/a`` exactly, ``/a/`` itself and everything below, each
with or without a method before it (``POST /a``). The longest wins, one with a method first.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping
from typing import Self

from httptask.core.closeable import Closeable
from httptask.testing.replies import AnyReply, Handler, json_reply
from httptask.testing.wire import Connection, MalformedRequestError, ReceivedRequest

HANDSHAKE_SECONDS = 5.0
JOIN_SECONDS = 2.0


class LoopbackServer(Closeable):
    """An HTTP/1.1 server on 127.0.0.1 that records what it receives.

    It serves from `start` (or ``with``) to `close`, each connection on a daemon thread, and is
    silent: a client that goes away is not an error; a handler that raises gives 500.

    Args:
        routes: pattern to handler, see the module. None of them: every request gets 404.
        tls: speak TLS with this context; it decides whether a client certificate is needed.
        port: a fixed port, or 0 for a free one.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        routes: Mapping[str, Handler] | None = None,
        *,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self._routes: dict[str, Handler] = dict(routes or {})
        self._tls = tls
        self._port = port
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._requests: list[ReceivedRequest] = []
        self._accepted = 0
        self._open: dict[threading.Thread, socket.socket] = {}

    def __enter__(self) -> Self:
        return self.start()

    @property
    def port(self) -> int:
        """The TCP port; known once the server has started."""
        return self._port

    @property
    def authority(self) -> str:
        """``127.0.0.1:PORT``."""
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The origin, without a trailing slash."""
        return f"{'https' if self._tls else 'http'}://{self.authority}"

    @property
    def requests(self) -> list[ReceivedRequest]:
        """Every request received so far, in order; a copy."""
        with self._changed:
            return list(self._requests)

    @property
    def connections(self) -> int:
        """How many connections were accepted so far."""
        return self._accepted

    def route(self, pattern: str, handler: Handler) -> None:
        """Add or replace a route while the server runs."""
        self._routes = {**self._routes, pattern: handler}

    def forget(self) -> None:
        """Forget the requests received so far."""
        with self._changed:
            self._requests.clear()

    def wait_for(self, count: int, seconds: float = 30.0) -> list[ReceivedRequest]:
        """Return the requests once there are ``count`` of them.

        Raises:
            TimeoutError: fewer arrived in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self._requests) >= count, seconds):
                raise TimeoutError(f"{len(self._requests)} of {count} requests in {seconds} s")
            return list(self._requests)

    def start(self) -> Self:
        """Bind the port and serve on a background thread."""
        self._listener = socket.create_server((self.host, self._port), backlog=128)
        self._port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(
            target=self._accept, args=(self._listener,), name=f"loopback-{self._port}", daemon=True
        )
        self._acceptor.start()
        return self

    def close(self) -> None:
        """Stop serving, cut every open connection and free the port; may be called twice."""
        if self._listener is None or self._acceptor is None or self._closing.is_set():
            return
        self._closing.set()
        _wake(self._listener)
        self._acceptor.join(JOIN_SECONDS)
        self._listener.close()
        with self._changed:
            still_open = list(self._open.items())
        for _, sock in still_open:
            _cut(sock)
        deadline = time.monotonic() + JOIN_SECONDS
        for thread, _ in still_open:
            thread.join(max(0.0, deadline - time.monotonic()))

    def respond(self, request: ReceivedRequest) -> AnyReply:
        """Respond to one request from the routes; a subclass may respond otherwise."""
        handler = self._find(request)
        if handler is None:
            return json_reply({"error": f"no route for {request.method} {request.path}"}, 404)
        return handler(request)

    def _find(self, request: ReceivedRequest) -> Handler | None:
        routes = self._routes
        path = request.path
        prefixes = [path[: end + 1] for end, letter in enumerate(path) if letter == "/"]
        for pattern in (path, f"{path}/", *reversed(prefixes)):
            found = routes.get(f"{request.method} {pattern}") or routes.get(pattern)
            if found:
                return found
        return None

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            if self._closing.is_set():
                sock.close()
                return
            self._accepted += 1
            thread = threading.Thread(
                target=self._serve, args=(sock, self._accepted), name="loopback", daemon=True
            )
            with self._changed:
                self._open[thread] = sock
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        try:
            secured = self._secured(sock)
        except OSError:
            sock.close()
        else:
            connection = Connection(secured, number, self._closing)
            try:
                while self._exchange(connection):
                    continue
            except OSError:
                pass  # the client has gone, or the server closes under a handler's feet
            finally:
                connection.close()
        with self._changed:
            self._open.pop(threading.current_thread(), None)

    def _secured(self, sock: socket.socket) -> socket.socket:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return sock
        sock.settimeout(HANDSHAKE_SECONDS)
        secured = self._tls.wrap_socket(sock, server_side=True)
        secured.settimeout(None)
        with self._changed:
            self._open[threading.current_thread()] = secured
        return secured

    def _exchange(self, connection: Connection) -> bool:
        try:
            request = connection.receive()
        except MalformedRequestError as error:
            connection.send(_bad_request(error))
            return False
        if request is None:
            return False
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
        return self._respond_safely(request).send_on(connection, request)

    def _respond_safely(self, request: ReceivedRequest) -> AnyReply:
        try:
            return self.respond(request)
        except Exception as error:  # noqa: BLE001 - whatever a test's handler raises is a 500
            return json_reply({"error": f"the handler raised {error!r}"}, 500)


def _bad_request(error: MalformedRequestError) -> bytes:
    text = f"{error}\n".encode()
    return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (
        len(text),
        text,
    )


def _wake(listener: socket.socket) -> None:
    """Let ``accept`` return: closing the socket under it does not on every system."""
    try:
        socket.create_connection(listener.getsockname(), timeout=1).close()
    except OSError:
        return


def _cut(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return

"""A forward proxy on the loopback interface that records what passes."""

from __future__ import annotations

import base64
import selectors
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from httptask.testing.replies import AnyReply, json_reply
from httptask.testing.servers import LoopbackServer
from httptask.testing.wire import Connection, ReceivedRequest

BUFFER = 1 << 16
HOP_HEADERS = ("connection", "keep-alive", "proxy-authorization", "proxy-connection")


class ForwardProxy(LoopbackServer):
    """Forwards absolute-form requests and tunnels ``CONNECT``; `requests` holds both as sent.

    Only names in ``hosts`` and loopback addresses are reached, anything else gives 502, so that
    a test shows which names are resolved by the proxy and nothing leaves the machine.

    Args:
        credentials: ``(username, password)`` that ``Proxy-Authorization: Basic`` must carry, else
            407; None asks for none.
        hosts: name to the (host, port) it stands for, whatever port is asked for.
        port: a fixed port, or 0 for a free one.
    """

    def __init__(
        self,
        credentials: tuple[str, str] | None = None,
        *,
        hosts: Mapping[str, tuple[str, int]] | None = None,
        port: int = 0,
    ) -> None:
        super().__init__(port=port)
        self._expected = _basic(credentials) if credentials else ""
        self._hosts = dict(hosts or {})

    def respond(self, request: ReceivedRequest) -> AnyReply:
        """Forward one request, open a tunnel, or refuse."""
        if self._expected and request.all("Proxy-Authorization") != [self._expected]:
            challenge = (("Proxy-Authenticate", 'Basic realm="proxy"'),)
            return json_reply({"error": "proxy credentials"}, 407, challenge)
        tunnel = request.method == "CONNECT"
        parts = urlsplit(f"//{request.target}" if tunnel else request.target)
        address = self._address(parts.hostname or "", parts.port or 80)
        if address is None:
            return json_reply({"error": f"no way to {request.target}"}, 502)
        try:
            upstream = socket.create_connection(address, timeout=5)
        except OSError as error:
            return json_reply({"error": str(error)}, 502)
        upstream.settimeout(None)
        if tunnel:
            return _Relay(upstream, greeting=b"HTTP/1.1 200 Connection established\r\n\r\n")
        return _Relay(upstream, question=_origin_form(request))

    def _address(self, host: str, port: int) -> tuple[str, int] | None:
        local = host == "localhost" or host.startswith("127.")
        return self._hosts.get(host, (host, port) if local else None)


@dataclass(frozen=True, slots=True)
class _Relay:
    """Copies bytes both ways until both sides have ended."""

    upstream: socket.socket
    greeting: bytes = b""
    question: bytes = b""

    def send_on(self, connection: Connection, request: ReceivedRequest) -> bool:
        with self.upstream, selectors.DefaultSelector() as selector:
            connection.send(self.greeting)
            self.upstream.sendall(self.question)
            selector.register(connection.socket, selectors.EVENT_READ, self.upstream)
            selector.register(self.upstream, selectors.EVENT_READ, connection.socket)
            while not connection.closing:
                for key, _ in selector.select(timeout=0.2):
                    if not _copy(key.fileobj, key.data):
                        return False
        return False


def _copy(source: object, target: socket.socket) -> bool:
    if not isinstance(source, socket.socket):
        return False
    data = source.recv(BUFFER)
    target.sendall(data)
    return bool(data)


def _origin_form(request: ReceivedRequest) -> bytes:
    parts = urlsplit(request.target)
    target = request.target.split(parts.netloc, 1)[1] or "/"
    lines = [f"{request.method} {target} HTTP/1.1"]
    for name, value in request.headers:
        if name.lower() == "transfer-encoding":
            lines.append(f"Content-Length: {len(request.body)}")
        elif name.lower() not in HOP_HEADERS:
            lines.append(f"{name}: {value}")
    lines += ["Connection: close", "Via: 1.1 loopback", "", ""]
    return "\r\n".join(lines).encode("latin-1") + request.body


def _basic(credentials: tuple[str, str]) -> str:
    return "Basic " + base64.b64encode(":".join(credentials).encode()).decode()

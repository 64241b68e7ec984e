"""A loopback server with the few resources that recorded cases call."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TEXTS = {"/jsonnumber": "42", "/array": '[1,2.0,"x",null,{"a":1}]', "/jsonnull": "null"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        if parts.path.startswith("/status/"):
            self._send_status(int(parts.path.rpartition("/")[2]))
        elif parts.path == "/slow":
            milliseconds = int(parse_qs(parts.query)["ms"][0])
            time.sleep(milliseconds / 1000)
            self._send(200, f'{{"slept":{milliseconds}}}')
        elif parts.path in TEXTS:
            self._send(200, TEXTS[parts.path])
        else:
            self._send(404, '{"error":"no such path"}')

    do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 - the library's names

    def _send_status(self, status: int) -> None:
        text = f'{{"error":"status {status}","detail":{{"code":"E{status}","list":[1,2]}}}}'
        self._send(status, text, {"Retry-After": "7"})

    def _send(self, status: int, text: str, more: dict[str, str] | None = None) -> None:
        body = b"" if status == 204 else text.encode()
        self.send_response_only(status)
        self.send_header("Date", self.date_time_string())
        for name, value in {"Content-Type": "application/json", **(more or {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing of clients that went away."""


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Serve on a free port of loopback; yield the origin."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()

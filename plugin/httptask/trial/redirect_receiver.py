"""Receives the redirect that ends a sign-in in a browser (RFC 8252, section 7.3)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, urlsplit

_HOST: Final = "127.0.0.1"
_PATH: Final = "/callback"
_LOOK: Final = 0.2
"""Seconds between two looks at the deadline."""

_SILENCE: Final = 5.0
"""Seconds that a browser may take for its request."""

_PAGE: Final = (
    b"<!doctype html><meta charset=utf-8><title>httptask</title>"
    b"<p>You may close this window and go back to httptask.</p>"
)


class RedirectReceiver:
    """Listens on loopback for one redirect that has the right ``state``.

    Args:
        state: the value that only the right redirect has.
        port: the port to listen on, or 0 for a free one.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, state: str, port: int = 0) -> None:
        self._state = state
        self._found: dict[str, str] = {}
        self._server = _Server((_HOST, port), _Handler)
        self._server.timeout, self._server.take = _LOOK, self._take

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.server_close()

    @property
    def uri(self) -> str:
        """Return the address that the browser is to be sent to."""
        return f"http://{_HOST}:{self._server.server_address[1]}{_PATH}"

    def wait(self, check: Callable[[], None]) -> dict[str, str]:
        """Return the parameters of the redirect.

        Args:
            check: called from time to time; whatever it raises ends the wait.
        """
        while not self._found:
            check()
            self._server.handle_request()
        return self._found

    def _take(self, target: str) -> bool:
        """Take the parameters of a request, if it is the redirect."""
        parts = urlsplit(target)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        same = hmac.compare_digest(given.get("state", "").encode(), self._state.encode())
        if parts.path != _PATH or not same:
            return False
        self._found = given
        return True


class _Server(TCPServer):
    allow_reuse_address = True
    take: Callable[[str], bool]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that goes away is not an error."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _SILENCE
    server: _Server

    def do_GET(self) -> None:
        """Respond to the redirect with a page, to anything else with 404."""
        page = _PAGE if self.server.take(self.path) else b"<p>This is not the sign-in."
        self.send_response_only(200 if page is _PAGE else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *words: Any) -> None:
        """Say nothing: the address has a code in it."""

"""Receives the redirect that ends a sign-in in a browser (RFC 8252, section 7.3)."""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any, Final, Protocol
from urllib.parse import parse_qs, urlsplit

from httptask.errors import CredentialsError

PATH: Final = "/callback"
_HOST: Final = "127.0.0.1"
_LOOK: Final = 0.2
"""Seconds between two looks at the deadline."""

_SILENCE: Final = 5.0
"""Seconds that a browser may take for its request."""

_PAGE: Final = (
    b"<!doctype html><meta charset=utf-8><title>httptask</title>"
    b"<p>You may close this window and go back to httptask.</p>"
)


class Receiver(Protocol):
    """Who waits for a redirect."""

    @property
    def uri(self) -> str:
        """Return the address that the browser is to be sent to."""

    def wait(self, check: Callable[[], None]) -> Mapping[str, str]:
        """Return the parameters of the redirect.

        Args:
            check: called from time to time; whatever it raises ends the wait.
        """


class Redirect:
    """The one redirect that has the right ``state``.

    Args:
        state: the value that only the right redirect has.
        uri: the address that the browser is to be sent to.
    """

    def __init__(self, state: str, uri: str) -> None:
        self._state, self.uri = state, uri
        self._found: dict[str, str] = {}
        self._came = threading.Event()

    def wait(self, check: Callable[[], None]) -> Mapping[str, str]:
        """Return the parameters of the redirect; see ``Receiver``."""
        while not self._came.wait(_LOOK):
            check()
        return self._found

    def take(self, target: str) -> bool:
        """Take the parameters of a request's target, if it is the redirect, once."""
        parts = urlsplit(target)
        given = {name: values[0] for name, values in parse_qs(parts.query).items()}
        same = hmac.compare_digest(given.get("state", "").encode(), self._state.encode())
        if parts.path != PATH or not same or self._came.is_set():
            return False
        self._found = given
        self._came.set()
        return True


@contextmanager
def redirect_receiver(state: str, port: int = 0) -> Iterator[Receiver]:
    """Listen on loopback for one redirect that has the right ``state``.

    Args:
        state: the value that only the right redirect has.
        port: the port to listen on, or 0 for a free one.

    Raises:
        CredentialsError: the port is taken.
    """
    try:
        server = _Server((_HOST, port), _Handler)
    except OSError as error:
        raise CredentialsError(
            f"cannot listen on port {port}: {error.strerror}",
            code="port_taken",
            retryable=False,
            hint="--port names another one",
        ) from error
    server.host = f"{_HOST}:{server.server_address[1]}"
    server.redirect = Redirect(state, f"http://{server.host}{PATH}")
    listening = threading.Thread(target=server.serve_forever, args=(_LOOK,), daemon=True)
    listening.start()
    try:
        yield server.redirect
    finally:
        server.shutdown()
        with server.responding:  # the browser has its page before the program may end
            server.server_close()
        listening.join()


class _Server(ThreadingTCPServer):
    allow_reuse_address = os.name == "posix"  # elsewhere it lets two programs have one port
    daemon_threads = True
    host: str
    redirect: Redirect

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(address, handler)
        self.responding = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a browser that goes away is not an error."""


class _Handler(BaseHTTPRequestHandler):
    timeout = _SILENCE
    server: _Server

    def do_GET(self) -> None:
        """Respond to the redirect with a page, to anything else with 404."""
        is_here = self.headers.get_all("Host") == [self.server.host]
        with self.server.responding:
            self._respond(is_right=is_here and self.server.redirect.take(self.path))

    def _respond(self, *, is_right: bool) -> None:
        page = _PAGE if is_right else b"<p>This is not the sign-in."
        self.send_response_only(200 if is_right else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *words: Any) -> None:
        """Say nothing: the address has a code in it."""

"""The default transport as a plugin."""

from __future__ import annotations

from httptask.builtin.transport.sender import Sender
from httptask.core.message import HttpRequest, HttpResponse
from httptask.hooks import hookimpl
from httptask.hooks.views import Attempt, Claim


class RequestsTransport:
    """Answers ``send_request`` with requests."""

    def __init__(self) -> None:
        self._sender = Sender()

    def close(self) -> None:
        """Close idle connections; the plugin can be used again afterwards."""
        self._sender.close()

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim http and https."""
        return [
            Claim("send_request", "http", "HTTP/1.1 by requests, pooled, judged at connect time"),
            Claim("send_request", "https", "the same over TLS"),
        ]

    @hookimpl(trylast=True)
    def httptask_send_request(self, attempt: Attempt, request: HttpRequest) -> HttpResponse:
        """Send over a pooled connection."""
        return self._sender.send(attempt, request)

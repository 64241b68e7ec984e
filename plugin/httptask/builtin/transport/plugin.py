"""The default transport as a plugin."""

from __future__ import annotations

from httptask.builtin.transport.sender import Sender
from httptask.core.closing import Closing
from httptask.core.message import HttpResponse
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SignedRequest


class RequestsTransport(Closing):
    """Answers ``send_request`` with requests."""

    def __init__(self) -> None:
        self._sender = Sender()

    def close(self) -> None:
        """Close idle connections; the plugin can be used again afterwards."""
        self._sender.close()

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim HTTP/1.1."""
        return [Claim("send_request", "http1", "HTTP/1.1, pooled, judged at connect time")]

    @hookimpl(trylast=True)
    def httptask_send_request(self, exchange: Exchange, signed: SignedRequest) -> HttpResponse:
        """Send over a pooled connection."""
        return self._sender.send(exchange, signed.request)

"""Record what is really sent, and what comes back."""

from __future__ import annotations

from httptask.core.message import HttpResponse
from httptask.errors import HttpTaskError
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, SendSigned, SignedRequest


class RecordExchanges:
    """Tells the task's recorder of each send."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim the trace."""
        return [Claim("observe", "trace", "every request as sent, with its response")]

    @hookimpl(trylast=True)
    def httptask_observe(
        self, exchange: Exchange, signed: SignedRequest, send: SendSigned
    ) -> HttpResponse:
        """Record one send."""
        recorder, number = exchange.task.recorder, exchange.attempt.number
        item = recorder.open(signed.request, exchange.purpose, number, exchange.probe)
        try:
            response = send(signed)
        except HttpTaskError as error:
            item.failed(error)
            raise
        return item.received(response)

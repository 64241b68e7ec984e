"""Send requests: each one judged, recorded, and followed through its redirects."""

from __future__ import annotations

from httptask.core.clock import Clock
from httptask.core.message import HttpRequest, HttpResponse, MemoryStream
from httptask.errors import DecodeError, HttpTaskError, RequestError, TransportError
from httptask.hooks.views import Attempt, Credentials, Probe, SignedRequest
from httptask.pipeline.recorder import OpenExchange, Recorder
from httptask.pipeline.redirects import Hops
from httptask.pipeline.stages import Stages

_CALL_OUT_LIMIT = 4 * 1024 * 1024
_DRAINED = 64 * 1024


class Exchanges:
    """The requests of one task execution.

    Args:
        stages: the stages.
        recorder: is told of every exchange.
        clock: tells the time.
        dry: whether nothing is to be sent.
    """

    def __init__(self, stages: Stages, recorder: Recorder, clock: Clock, *, dry: bool) -> None:
        self._stages, self._recorder, self._clock, self._dry = stages, recorder, clock, dry
        self._last: OpenExchange | None = None

    def send(self, attempt: Attempt, request: HttpRequest, purpose: str) -> HttpResponse:
        """Send one request.

        Raises:
            RequestError: the request was refused or not answered.
        """
        probe = Probe()
        view = attempt.using(probe=probe)
        now = self._clock.monotonic()
        item = self._recorder.open_exchange(request, purpose, attempt.number, probe, now)
        self._last = item
        try:
            response: HttpResponse = self._stages("send_request", attempt=view, request=request)
        except HttpTaskError as error:
            item.error, item.ended = error, self._clock.monotonic()
            raise
        return self._recorder.answered(item, response)

    def finish(self) -> None:
        """Note that the body of the last exchange has been read."""
        if self._last is not None and self._last.ended is None:
            self._last.ended = self._clock.monotonic()

    def call_out(self, attempt: Attempt, request: HttpRequest, purpose: str) -> HttpResponse:
        """Send a plugin's own request and read its answer into memory.

        Raises:
            RequestError: the request was refused or not answered, or nothing is to be sent.
            DecodeError: the answer has more than 4 MiB.
        """
        if self._dry:
            raise RequestError(
                f"nothing is sent, so the {purpose} call was not made",
                code="dry_run",
                retryable=False,
            )
        outside = attempt.using(policy=attempt.policy.after_first_hop())
        response = self.send(outside, request, purpose)
        data = bytearray()
        try:
            for chunk in response.stream:
                data += chunk
                if len(data) > _CALL_OUT_LIMIT:
                    raise DecodeError(f"the answer to the {purpose} call is over 4 MiB")
        finally:
            response.stream.close()
            self.finish()
        return response.with_stream(MemoryStream(bytes(data)))

    def follow(
        self, attempt: Attempt, request: HttpRequest, credentials: Credentials
    ) -> tuple[HttpRequest, HttpResponse]:
        """Sign and send a request, and follow its redirects; return the last hop.

        Raises:
            RequestError: a hop was refused or not answered.
        """
        redirects = attempt.resolved.options.redirects
        hops = Hops(redirects.max, attempt.call.redactor)
        home, hop, purpose = request.origin, request, "task"
        while True:
            if hop.origin == home:
                here, signed = attempt, self.sign(attempt, hop, credentials)
            else:
                here = attempt.using(policy=attempt.policy.after_first_hop())
                signed = SignedRequest(hop)
            response = self._converse(here, signed, purpose)
            try:
                following = hops.next(hop, response, signed.fields) if redirects.follow else None
            except HttpTaskError:
                self._drain(response)
                raise
            if following is None:
                return signed.request, response
            self._drain(response)
            hop, purpose = following, "redirect"

    def _drain(self, response: HttpResponse) -> None:
        """Read the short body of an answer that does not count, so that its connection stays.

        Raises:
            DeadlineError: the deadline passed meanwhile.
        """
        size = 0
        try:
            for chunk in response.stream:
                size += len(chunk)
                if size > _DRAINED:
                    break
        except (DecodeError, TransportError):
            pass  # the connection is closed then
        finally:
            response.stream.close()
            self.finish()

    def sign(
        self, attempt: Attempt, request: HttpRequest, credentials: Credentials
    ) -> SignedRequest:
        """Return the request with its final bytes."""
        signed: SignedRequest = self._stages(
            "authenticate_request", attempt=attempt, request=request, credentials=credentials
        )
        for name in signed.fields:
            attempt.call.redactor.register_field(name)
        return signed

    def _converse(self, attempt: Attempt, signed: SignedRequest, purpose: str) -> HttpResponse:
        response = self.send(attempt, signed.request, purpose)
        if signed.on_response is None:
            return response

        previous = response

        def again(request: HttpRequest) -> HttpResponse:
            nonlocal previous
            self._drain(previous)
            policy = attempt.policy
            if request.origin != signed.request.origin:
                policy = policy.after_first_hop()
            previous = self.send(attempt.using(policy=policy), request, "challenge")
            return previous

        return signed.on_response(response, again)

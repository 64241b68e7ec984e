"""The body of a response as it arrives, content codings undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from httptask.wire.content_coding import undone
from httptask.wire.http1.failures import raise_if_over, read_failure
from httptask.wire.http1.response import WireResponse
from httptask.wire.http1.watchdog import Watch, watchdog


class BodyStream:
    """The bytes of one response; read to its end, its connection can be used again.

    Args:
        response: the response, its head read.
        watch: the guard of the call, which ends with the stream.
        give_back: takes the connection; told whether it can be used again.
    """

    def __init__(
        self, response: WireResponse, watch: Watch, give_back: Callable[[bool], None]
    ) -> None:
        self._response, self._watch, self._give_back = response, watch, give_back
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        if self._closed:
            return
        codings = self._response.headers.get_all("Content-Encoding")
        chunks = self._chunks()
        yield from undone(chunks, ",".join(codings)) if codings else chunks
        self.close()

    def _chunks(self) -> Iterator[bytes]:
        try:
            yield from self._response.chunks()
        except OSError as error:
            raise_if_over(self._watch, error)
            raise read_failure(error) from error
        if self._watch.fired:
            raise_if_over(self._watch, EOFError())

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        if self._closed:
            return
        self._closed = True
        watchdog.remove(self._watch)
        self._give_back(self._response.reusable and not self._watch.fired)

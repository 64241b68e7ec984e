"""The body of an answer as it arrives, content codings undone."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPException

from httptask.builtin.transport.answer import Answer
from httptask.builtin.transport.content_coding import undone
from httptask.builtin.transport.failures import raise_if_over, read_failure
from httptask.builtin.transport.watchdog import Watch, Watchdog

READ_SIZE = 1024 * 1024


class BodyStream:
    """The bytes of one answer; read to its end, its connection can be used again.

    Args:
        answer: the answer, its head read.
        watch: the guard of the call, which ends with the stream.
        watchdog: who looks at that guard.
    """

    def __init__(self, answer: Answer, watch: Watch, watchdog: Watchdog) -> None:
        self._answer, self._watch, self._watchdog = answer, watch, watchdog
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        if self._closed:
            return
        codings = ",".join(self._answer.headers.get_all("Content-Encoding"))
        chunks = self._chunks()
        yield from undone(chunks, codings, READ_SIZE) if codings else chunks
        self.close()

    def _chunks(self) -> Iterator[bytes]:
        try:
            yield from self._answer.chunks(READ_SIZE)
        except (HTTPException, OSError) as error:
            raise_if_over(self._watch, error)
            raise read_failure(error) from error
        if self._watch.fired:
            raise_if_over(self._watch, EOFError())

    def close(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        if self._closed:
            return
        self._closed = True
        self._watchdog.remove(self._watch)
        self._answer.release(usable=not self._watch.fired)

"""The body of a response, within the time of its task."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from io import BytesIO

import requests

from httptask.hooks.views import Task
from httptask.wire.content_coding import undone
from httptask.wire.limits import Limits
from httptask.wire.over_requests.failures import broken_off

_PIECE = 64 * 1024
_LEAST = 0.001


class ResponseStream:
    """The bytes of one response; read to its end, its connection can be used again.

    Args:
        response: the response, nothing of its body read.
        limits: how long it may be silent.
        task: the task, which may be cancelled, and whose time is limited.
    """

    def __init__(self, response: requests.Response, limits: Limits, task: Task) -> None:
        self._response, self._limits, self._task = response, limits, task
        self._raw = response.raw or BytesIO(response.content)
        if hasattr(self._raw, "decode_content"):
            self._raw.decode_content = False
        self._read = getattr(self._raw, "read1", self._raw.read)
        self._sock = getattr(getattr(self._raw, "connection", None), "sock", None)
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        if self._closed:
            return
        codings = self._response.headers.get("Content-Encoding")
        chunks = self._chunks()
        yield from undone(chunks, codings) if codings else chunks
        self.close()

    def _chunks(self) -> Iterator[bytes]:
        while piece := self._piece():
            yield piece
        if self._sock is not None and getattr(self._sock, "pending", int)():
            self._sock.shutdown(socket.SHUT_RDWR)

    def _piece(self) -> bytes:
        self._task.check_time()
        try:
            if self._sock is not None:
                self._sock.settimeout(shorter(self._limits.call.read_timeout, self._task))
            piece: bytes = self._read(_PIECE)
        except Exception as error:
            self._task.check_time()
            raise broken_off(error, self._limits) from error
        return piece

    def close(self) -> None:
        """Let the connection go: it is kept if the body was read to its end, or there is none."""
        if not self._closed:
            self._closed = True
            if getattr(self._raw, "length_remaining", None) == 0:
                self._read(1)
            self._response.close()


def shorter(seconds: float | None, task: Task) -> float | None:
    """Return the seconds, or those that the task has left if they are fewer."""
    left = task.time_left()
    if left is None:
        return seconds
    return max(min(left, seconds or left), _LEAST)

"""What the peer sends over one connection, by lines and by pieces."""

from __future__ import annotations

import http.client
import socket

_LONGEST_LINE = 65536
_READ_SIZE = 65536


class Incoming:
    """The bytes that arrive on a socket; what came with others is kept for whoever asks next."""

    __slots__ = ("_at", "_data", "_sock")

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._data, self._at = sock, b"", 0

    @property
    def empty(self) -> bool:
        """Tell whether everything that arrived has been asked for."""
        return self._at == len(self._data)

    def line(self, what: str) -> bytes:
        """Return the next line with its end, or what there was before the peer closed.

        Args:
            what: what the line is, for the error.

        Raises:
            OSError: the connection broke, or was silent for too long.
            LineTooLong: the line has more than 64 KiB.
        """
        seen = self._at
        while not (end := self._data.find(b"\n", seen) + 1):
            seen = end = len(self._data) - self._at
            more = self._sock.recv(_READ_SIZE) if seen <= _LONGEST_LINE else b""
            self._data, self._at = self._data[self._at :] + more, 0
            if not more:
                break
        line = self._data[self._at : end]
        self._at = end
        if len(line) > _LONGEST_LINE:
            raise http.client.LineTooLong(what)
        return line

    def piece(self, size: int) -> bytes:
        """Return the next bytes, at most ``size``; none when the peer has closed.

        Raises:
            OSError: the connection broke, or was silent for too long.
        """
        if self.empty:
            return self._sock.recv(size)
        start, self._at = self._at, min(self._at + size, len(self._data))
        return self._data[start : self._at]

"""TLS as a client."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from requests import certs

from httptask.wire.call import Tls

_READ_SIZE = 64 * 1024


def client_context(tls: Tls) -> ssl.SSLContext:
    """Return the context for a connection; one for as long as the files stay as they are.

    Raises:
        ssl.SSLError: a file cannot be read as certificates, or as a key.
    """
    authorities = tls.authorities or certs.where()  # type: ignore[attr-defined]
    try:
        paths = [Path(path) for path in (authorities, tls.certificate, tls.key) if path]
        return _context(tls, authorities, tuple(path.stat().st_mtime_ns for path in paths))
    except ssl.SSLError:
        raise
    except (OSError, ValueError) as error:
        raise ssl.SSLError(0, f"a certificate's file cannot be read: {error}") from error


@lru_cache(maxsize=64)
def _context(tls: Tls, authorities: str, changed: tuple[int, ...]) -> ssl.SSLContext:
    del changed
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    if not tls.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif Path(authorities).is_dir():
        context.load_verify_locations(capath=authorities)
    else:
        context.load_verify_locations(cafile=authorities)
    if tls.certificate:
        context.load_cert_chain(tls.certificate, tls.key or None, password="")
        context.post_handshake_auth = True
    return context


class TlsInTls:
    """TLS within a TLS connection to a proxy: the ssl module has it for bytes, not for sockets.

    Args:
        sock: the connection to the proxy.
        context: the context for the inner connection.
        host: who is to be at its end.
    """

    def __init__(self, sock: Any, context: ssl.SSLContext, host: str) -> None:
        self._sock, self._in, self._out = sock, ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=host)
        self.fileno, self.close = sock.fileno, sock.close
        self.gettimeout, self.settimeout = sock.gettimeout, sock.settimeout

    def do_handshake(self) -> None:
        """Shake hands."""
        self._step(self._tls.do_handshake)

    def sendall(self, data: bytes) -> None:
        """Send bytes."""
        self._step(partial(self._tls.write, data))

    def recv(self, size: int) -> bytes:
        """Return the next bytes, or none at the end."""
        try:
            return bytes(self._step(partial(self._tls.read, size)))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    def pending(self) -> int:
        """Return how many bytes have arrived that nobody asked for."""
        return self._tls.pending() + self._in.pending + int(self._sock.pending())

    def _step(self, step: Callable[[], Any]) -> Any:
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                pass
            finally:
                if self._out.pending:
                    self._sock.sendall(self._out.read())
            data = self._sock.recv(_READ_SIZE)
            if data:
                self._in.write(data)
            else:
                self._in.write_eof()

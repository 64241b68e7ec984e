"""TLS over another connection, with the trust and identity of a client."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from requests import certs

from httptask.wire.call import Tls
from httptask.wire.certificates import load_identity
from httptask.wire.http1.connection import Plain

_READ_SIZE = 64 * 1024


class Secured:
    """TLS over another stream: the ssl module has it for bytes, whatever carries them.

    Attributes:
        plain: the socket below everything.

    Raises:
        ssl.SSLError: the handshake failed, or a file cannot be read as certificates or as a key.
    """

    def __init__(self, carrier: Stream, tls: Tls, host: str) -> None:
        self._carrier = carrier
        self.plain: Plain = carrier.plain
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = _context(tls).wrap_bio(self._in, self._out, server_hostname=host)
        self._step(self._tls.do_handshake)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        left = memoryview(data)
        while left:
            left = left[self._step(self._tls.write, left) :]

    def recv(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        with suppress(ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return bytes(self._step(self._tls.read, size))
        return b""

    def is_quiet(self) -> bool:
        """Tell whether nothing has arrived, neither read nor decrypted."""
        arrived = self._tls.pending() or self._in.pending
        return not arrived and self._carrier.is_quiet()

    def _step(self, step: Callable[..., Any], *given: Any) -> Any:
        while True:
            try:
                done = step(*given)
            except ssl.SSLWantReadError:
                self._carrier.send(self._out.read())
            except ssl.SSLError:
                with suppress(OSError):  # tell the peer, if it still listens
                    self._carrier.send(self._out.read())
                raise
            else:
                self._carrier.send(self._out.read())
                return done
            if data := self._carrier.recv(_READ_SIZE):
                self._in.write(data)
            else:
                self._in.write_eof()


Stream = Plain | Secured


def _context(tls: Tls) -> ssl.SSLContext:
    """Return the context for a connection; one for as long as the files stay as they are."""
    authorities = tls.authorities or certs.where()  # type: ignore[attr-defined]
    try:
        paths = [Path(path) for path in (authorities, tls.certificate, tls.key) if path]
        return _made(tls, authorities, tuple(path.stat().st_mtime_ns for path in paths))
    except (OSError, ValueError) as error:
        raise ssl.SSLError(0, f"a certificate's file cannot be read: {error}") from error


@lru_cache(maxsize=64)
def _made(tls: Tls, authorities: str, _changed: tuple[int, ...]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.hostname_checks_common_name = False
    context.set_alpn_protocols(["http/1.1"])
    if not tls.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif Path(authorities).is_dir():
        context.load_verify_locations(capath=authorities)
    else:
        context.load_verify_locations(cafile=authorities)
    if tls.certificate or tls.pem:
        load_identity(context, tls.certificate, tls.key, tls.pem, tls.password)
        context.post_handshake_auth = True
    return context

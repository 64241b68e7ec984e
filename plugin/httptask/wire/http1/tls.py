"""Trust and identity as a client of TLS."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path

from requests import certs

from httptask.wire.call import Tls


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

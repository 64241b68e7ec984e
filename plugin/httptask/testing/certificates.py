"""Throw-away certificates for the TLS variants of the loopback servers."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from httptask.errors import MissingExtraError


@dataclass(frozen=True, slots=True)
class Certificates:
    """PEM files of one throw-away authority; all in one folder.

    Attributes:
        ca_bundle: the authority; a client that trusts it trusts the servers.
        server: key and certificate for 127.0.0.1 and localhost, in one file.
        client_certificate: what the mutual server asks for.
        client_key: its private key, not encrypted.
    """

    ca_bundle: Path
    server: Path
    client_certificate: Path
    client_key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return a context for ``LoopbackServer(tls=...)``."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server)
        return context

    def mutual_context(self) -> ssl.SSLContext:
        """Return a context that also requires the client certificate."""
        context = self.server_context()
        context.load_verify_locations(self.ca_bundle)
        context.verify_mode = ssl.CERT_REQUIRED
        return context


def issue_certificates(folder: Path) -> Certificates:
    """Issue new certificates into a folder, which is made if it is absent.

    Raises:
        MissingExtraError: ``trustme`` is not installed.
    """
    try:
        import trustme  # noqa: PLC0415 - start-up: only TLS tests need it, and it may be absent
    except ModuleNotFoundError:
        raise MissingExtraError(
            "Certificates for tests need trustme.", hint="pip install trustme"
        ) from None
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(
        folder / "ca.pem", folder / "server.pem", folder / "client.pem", folder / "client.key"
    )
    authority = trustme.CA()
    authority.cert_pem.write_to_path(made.ca_bundle)
    authority.issue_cert("127.0.0.1", "localhost").private_key_and_cert_chain_pem.write_to_path(
        made.server
    )
    client = authority.issue_cert("client@httptask.test")
    client.cert_chain_pems[0].write_to_path(made.client_certificate)
    client.private_key_pem.write_to_path(made.client_key)
    return made

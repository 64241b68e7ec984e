"""Who may talk to the editor's server, and how much."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """What the server allows.

    Attributes:
        hosts: values of the Host header that are served, ``name:port``.
        token: what a caller of the REST API must send as ``Authorization: Bearer``.
        embed_origins: origins whose pages may frame the editor or call the REST API.
        max_request_bytes: a request body above this is refused with 413.
        max_upload_bytes: a file above this is refused with 413.
        max_shown_bytes: a test's response or output above this is not sent to the browser.
        parallel_tests: tests that run at once; further ones wait.
        waiting_tests: tests that may wait; further ones are refused with 429.
    """

    hosts: frozenset[str]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    embed_origins: frozenset[str] = frozenset()
    max_request_bytes: int = 10 * MEBIBYTE
    max_upload_bytes: int = 200 * MEBIBYTE
    max_shown_bytes: int = 10 * MEBIBYTE
    parallel_tests: int = 8
    waiting_tests: int = 200

    @classmethod
    def loopback(cls, port: int, *, embed_origins: frozenset[str] = frozenset()) -> EditorSettings:
        """Return the settings of a server on this machine only."""
        names = ("127.0.0.1", "localhost")
        return cls(frozenset(f"{name}:{port}" for name in names), embed_origins=embed_origins)

    def is_own_origin(self, origin: str) -> bool:
        """Tell whether a page of this server has that origin."""
        return origin.removeprefix("http://") in self.hosts and origin.startswith("http://")

    def may_call(self, origin: str) -> bool:
        """Tell whether a page of that origin may call the REST API."""
        return self.is_own_origin(origin) or origin in self.embed_origins

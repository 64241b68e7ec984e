"""A second transport, on ``requests.Session``: for those who have adapters, mocks and cassettes."""

from __future__ import annotations

from httptask.wire.over_requests.plugin import RequestsTransport

__all__ = ["RequestsTransport"]

"""Redirects: any status, to anywhere, chains, loops, relative, without a location."""

from __future__ import annotations

from httptask.testing.replies import Reply
from httptask.testing.wire import ReceivedRequest


def redirect(request: ReceivedRequest) -> Reply:
    """Redirect with the status that ends the path: ``/redirect/307?to=URL`` (``/echo``)."""
    return _to(request.argument("to", "/echo"), int(request.path.rpartition("/")[2]))


def redirect_chain(request: ReceivedRequest) -> Reply:
    """Redirect as many times as the number that ends the path, then to ``/echo``; 302."""
    left = int(request.path.rpartition("/")[2])
    return _to(f"/redirect/chain/{left - 1}" if left > 1 else "/echo", 302)


def redirect_loop(request: ReceivedRequest) -> Reply:
    """Redirect to itself; 302."""
    return _to(request.target, 302)


def redirect_relative(request: ReceivedRequest) -> Reply:
    """Redirect to ``../echo?from=relative``, relative to the path of the request; 302."""
    return _to("../echo?from=relative", 302)


def redirect_nowhere(request: ReceivedRequest) -> Reply:
    """Respond with 302 without a ``Location``."""
    return Reply(302, (("Content-Type", "text/plain"),), b"moved")


def _to(location: str, status: int) -> Reply:
    return Reply(status, (("Location", location), ("Content-Type", "text/plain")), b"moved")

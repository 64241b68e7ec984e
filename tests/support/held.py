"""A route of a loopback server whose first request gets no response until it is let go."""

from __future__ import annotations

import threading

from soon import LATE

from httptask.testing.replies import Reply, json_reply
from httptask.testing.wire import ReceivedRequest


class Held:
    """Holds the first request, which its sender is killed or interrupted at, and no other.

    Attributes:
        arrived: set when the first request is there.
        leave: sets it free.
    """

    def __init__(self) -> None:
        self.arrived = threading.Event()
        self.leave = threading.Event()

    def __call__(self, request: ReceivedRequest) -> Reply:
        """Respond as /echo does in short: with the path."""
        if not self.arrived.is_set():
            self.arrived.set()
            self.leave.wait(LATE)
        return json_reply({"path": request.path})

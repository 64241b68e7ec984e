"""Proof that every byte leaves through one room: who connects, and who resolves a name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

EVENTS = frozenset({"socket.connect", "socket.getaddrinfo"})
WIRE = "httptask.wire"
TESTS = str(Path(__file__).resolve().parents[1])
GUARD = str(Path(__file__).with_name("loopback.py"))
"""Stands between every caller and the socket."""

APART = "httptask.testing"
"""Servers for tests, a proxy among them."""


class Strangers:
    """Callers of the package outside the wire, seen by an audit hook."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.seen = 0
        self.watching = False

    def audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """See one event of the interpreter."""
        if not self.watching or event not in EVENTS:
            return
        caller = nearest(sys._getframe(1))
        if caller.startswith("httptask"):
            self.seen += 1
        if caller and not caller.startswith(WIRE):
            self.found.append(f"{caller}: {event}{arguments[1:2]}")


def nearest(frame: FrameType | None) -> str:
    """Return the innermost module of the package on the stack, or "" if a test calls by itself."""
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        file = frame.f_code.co_filename
        if file.startswith(TESTS) and file != GUARD:
            return ""
        if name.split(".")[0] == "httptask":
            return "" if name.startswith(APART) else str(name)
        frame = frame.f_back
    return ""


@contextmanager
def one_wire() -> Iterator[Strangers]:
    """Note every caller outside the wire. An audit hook stays; afterwards it sees nothing."""
    strangers = Strangers()
    sys.addaudithook(strangers.audit)
    strangers.watching = True
    try:
        yield strangers
    finally:
        strangers.watching = False

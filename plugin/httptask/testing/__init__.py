"""For plugin authors and for this project's own tests: real servers on the loopback interface.

Nothing here is imported by a run, save for the stand-in image service of ``httptask demo``. The
servers need the standard library only; certificates need ``trustme``, fixtures need ``pytest``.
"""

from __future__ import annotations

from httptask.testing.replies import Answer, Handler, RawReply, Reply, json_reply, text_reply
from httptask.testing.servers import LoopbackServer
from httptask.testing.wire import ReceivedRequest

__all__ = [
    "Answer",
    "Handler",
    "LoopbackServer",
    "RawReply",
    "ReceivedRequest",
    "Reply",
    "json_reply",
    "text_reply",
]

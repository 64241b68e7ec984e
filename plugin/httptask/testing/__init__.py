"""For plugin authors and for this project's own tests: real servers on the loopback interface.

Nothing here is imported by a run, save for the stand-in image service of ``httptask demo``. The
servers need the standard library only; certificates need ``trustme``, the fixtures of
`httptask.testing.plugin` need ``pytest``.
"""

from __future__ import annotations

from httptask.testing.certificates import Certificates, issue_certificates
from httptask.testing.handlers import standard_routes
from httptask.testing.handlers.basic import sequence
from httptask.testing.handlers.streams import event_stream, event_text, ndjson_stream
from httptask.testing.images import ImageService
from httptask.testing.multipart import Part, parse_multipart
from httptask.testing.proxies import ForwardProxy
from httptask.testing.replies import AnyReply, Handler, RawReply, Reply, json_reply, text_reply
from httptask.testing.servers import LoopbackServer
from httptask.testing.wire import ReceivedRequest

__all__ = [
    "AnyReply",
    "Certificates",
    "ForwardProxy",
    "Handler",
    "ImageService",
    "LoopbackServer",
    "Part",
    "RawReply",
    "ReceivedRequest",
    "Reply",
    "event_stream",
    "event_text",
    "issue_certificates",
    "json_reply",
    "ndjson_stream",
    "parse_multipart",
    "sequence",
    "standard_routes",
    "text_reply",
]

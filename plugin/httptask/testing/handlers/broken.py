"""Responses that break HTTP, each in one way."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Mapping

from httptask.testing.replies import AnyReply, RawReply, Reply, json_reply
from httptask.testing.wire import ReceivedRequest

_OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_CHUNKED = _OK + b"Transfer-Encoding: chunked\r\n\r\n"
_EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
_GZIP = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
_DEFLATE = (("Content-Type", "application/json"), ("Content-Encoding", "deflate"))


def _cut_gzip() -> Reply:
    return Reply(200, _GZIP, gzip.compress(b'{"gzip": true}' * 100)[:-20])


FAULTS: Mapping[str, Callable[[], AnyReply]] = {
    "closed": RawReply,
    "reset": lambda: RawReply(reset=True),
    "garbage": lambda: RawReply([b"this is not HTTP\r\n\r\n"]),
    "cut-head": lambda: RawReply([b"HTTP/1.1 200 OK\r\nContent-Ty"]),
    "truncated": lambda: RawReply([_OK + b'Content-Length: 100\r\n\r\n{"only": "a bit']),
    "bad-length": lambda: RawReply([_OK + b"Content-Length: many\r\n\r\n{}"]),
    "bad-chunk": lambda: RawReply([_CHUNKED + b'2\r\n{}\r\nzz\r\n{"a": 1}\r\n']),
    "cut-chunk": lambda: RawReply([_CHUNKED + b'2\r\n{}\r\n64\r\n{"a": 1']),
    "cut-events": lambda: RawReply(
        [_EVENTS + b"Content-Length: 1000\r\n\r\ndata: 1\n\n", 0.05, b"data: 2"]
    ),
    "bad-gzip": lambda: Reply(200, _GZIP, b'{"gzip": "not at all"}'),
    "cut-gzip": _cut_gzip,
    "bad-deflate": lambda: Reply(200, _DEFLATE, zlib.compress(b'{"a": 1}' * 50)[:-9] + b"\0" * 9),
    "long-header": lambda: Reply(200, (("X-Long", "x" * 300_000),), b"{}"),
    "many-headers": lambda: Reply(200, (("X-Many", "x"),) * 30_000, b"{}"),
}
"""Name to reply: what ``/broken/NAME`` gives."""


def broken(request: ReceivedRequest) -> AnyReply:
    """Respond with the fault that ends the path; 404 with the list of faults for another."""
    fault = FAULTS.get(request.path.rpartition("/")[2])
    return fault() if fault else json_reply({"faults": list(FAULTS)}, 404)

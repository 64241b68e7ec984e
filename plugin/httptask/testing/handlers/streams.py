"""Bodies that arrive over time, and bodies that are large."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from httptask.testing.replies import Parts, Reply
from httptask.testing.wire import ReceivedRequest

MIB = 1 << 20


def event_stream(events: Iterable[str | bytes], pause: float = 0.05) -> Reply:
    r"""Build a ``text/event-stream`` reply of raw events, ``"data: 1\n\n"``, with pauses."""
    return _stream("text/event-stream", events, pause)


def event_text(data: Any, event: str = "", id: str = "") -> str:  # noqa: A002 - the field's name
    """Write one server-sent event; ``data`` that is not a string is written as JSON."""
    text = data if isinstance(data, str) else json.dumps(data)
    lines = [f"event: {event}"] if event else []
    lines += [f"id: {id}"] if id else []
    lines += [f"data: {line}" for line in text.split("\n")]
    return "\n".join([*lines, "", ""])


def ndjson_stream(values: Iterable[Any], pause: float = 0.05) -> Reply:
    """Build an ``application/x-ndjson`` reply, one value a line, with pauses."""
    lines = (json.dumps(value) + "\n" for value in values)
    return _stream("application/x-ndjson", lines, pause)


def events(request: ReceivedRequest) -> Reply:
    """``?count=`` (3) events ``tick`` with ids and JSON data, ``?pause=`` (0.05) s between."""
    numbers = range(int(request.argument("count", "3")))
    texts = (event_text({"n": number}, "tick", str(number)) for number in numbers)
    return event_stream(texts, _pause(request))


def ndjson(request: ReceivedRequest) -> Reply:
    """``?count=`` (3) values ``{"n": 0}``, ``?pause=`` (0.05) seconds between."""
    numbers = range(int(request.argument("count", "3")))
    return ndjson_stream(({"n": number} for number in numbers), _pause(request))


def big(request: ReceivedRequest) -> Reply:
    """``?bytes=`` (1 MiB) of ``x`` from constant memory, in chunks of ``?chunk=`` (64 KiB).

    ``?framing=chunked`` leaves ``Content-Length`` out; ``?type=`` is the media type.
    """
    size = int(request.argument("bytes", str(MIB)))
    chunk = int(request.argument("chunk", str(MIB // 16)))
    kind = request.argument("type", "application/octet-stream")
    headers = [("Content-Type", kind)]
    if request.argument("framing") != "chunked":
        headers.append(("Content-Length", str(size)))
    return Reply(200, tuple(headers), _repeat(b"x" * chunk, size))


def bomb(request: ReceivedRequest) -> Reply:
    """A gzip body that grows a thousandfold, to ``?bytes=`` (64 MiB) of spaces."""
    size = int(request.argument("bytes", str(64 * MIB)))
    headers = (("Content-Type", "application/json"), ("Content-Encoding", "gzip"))
    return Reply(200, headers, _gzipped(_repeat(b" " * MIB, size)))


def compressed(request: ReceivedRequest) -> Reply:
    """``{"encoding": NAME}`` in the content coding that ends the path: gzip or deflate."""
    name = request.path.rpartition("/")[2]
    text = json.dumps({"encoding": name}).encode()
    body = b"".join(_gzipped([text], {"gzip": 31, "deflate": 15}[name]))
    return Reply(200, (("Content-Type", "application/json"), ("Content-Encoding", name)), body)


def _stream(kind: str, texts: Iterable[str | bytes], pause: float) -> Reply:
    return Reply(200, (("Content-Type", kind),), _spaced(texts, pause))


def _spaced(texts: Iterable[str | bytes], pause: float) -> Parts:
    for number, text in enumerate(texts):
        if number:
            yield pause
        yield text if isinstance(text, bytes) else text.encode()


def _repeat(chunk: bytes, size: int) -> Iterator[bytes]:
    for _ in range(size // len(chunk)):
        yield chunk
    yield chunk[: size % len(chunk)]


def _gzipped(parts: Iterable[bytes], window: int = 31) -> Iterator[bytes]:
    compressor = zlib.compressobj(9, zlib.DEFLATED, window)
    for part in parts:
        yield compressor.compress(part)
    yield compressor.flush()


def _pause(request: ReceivedRequest) -> float:
    return float(request.argument("pause", "0.05"))

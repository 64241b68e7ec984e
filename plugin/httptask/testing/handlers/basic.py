"""Plain responses: echo, any status, responses in turn, late and dripping ones."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from httptask.testing.replies import AnyReply, Handler, HeaderPairs, Reply, json_reply
from httptask.testing.wire import ReceivedRequest


def echo(request: ReceivedRequest) -> Reply:
    """Respond with 200 and what arrived, as JSON.

    ``{method, target, path, query: [[name, value]], headers: [[name, value]], body, bodyBase64,
    json}``; ``body`` is the text or null if it is not UTF-8, ``json`` its value or null.
    """
    return json_reply(
        {
            "method": request.method,
            "target": request.target,
            "path": request.path,
            "query": request.arguments,
            "headers": request.headers,
            "body": _text(request.body),
            "bodyBase64": base64.b64encode(request.body).decode(),
            "json": _json(request),
        }
    )


def status(request: ReceivedRequest) -> Reply:
    """Respond with the status that ends the path: ``/status/503?retry-after=2``.

    ``?text=...`` gives a text body, ``?empty=1`` none; else ``{"error": {"message", "code"}}``.
    """
    code = int(request.path.rpartition("/")[2])
    wait = request.argument("retry-after")
    headers: HeaderPairs = (("Retry-After", wait),) if wait else ()
    if request.argument("empty"):
        return Reply(code, headers)
    if text := request.argument("text"):
        return Reply(code, (("Content-Type", "text/plain"), *headers), text.encode())
    error = {"message": f"status {code}", "code": f"E{code}"}
    return json_reply({"error": error}, code, headers)


def slow(request: ReceivedRequest) -> Reply:
    """Respond with 200 after ``?seconds=`` (0.5) without a byte before."""
    seconds = float(request.argument("seconds", "0.5"))
    return replace(json_reply({"slept": seconds}), delay=seconds)


def drip(request: ReceivedRequest) -> Reply:
    """Respond with ``?count=`` (5) single bytes with ``?pause=`` (0.1) seconds before each."""
    count = int(request.argument("count", "5"))
    pause = float(request.argument("pause", "0.1"))
    parts = [part for _ in range(count) for part in (pause, b"x")]
    headers = (("Content-Type", "text/plain"), ("Content-Length", str(count)))
    return Reply(200, headers, parts)


def sequence(*replies: AnyReply | Handler) -> Handler:
    """Build a handler that gives the replies in turn and then repeats the last one."""
    turns: Iterator[AnyReply | Handler] = iter(replies[:-1])
    lock = threading.Lock()

    def next_reply(request: ReceivedRequest) -> AnyReply:
        with lock:
            reply = next(turns, replies[-1])
        return reply(request) if callable(reply) else reply

    return next_reply


class Flaky:
    """Fails ``?failures=`` (2) times per path with ``?status=`` (503), then echoes.

    ``?retry-after=`` adds the header to the failures. Every path below counts for itself.
    """

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, request: ReceivedRequest) -> Reply:
        """Respond to one request."""
        with self._lock:
            seen = self._seen[request.path] = self._seen.get(request.path, 0) + 1
        if seen > int(request.argument("failures", "2")):
            return echo(request)
        wait = request.argument("retry-after")
        headers: HeaderPairs = (("Retry-After", wait),) if wait else ()
        code = int(request.argument("status", "503"))
        return json_reply({"error": f"failure {seen}"}, code, headers)


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _json(request: ReceivedRequest) -> Any:
    try:
        return request.json()
    except ValueError:
        return None

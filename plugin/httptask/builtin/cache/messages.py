"""Our requests and responses as hishel has them, and back."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Generator, Iterator
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

import hishel

from httptask.builtin.identity import digest
from httptask.core.message import ByteStream, Headers, HttpRequest, HttpResponse
from httptask.core.sensitive import Redactor
from httptask.errors import TransportError
from httptask.hooks.views import Task

_ABOUT: Final = "x-httptask-about"
"""Field of a stored response with what hishel does not keep: how the names of fields are written,
and the reason phrase."""

NOT_STORED: Final = "the response is not stored, as a secret is in it"
_NOT_MODIFIED: Final = 304
_SECONDS: Final = re.compile("[0-9]{1,20}")
_OLDEST: Final = 10**9
_CONDITIONS: Final = ("If-None-Match", "If-Modified-Since")


def stored_request(task: Task, request: HttpRequest) -> hishel.Request:
    """Return a request as it is stored: values that may hold a secret by what stands for them."""
    redactor, folder = task.redactor, task.call.data
    lines: dict[str, Any] = {}
    for name, value in request.headers:
        secret = redactor.is_sensitive_field(name) or redactor.contains_secret(value)
        lines.setdefault(name.lower(), []).append(digest(folder, value) if secret else value)
    return hishel.Request(request.method, redactor.text(request.url), hishel.Headers(lines))


def with_conditions(request: HttpRequest, asked: hishel.Request) -> HttpRequest:
    """Return a request with the conditions of a revalidation, and nothing else of it."""
    headers = request.headers
    for name in _CONDITIONS:
        if name in asked.headers:
            headers = headers.with_header(name, asked.headers[name])
    return request if headers is request.headers else request.with_headers(headers)


def response_to_store(response: HttpResponse) -> hishel.Response:
    """Return a response as hishel judges and stores it.

    hishel takes the age from Date alone: so that is when the response was made, whether it says so
    by Date, by Age (RFC 9111, section 4.2.3), or not at all.
    """
    lines: dict[str, Any] = {}
    for name, value in response.headers:
        if name.lower() != _ABOUT:
            lines.setdefault(name.lower(), []).append(value)
    if response.status != _NOT_MODIFIED:  # which is about a response that is stored
        names = {name.lower(): name for name, _ in response.headers}
        lines[_ABOUT] = json.dumps({"names": names, "reason": response.reason})
    lines["date"] = [formatdate(_made_at(response.headers, time.time()), usegmt=True)]
    return hishel.Response(response.status, hishel.Headers(lines), iter(response.stream))


def _made_at(headers: Headers, now: float) -> float:
    age = headers.get("Age") or ""
    latest = now - (min(int(age), _OLDEST) if _SECONDS.fullmatch(age) else 0)
    try:
        return min(parsedate_to_datetime(headers.get("Date") or "").timestamp(), latest)
    except (ValueError, OverflowError):
        return latest


def is_passing(status: int) -> bool:
    """Tell whether a status is a failure that the next attempt is made for."""
    return status >= 500 or status == HTTPStatus.TOO_MANY_REQUESTS


def has_secret(response: HttpResponse, redactor: Redactor) -> bool:
    """Tell whether the head of a response has a credential: the next run may not know it."""
    return any(
        redactor.text(value) != value
        or (redactor.is_sensitive_field(name) and name.lower() != "set-cookie")
        for name, value in response.headers
    )


def response_of(stored: hishel.Response, url: str) -> HttpResponse:
    """Return a response as it came, the fields with the case and order that they had."""
    about = json.loads(stored.headers.get(_ABOUT, "{}"))
    names = about.get("names", {})
    kept = [name for name in stored.headers if name != _ABOUT]
    order = {name: at for at, name in enumerate(names)}
    kept.sort(key=lambda name: order.get(name, len(order)))
    lines = [
        (names.get(name, name.title()), value)
        for name in kept
        for value in stored.headers.get_list(name) or ()
    ]
    stream = Stored(stored.stream)
    return HttpResponse(stored.status_code, about.get("reason", ""), Headers(lines), stream, url)


class Stored:
    """The body of a stored response."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except (RuntimeError, sqlite3.Error) as error:
            raise TransportError(
                "the stored response was removed while it was read",
                code="cache_lost",
                retryable=True,
            ) from error

    def close(self) -> None:
        """Read no more."""
        self._stream.close()


class Storing:
    """The body of a response that is stored as it is read, unless a secret is in it.

    Args:
        saved: yields the body, and stores it once it has come to its end.
        pieces: where that reads the body.
        stream: the body as it comes.
        task: the task, which knows the secrets.
    """

    def __init__(self, saved: Any, pieces: Iterator[bytes], stream: ByteStream, task: Task) -> None:
        self._saved, self._pieces, self._stream, self._task = saved, pieces, stream, task

    def __iter__(self) -> Iterator[bytes]:
        for chunk, found in self._task.redactor.searched(self._saved):
            if found:
                self._saved.close()
                self._task.recorder.note(NOT_STORED)
            yield chunk
            if found:
                yield from self._pieces
                return

    def close(self) -> None:
        """Store nothing of what is not read; release the connection."""
        if isinstance(self._saved, Generator):
            self._saved.close()
        self._stream.close()

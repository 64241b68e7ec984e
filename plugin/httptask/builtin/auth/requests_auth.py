"""Use any ``requests.auth.AuthBase``, its response hooks included, inside a plugin.

Each request such an object sends again goes through the pipeline: judged, and in the trace.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import requests
from requests.auth import AuthBase

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.errors import DecodeError
from httptask.hooks.views import Exchange, SignedRequest

_CHALLENGE_LIMIT = 4 * 1024 * 1024
_FRAMING = frozenset({"content-length", "content-type", "host"})


def sign_with(auth: AuthBase, request: HttpRequest) -> SignedRequest:
    """Sign a request with a requests auth object; use it from ``authenticate_request``.

    Header lines that repeat are handed to ``auth`` joined by commas, as RFC 9110 allows.
    """
    prepared = auth(_to_prepared(request))
    hooks: list[Callable[..., Any]] = list(prepared.hooks.get("response", ()))
    signed = _from_prepared(prepared, request)
    if not hooks:
        return SignedRequest(signed, fields=_added(request, signed))

    def on_response(response: HttpResponse, exchange: Exchange) -> HttpResponse:
        return _Conversation(exchange, signed).run(hooks, prepared, response)

    return SignedRequest(signed, on_response, _added(request, signed))


def _to_prepared(request: HttpRequest) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    prepared.headers = requests.structures.CaseInsensitiveDict(
        {name: ", ".join(values) for name, values in request.headers.to_map().items()}
    )
    prepared.hooks = {"response": []}
    prepared._cookies = requests.cookies.RequestsCookieJar()  # type: ignore[attr-defined]
    if request.body is not None:
        data = request.body.data
        prepared.body = data if data is not None else b"".join(request.body.chunks())
    return prepared


def _from_prepared(prepared: requests.PreparedRequest, origin: HttpRequest) -> HttpRequest:
    changed = {name.lower(): (name, value) for name, value in prepared.headers.items()}
    lines: list[tuple[str, str]] = []
    before = origin.headers.to_map()
    joined = {name.lower(): ", ".join(values) for name, values in before.items()}
    for name, value in origin.headers:
        now = changed.get(name.lower())
        if now is not None and _text(now[1]) == joined[name.lower()]:
            lines.append((name, value))
    kept = {name.lower() for name, _ in lines}
    lines += [(name, _text(value)) for key, (name, value) in changed.items() if key not in kept]
    body = origin.body
    if isinstance(prepared.body, str | bytes):
        data = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        body = Body.of(data, body.media_type if body else "")
    return HttpRequest(
        str(prepared.method), str(prepared.url), Headers(lines), body if prepared.body else None
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _added(before: HttpRequest, after: HttpRequest) -> tuple[str, ...]:
    known = set(before.headers)
    changed = {name for name, value in after.headers if (name, value) not in known}
    return tuple(sorted(name for name in changed if name.lower() not in _FRAMING))


class _Raw(io.RawIOBase):
    """The body of an answer as requests wants to read it."""

    def __init__(self, response: HttpResponse) -> None:
        self._response = response
        self._chunks: Iterator[bytes] = iter(response.stream)
        self.headers, self.status = dict(response.headers), response.status
        self.reason = response.reason

    def stream(self, size: int = 0, decode_content: bool = True) -> Iterator[bytes]:
        """Yield the body."""
        del size, decode_content
        read = 0
        for chunk in self._chunks:
            read += len(chunk)
            if read > _CHALLENGE_LIMIT:
                raise DecodeError("the answer to a challenge is over 4 MiB", retryable=False)
            yield chunk

    def release_conn(self) -> None:
        """Release the connection."""
        self._response.stream.close()

    def close(self) -> None:
        """Release the connection."""
        self._response.stream.close()


class _Conversation:
    """Stands in for the adapter that response hooks send through."""

    def __init__(self, exchange: Exchange, signed: HttpRequest) -> None:
        self._exchange, self._signed = exchange, signed
        self._answers: list[tuple[requests.Response, HttpResponse]] = []

    def run(
        self,
        hooks: list[Callable[..., Any]],
        prepared: requests.PreparedRequest,
        response: HttpResponse,
    ) -> HttpResponse:
        """Run response hooks; return the answer that counts."""
        current = self._wrapped(prepared, response)
        for hook in hooks:
            changed = hook(current)
            current = current if changed is None else changed
        answer = next(ours for theirs, ours in self._answers if theirs is current)
        read: object = current._content
        if not isinstance(read, bytes):
            return answer
        return HttpResponse(
            answer.status,
            answer.reason,
            answer.headers,
            MemoryStream(read),
            answer.url,
            answer.http_version,
            answer.remote_address,
        )

    def send(self, prepared: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Send a request again, through the pipeline."""
        answer = self._exchange(_from_prepared(prepared, self._signed))
        return self._wrapped(prepared, answer)

    def _wrapped(
        self, prepared: requests.PreparedRequest, response: HttpResponse
    ) -> requests.Response:
        wrapped = requests.Response()
        wrapped.status_code, wrapped.reason = response.status, response.reason
        wrapped.url, wrapped.request = response.url, prepared
        wrapped.headers = requests.structures.CaseInsensitiveDict(
            {name: ", ".join(values) for name, values in response.headers.to_map().items()}
        )
        wrapped.raw = _Raw(response)
        wrapped.connection = self  # type: ignore[assignment]
        self._answers.append((wrapped, response))
        return wrapped

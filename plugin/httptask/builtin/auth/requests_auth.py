"""Use any ``requests.auth.AuthBase``, its response hooks included, as an ``authorize`` layer.

Each request such an object sends again goes through the layers: judged, and in the trace.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote_plus

import requests
from requests.auth import AuthBase

from httptask.core.body import Body
from httptask.core.message import SHORT_BODY, Headers, HttpRequest, HttpResponse, MemoryStream
from httptask.errors import DecodeError
from httptask.hooks.views import Exchange, SendSigned, SignedRequest

_FORM = "application/x-www-form-urlencoded"
_FRAMING = frozenset({"content-length", "content-type", "host"})


def send_with(
    auth: AuthBase,
    exchange: Exchange,
    request: HttpRequest,
    send: SendSigned,
    connection: str = "",
) -> HttpResponse:
    """Sign a request with a requests auth object, and send it; the body of an ``authorize`` layer.

    Header lines that repeat are handed to ``auth`` joined by commas, as RFC 9110 allows.

    Args:
        auth: the object; its response hooks may send again.
        exchange: the exchange.
        request: what is to be signed.
        send: the next layer.
        connection: identity of the connections, for schemes that authenticate them.
    """
    prepared = auth(_to_prepared(request))
    hooks: list[Callable[..., Any]] = list(prepared.hooks.get("response", ()))
    signed = _from_prepared(prepared, request)
    response = send(SignedRequest(signed, _added(request, signed), connection))
    if not hooks:
        return response
    conversation = _Conversation(exchange, request, signed, send, connection)
    return conversation.run(hooks, prepared, response)


def _to_prepared(request: HttpRequest) -> requests.PreparedRequest:
    prepared = requests.PreparedRequest()
    prepared.method, prepared.url = request.method, request.url
    prepared.headers = requests.structures.CaseInsensitiveDict(
        {name: ", ".join(values) for name, values in request.headers.to_map().items()}
    )
    prepared.prepare_hooks(None)
    prepared.prepare_cookies({})
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
    """Return the names of the headers, query parameters and form fields that signing added."""
    known = set(before.headers)
    changed = {name for name, value in after.headers if (name, value) not in known}
    headers = {name for name in changed if name.lower() not in _FRAMING}
    return tuple(sorted(headers | (_parameters(after) - _parameters(before))))


def _parameters(request: HttpRequest) -> set[str]:
    """Return the names in the query, and in a body that is a form."""
    queries = [request.url.partition("?")[2]]
    body = request.body
    if body is not None and body.data is not None and _FORM in body.media_type:
        queries.append(body.data.decode("latin-1"))
    pairs = [pair for query in queries for pair in query.split("&")]
    return {unquote_plus(pair.partition("=")[0]) for pair in pairs if pair}


class _Raw(io.RawIOBase):
    """The body of a response as requests wants to read it."""

    def __init__(self, response: HttpResponse) -> None:
        self._response = response
        self._chunks: Iterator[bytes] = iter(response.stream)
        self.headers, self.status = dict(response.headers), response.status
        self.reason, self.began = response.reason, False

    def stream(self, size: int = 0, decode_content: bool = True) -> Iterator[bytes]:
        """Yield the body."""
        del size, decode_content
        self.began = True
        read = 0
        for chunk in self._chunks:
            read += len(chunk)
            if read > SHORT_BODY:
                raise DecodeError("the response to a challenge is over 4 MiB", retryable=False)
            yield chunk

    def release_conn(self) -> None:
        """Release the connection."""
        self._response.stream.close()

    def close(self) -> None:
        """Release the connection."""
        self._response.stream.close()


class _Conversation:
    """Stands in for the adapter that response hooks send through."""

    def __init__(
        self,
        exchange: Exchange,
        request: HttpRequest,
        signed: HttpRequest,
        send: SendSigned,
        connection: str,
    ) -> None:
        self._exchange, self._request, self._signed = exchange, request, signed
        self._send, self._connection = send, connection
        self._responses: list[tuple[requests.Response, HttpResponse]] = []

    def run(
        self,
        hooks: list[Callable[..., Any]],
        prepared: requests.PreparedRequest,
        response: HttpResponse,
    ) -> HttpResponse:
        """Run response hooks; return the response that counts."""
        current = self._wrapped(prepared, response)
        for hook in hooks:
            changed = hook(current)
            current = current if changed is None else changed
        latest = next(ours for theirs, ours in self._responses if theirs is current)
        began = isinstance(current.raw, _Raw) and current.raw.began
        return latest.with_stream(MemoryStream(current.content)) if began else latest

    def send(self, prepared: requests.PreparedRequest, **_: Any) -> requests.Response:
        """Send a request again: signed as it is to its own origin, else as any other request."""
        self._exchange.drop(self._responses[-1][1])
        again = _from_prepared(prepared, self._signed)
        if again.origin == self._request.origin:
            fields = _added(self._request, again)
            latest = self._send(SignedRequest(again, fields, self._connection))
        else:
            latest = self._exchange.ask(again, "challenge")
        return self._wrapped(prepared, latest)

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
        self._responses.append((wrapped, response))
        return wrapped

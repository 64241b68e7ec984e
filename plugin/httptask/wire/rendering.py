"""How values look in a trace: redacted and of limited size."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import unquote_plus

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest, HttpResponse
from httptask.core.places import Pieces
from httptask.core.sensitive import MASK, Redactor
from httptask.core.vault import masked
from httptask.core.verdict import Verdict
from httptask.definition.field_types import Model, given_values, secret_keys
from httptask.errors import HttpTaskError
from httptask.hooks.views import (
    DecodedBody,
    ResolvedRequest,
    TaskOutput,
)

BUILT = frozenset({"task", "challenge", "redirect"})
"""Purposes of the requests that come from the one that the pipeline built."""

_SHOWN_ITEMS = 200


class CopiedBody(Protocol):
    """The start of a body that has been read."""

    kept: bytearray
    size: int


def render_headers(headers: Headers, redactor: Redactor) -> list[list[str]]:
    """Return the header lines of a response as they may be shown."""
    return [[redactor.text(name), redactor.header(name, value)] for name, value in headers]


def render_bytes(
    data: bytes, size: int, media_type: str, redactor: Redactor, *, cut: bool
) -> dict[str, Any]:
    """Return ``{mediaType, size, text | base64, truncated}`` of a body's first bytes."""
    shown = {"mediaType": redactor.text(media_type), "size": size, "truncated": cut}
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if not cut or error.start < len(data) - 3:
            return shown | {"base64": base64.b64encode(redactor.data(data, cut=cut)).decode()}
        text = data[: error.start].decode()
    return shown | {"text": redactor.start(text) if cut else redactor.text(text)}


def render_url(url: str, redactor: Redactor) -> str:
    """Return a URL as it may be shown: no secret, no value of a sensitive parameter."""
    path, mark, query = redactor.text(url).partition("?")
    return path + mark + "&".join(_parameter(pair, redactor) for pair in query.split("&"))


def _parameter(pair: str, redactor: Redactor) -> str:
    name, mark, value = pair.partition("=")
    sensitive = value and redactor.is_sensitive_field(unquote_plus(name))
    return f"{name}{mark}{MASK}" if sensitive else pair


def render_target(request: HttpRequest, redactor: Redactor, *, own: bool) -> str:
    """Return where a request goes, as it may be shown; see ``render_request``."""
    places = redactor.places
    return render_url(_shown(request.url, places.url(request) if own else None, redactor), redactor)


def render_request(
    request: HttpRequest, redactor: Redactor, limit: int, *, own: bool = True
) -> dict[str, Any]:
    """Return a request as it may be shown: what was put in as a secret is masked.

    Args:
        request: the request.
        redactor: knows the secrets.
        limit: the most bytes of the body that are shown.
        own: whether the pipeline made it, which knows the places of short secrets; in one that a
            layer made, they are masked wherever their value stands.
    """
    places = redactor.places
    lines = places.headers(request.headers) if own else ((*line, None) for line in request.headers)
    return {
        "method": redactor.text(request.method),
        "url": render_target(request, redactor, own=own),
        "httpVersion": "1.1",
        "headers": [
            [redactor.text(name), redactor.header(name, _shown(value, pieces, redactor))]
            for name, value, pieces in lines
        ],
        "body": _sent_body(request.body, redactor, limit, own=own) if request.body else None,
    }


def _sent_body(body: Body, redactor: Redactor, limit: int, *, own: bool) -> dict[str, Any]:
    marked = redactor.places.body(body) if own else None
    try:
        head = (marked or body).head(limit)
    except HttpTaskError:  # a file that is gone by now says nothing about what was sent
        head = b""
    text, kind = head.decode("latin-1"), (marked or body).media_type
    if marked is None:
        text, kind = redactor.text(text, short=True), redactor.text(kind, short=True)
    elif marked is not body:
        text, kind = (redactor.places.hidden(each, MASK) for each in (text, kind))
    shown = text.encode("latin-1")
    return render_bytes(shown, body.size, kind, redactor, cut=body.size > limit)


def _shown(text: str, pieces: Pieces | None, redactor: Redactor) -> str:
    """Return a text with the secrets in it masked; all that may be one, if nobody knows where."""
    if pieces is None:
        return redactor.text(text, short=True)
    return "".join(piece if isinstance(piece, str) else MASK for piece in pieces)


def render_response(
    response: HttpResponse, body: CopiedBody | None, redactor: Redactor
) -> dict[str, Any]:
    """Return a response as it may be shown, with as much of its body as was kept."""
    shown = None
    if body is not None:
        media_type = response.headers.get("Content-Type") or ""
        kept = bytes(body.kept)
        shown = render_bytes(kept, body.size, media_type, redactor, cut=body.size > len(kept))
    return {
        "status": response.status,
        "reason": redactor.text(response.reason),
        "httpVersion": response.http_version,
        "headers": render_headers(response.headers, redactor),
        "body": shown,
    }


def shorten(value: Any, limit: int) -> Any:
    """Return a JSON value with long texts and lists cut, and what was cut said."""
    if isinstance(value, str) and len(value) > limit:
        return f"{value[:limit]}… ({len(value)} characters)"
    if isinstance(value, Mapping):
        return {key: shorten(item, limit) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        cut = [shorten(item, limit) for item in value[:_SHOWN_ITEMS]]
        return [*cut, f"… ({len(value)} items)"] if len(value) > _SHOWN_ITEMS else cut
    return value


def render_value(value: Any, redactor: Redactor, limit: int) -> Any:
    """Return what a stage gave, as it may be shown."""
    return shorten(redactor.value(_plain(value, redactor, limit)), limit)


def _plain(value: Any, redactor: Redactor, limit: int) -> Any:
    match value:
        case HttpRequest():
            return render_request(value, redactor, limit)
        case ResolvedRequest():
            return _inputs(value, redactor)
        case DecodedBody():
            return {"kind": value.kind, "size": value.size, "value": value.value}
        case Verdict():
            return {
                "action": value.action.value,
                "reason": value.reason,
                "retryAfter": value.retry_after,
            }
        case TaskOutput():
            return masked(dict(value.values))
    return None


def _inputs(resolved: ResolvedRequest, redactor: Redactor) -> Any:
    places = redactor.places
    marked = places.inputs()
    shown = marked or resolved
    spec, options = (
        part.model_dump(by_alias=True, exclude_unset=True, warnings=False)
        for part in (shown.spec, shown.options)
    )
    unmarked = _unmarked(shown.options, options)
    inputs = _masked({"http_request": spec, "httptask": unmarked}, redactor)
    return redactor.value(inputs, short=places.used and marked is None)


def _unmarked(given: Any, shown: Any) -> Any:
    """Return the JSON value of options with what their models mark as secret masked."""
    if isinstance(given, Model):
        secret, items = secret_keys(type(given)), given_values(given)
        return {
            key: MASK if key in secret and item is not None else _unmarked(items.get(key), item)
            for key, item in shown.items()
        }
    if isinstance(given, Mapping):
        return {key: _unmarked(given.get(key), item) for key, item in shown.items()}
    if isinstance(given, list | tuple):
        return [_unmarked(*pair) for pair in zip(given, shown, strict=False)]
    return shown


def _masked(value: Any, redactor: Redactor, *, sensitive: bool = False) -> Any:
    """Return a JSON value without marks and the texts of sensitive fields, alone or in a list."""
    if isinstance(value, Mapping):
        return {
            key: _masked(item, redactor, sensitive=redactor.is_sensitive_field(str(key)))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, redactor, sensitive=sensitive) for item in value]
    if not isinstance(value, str):
        return value
    return MASK if sensitive else redactor.places.hidden(value, MASK)

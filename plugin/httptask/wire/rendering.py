"""How values look in a trace: redacted and of limited size."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import unquote_plus

from httptask.core.message import Headers, HttpRequest, HttpResponse
from httptask.core.sensitive import MASK, Redactor
from httptask.core.verdict import Verdict
from httptask.errors import HttpTaskError
from httptask.hooks.views import (
    DecodedBody,
    ResolvedRequest,
    TaskOutput,
)

_SHOWN_ITEMS = 200
_PUBLIC_IN_AUTH = frozenset({"type", "name", "in", "username"})
_JSON_FIELD = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:\s*)"(?:[^"\\]|\\.)*"')
_FORM = "application/x-www-form-urlencoded"
_USERINFO = re.compile("//[^/@]*@")


class CopiedBody(Protocol):
    """The start of a body that has been read."""

    kept: bytearray
    size: int


def render_headers(headers: Headers, redactor: Redactor) -> list[list[str]]:
    """Return header lines as they may be shown."""
    return [[name, redactor.header(name, value)] for name, value in headers]


def render_bytes(data: bytes, size: int, media_type: str, redactor: Redactor) -> dict[str, Any]:
    """Return ``{mediaType, size, text | base64, truncated}`` of a body's first bytes."""
    shown: dict[str, Any] = {"mediaType": media_type, "size": size, "truncated": size > len(data)}
    cut = size > len(data)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if not cut or error.start < len(data) - 3:
            return shown | {"base64": base64.b64encode(redactor.data(data)).decode()}
        text = data[: error.start].decode()
    text = redactor.start(text) if cut else redactor.text(text)
    return shown | {"text": _without_fields(text, media_type, redactor)}


def _without_fields(text: str, media_type: str, redactor: Redactor) -> str:
    """Return a text in which the values of sensitive JSON and form fields are masked."""
    if not redactor.names_fields:
        return text
    if media_type.lower().startswith(_FORM):
        return "&".join(_parameter(pair, redactor) for pair in text.split("&"))
    return _JSON_FIELD.sub(lambda found: _json_field(found, redactor), text)


def _json_field(found: re.Match[str], redactor: Redactor) -> str:
    name, colon = found[1], found[2]
    sensitive = redactor.is_sensitive_field(name)
    return f'"{name}"{colon}"{MASK}"' if sensitive else found[0]


def render_url(url: str, redactor: Redactor) -> str:
    """Return a URL as it may be shown: no secret, no value of a sensitive parameter."""
    path, mark, query = redactor.text(url).partition("?")
    return path + mark + "&".join(_parameter(pair, redactor) for pair in query.split("&"))


def _parameter(pair: str, redactor: Redactor) -> str:
    name, mark, value = pair.partition("=")
    sensitive = value and redactor.is_sensitive_field(unquote_plus(name))
    return f"{name}{mark}{MASK}" if sensitive else pair


def render_request(request: HttpRequest, redactor: Redactor, limit: int) -> dict[str, Any]:
    """Return a request as it may be shown."""
    body = None
    if request.body is not None:
        try:
            head = request.body.head(limit)
        except HttpTaskError:  # a file that is gone by now says nothing about what was sent
            head = b""
        body = render_bytes(head, request.body.size, request.body.media_type, redactor)
    return {
        "method": request.method,
        "url": render_url(request.url, redactor),
        "httpVersion": "1.1",
        "headers": render_headers(request.headers, redactor),
        "body": body,
    }


def render_response(
    response: HttpResponse, body: CopiedBody | None, redactor: Redactor
) -> dict[str, Any]:
    """Return an answer as it may be shown, with as much of its body as was kept."""
    shown = None
    if body is not None:
        media_type = response.headers.get("Content-Type") or ""
        shown = render_bytes(bytes(body.kept), body.size, media_type, redactor)
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
            return dict(value.values)
    return None


def _inputs(resolved: ResolvedRequest, redactor: Redactor) -> Any:
    spec, options = (
        part.model_dump(by_alias=True, exclude_unset=True, warnings=False)
        for part in (resolved.spec, resolved.options)
    )
    if "auth" in options:
        options["auth"] = _credential(options["auth"])
    if "proxy" in options:
        options["proxy"] = _USERINFO.sub(f"//{MASK}@", str(options["proxy"]))
    return _masked({"http_request": spec, "httptask": options}, redactor)


def _credential(auth: Any) -> Any:
    """Return an authentication with every text but its public ones masked."""
    if isinstance(auth, Mapping):
        return {
            key: item if key in _PUBLIC_IN_AUTH else _credential(item) for key, item in auth.items()
        }
    return MASK if isinstance(auth, str) else auth


def _masked(value: Any, redactor: Redactor, *, sensitive: bool = False) -> Any:
    """Return a JSON value without the texts of sensitive fields, alone or in a list."""
    if isinstance(value, Mapping):
        return {
            key: _masked(item, redactor, sensitive=redactor.is_sensitive_field(str(key)))
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_masked(item, redactor, sensitive=sensitive) for item in value]
    return MASK if sensitive and isinstance(value, str) else value

"""Bodies and headers that a client has to read with care."""

from __future__ import annotations

from collections.abc import Mapping

from httptask.testing.replies import Reply, json_reply
from httptask.testing.wire import ReceivedRequest

TEXT = "Žluťoučký kůň, café, 日本 😀"
LATIN = "café"
JSON = "application/json"

BODIES: Mapping[str, tuple[str | None, bytes]] = {
    "numbers": (
        JSON,
        b'{"big": 12345678901234567890123, "exact": 9007199254740993, "one": 1.0, "e": 1e3}',
    ),
    "array": (JSON, b'[1, 2.0, "x", null, {"a": 1}]'),
    "scalar": (JSON, b"42"),
    "string": (JSON, b'"text"'),
    "null": (JSON, b"null"),
    "empty": (JSON, b""),
    "invalid": (JSON, b'{"a": 1,'),
    "trailing": (JSON, b'{"a": 1} trailing'),
    "duplicate": (JSON, b'{"a": 1, "a": 2}'),
    "nan": (JSON, b'{"a": NaN}'),
    "deep": (JSON, b"[" * 100_000 + b"]" * 100_000),
    "surrogate": (JSON, b'{"a": "\\ud800"}'),
    "not-utf8": (JSON, b'{"a": "caf\xe9"}'),
    "bom": (JSON, b'\xef\xbb\xbf{"a": 1}'),
    "utf16": (JSON, '{"a": "é"}'.encode("utf-16")),
    "problem": ("application/problem+json", b'{"type": "about:blank", "title": "Gone"}'),
    "suffix": ("application/vnd.api+json; version=1", b'{"data": []}'),
    "as-text": ("text/plain", b'{"a": 1}'),
    "no-type": (None, b'{"a": 1}'),
    "bad-type": ("garbage", b'{"a": 1}'),
    "html": ("text/html; charset=utf-8", "<p>é</p>".encode()),
    "xml": ("application/xml", b"<a>1</a>"),
    "binary": ("application/octet-stream", bytes(range(256))),
    "latin1": ("text/plain; charset=ISO-8859-1", LATIN.encode("latin-1")),
    "utf8": ("text/plain; charset=utf-8", TEXT.encode()),
    "quoted-charset": ('text/plain; charset="UTF-8"', TEXT.encode()),
    "utf16-text": ("text/plain; charset=utf-16", TEXT.encode("utf-16")),
    "shift-jis": ("text/plain; charset=shift_jis", "日本".encode("shift_jis")),
    "no-charset": ("text/plain", TEXT.encode()),
    "unknown-charset": ("text/plain; charset=klingon", LATIN.encode()),
    "wrong-charset": ("text/plain; charset=utf-8", LATIN.encode("latin-1")),
}
"""Name to (media type or None, bytes): what ``/content/NAME`` gives."""


def content(request: ReceivedRequest) -> Reply:
    """Respond with the body that ends the path; 404 with the list of names for another."""
    name = request.path.rpartition("/")[2]
    if name not in BODIES:
        return json_reply({"names": list(BODIES)}, 404)
    kind, body = BODIES[name]
    return Reply(200, (("Content-Type", kind),) if kind else (), body)


def download(request: ReceivedRequest) -> Reply:
    """Send bytes and a file name that must not be trusted: ``?name=`` (``../../evil.sh``)."""
    name = request.argument("name", "../../evil.sh")
    kind, body = BODIES["binary"]
    disposition = ("Content-Disposition", f'attachment; filename="{name}"')
    return Reply(200, (("Content-Type", str(kind)), disposition), body)


def cookies(request: ReceivedRequest) -> Reply:
    """Respond with repeated ``Set-Cookie`` and ``X-Multi`` headers, names in mixed case."""
    headers = (
        ("Set-Cookie", "a=1; Path=/"),
        ("Set-Cookie", "b=2; HttpOnly; Expires=Wed, 21 Oct 2065 07:28:00 GMT"),
        ("X-Multi", "one"),
        ("x-multi", "two, three"),
    )
    return json_reply({"cookies": request.all("Cookie")}, headers=headers)

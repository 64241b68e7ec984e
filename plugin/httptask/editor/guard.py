"""The first thing every request meets: who may ask, from where, and how much."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from httptask.editor.settings import EditorSettings

UPLOADS = "/api/files"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html; frame-ancestors {ancestors}"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not let in."""

    status: int
    code: str
    message: str
    hint: str = ""

    def body(self) -> bytes:
        """Return the error document."""
        error = {"code": self.code, "message": self.message, "hint": self.hint, "pointer": ""}
        return json.dumps({"error": error}).encode()


class Guard:
    """ASGI middleware: Host, Origin, token, size; and the security headers."""

    def __init__(self, app: ASGIApp, settings: EditorSettings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or respond to it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        response = self._secured(scope, headers, send)
        if self._is_preflight(scope, headers):
            await _respond(response, 204, b"")
            return
        refusal = self._refusal(scope, headers)
        if refusal:
            await _respond(response, refusal.status, refusal.body())
            return
        await self._limited(scope, receive, response)

    def _is_preflight(self, scope: Scope, headers: Headers) -> bool:
        asks = scope["method"] == "OPTIONS" and "access-control-request-method" in headers
        known_host = headers.get("host", "") in self.settings.hosts
        return asks and known_host and headers.get("origin", "") in self.settings.embed_origins

    def _refusal(self, scope: Scope, headers: Headers) -> Refusal | None:
        if headers.get("host", "") not in self.settings.hosts:
            return Refusal(421, "host_unknown", "This server does not serve that host.")
        if not scope["path"].startswith("/api/"):
            return None
        return self._foreign(headers) or self._unknown(headers)

    def _foreign(self, headers: Headers) -> Refusal | None:
        origin = headers.get("origin")
        site = headers.get("sec-fetch-site", "none")
        if origin is not None and not self.settings.may_call(origin):
            return Refusal(403, "origin_refused", "Pages of that origin may not call this server.")
        if origin is None and site not in ("same-origin", "none"):
            return Refusal(403, "origin_refused", "Calls from another site need an Origin.")
        return None

    def _unknown(self, headers: Headers) -> Refusal | None:
        given = headers.get("authorization", "")
        wanted = f"Bearer {self.settings.token}"
        if hmac.compare_digest(given.encode(), wanted.encode()):
            return None
        hint = "open the link that httptask serve printed"
        return Refusal(401, "token_missing", "The token is missing or wrong.", hint)

    async def _limited(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == UPLOADS:  # is written to a file as it arrives, which counts its bytes
            await self.app(scope, receive, send)
            return
        limit = self.settings.max_request_bytes
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > limit:
                text = f"The request body is larger than {limit} bytes."
                await _respond(send, 413, Refusal(413, "body_too_large", text).body())
                return
        await self.app(scope, _replay(bytes(body), receive), send)

    def _secured(self, scope: Scope, headers: Headers, send: Send) -> Send:
        extra = self._headers(scope["path"], headers.get("origin", ""))

        async def response(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(extra)
            await send(message)

        return response

    def _headers(self, path: str, origin: str) -> dict[str, str]:
        framed = path == "/embed" and self.settings.embed_origins
        ancestors = " ".join(sorted(self.settings.embed_origins)) if framed else "'none'"
        found = {
            "Content-Security-Policy": CSP.format(ancestors=ancestors),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Vary": "Origin",
        }
        if path.startswith("/api/"):
            found["Cache-Control"] = "no-store"
        if origin in self.settings.embed_origins:
            found |= {
                "Access-Control-Allow-Origin": origin,
                "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
                "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
                "Access-Control-Expose-Headers": "ETag",
            }
        return found


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="httptask"'))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

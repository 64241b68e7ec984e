"""A plugin as an author writes one: a token by a call of its own, renewed when it is refused."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest
from httptask.definition.options import AuthOptions
from httptask.hooks import hookimpl
from httptask.hooks.views import Attempt, Claim, Credentials, SignedRequest


class TokenOptions(AuthOptions):
    """A token from a token endpoint."""

    type: Literal["token"]
    url: str


class TokenAuth:
    """Sends what the token endpoint answers as a bearer token."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        stages = ("resolve_credentials", "authenticate_request")
        return [Claim(stage, "token", "", TokenOptions) for stage in stages]

    @hookimpl
    def httptask_resolve_credentials(self, attempt: Attempt) -> Credentials | None:
        auth = attempt.resolved.options.auth
        if not isinstance(auth, TokenOptions):
            return None
        if attempt.refresh or auth.url not in self.tokens:
            body = Body.of(b"grant_type=client_credentials")
            headers = Headers(
                [("Host", urlsplit(auth.url).netloc), ("Content-Length", str(body.size))]
            )
            answer = attempt.call_out(HttpRequest("POST", auth.url, headers, body), "token")
            self.tokens[auth.url] = b"".join(answer.stream).decode()
            attempt.call.redactor.register(self.tokens[auth.url])
        return Credentials({"token": self.tokens[auth.url]}, refreshable=True)

    @hookimpl
    def httptask_authenticate_request(
        self, request: HttpRequest, credentials: Credentials
    ) -> SignedRequest | None:
        token = credentials.values.get("token", "")
        headers = request.headers.with_header("Authorization", f"Bearer {token}")
        signed = request.with_headers(headers)
        return SignedRequest(signed, fields=("Authorization",)) if token else None

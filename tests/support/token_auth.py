"""A plugin as an author writes one: a token by a call of its own, renewed when it is refused."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from httptask.core.body import Body
from httptask.core.message import Headers, HttpRequest, HttpResponse
from httptask.definition.field_types import Expr, Model, Secret
from httptask.definition.options import AuthOptions
from httptask.hooks import hookimpl
from httptask.hooks.views import Claim, Exchange, Send, SendSigned, SignedRequest


class TokenOptions(AuthOptions):
    """A token from a token endpoint."""

    type: Literal["token"]
    url: str


class StampOptions(Model):
    """What is stamped on a request."""

    text: Secret[Expr[str]] = Field(description="What the stamp says.")
    copies: Expr[int] | None = None


class Stamps:
    """Stamps the requests of tasks that ask for it."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("hedge", "stamp", "a stamp", options=StampOptions)]

    @hookimpl
    def httptask_hedge(self, exchange: Exchange, request: HttpRequest, send: Send) -> HttpResponse:
        headers = request.headers.with_header("X-Stamp", exchange.task.option("stamp").text)
        return send(request.with_headers(headers))


class TokenAuth:
    """Sends what the token endpoint returns as a bearer token."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        return [Claim("authorize", "token", "", TokenOptions)]

    @hookimpl
    def httptask_authorize(
        self, exchange: Exchange, request: HttpRequest, send: SendSigned
    ) -> HttpResponse:
        url = exchange.task.options.auth.url
        if url not in self.tokens:
            self.tokens[url] = self.fetch(exchange, url)
        response = send(self.signed(exchange, request, url))
        if response.status != 401:
            return response
        exchange.drop(response)
        self.tokens[url] = self.fetch(exchange, url)
        return send(self.signed(exchange, request, url))

    def fetch(self, exchange: Exchange, url: str) -> str:
        body = Body.of(b"grant_type=client_credentials")
        return exchange.ask(HttpRequest("POST", url, Headers(), body), "token").read().decode()

    def signed(self, exchange: Exchange, request: HttpRequest, url: str) -> SignedRequest:
        exchange.task.redactor.register(self.tokens[url])
        headers = request.headers.with_header("Authorization", f"Bearer {self.tokens[url]}")
        return SignedRequest(request.with_headers(headers), fields=("Authorization",))

"""An OAuth 2.0 server on loopback: authlib's grants behind a `LoopbackServer`, and an API."""

from __future__ import annotations

import itertools
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import pytest
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    BaseGrant,
    ClientMixin,
    InvalidGrantError,
    OAuth2Request,
    TokenEndpointMixin,
    grants,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion, JWTBearerGrant
from joserfc.jwk import RSAKey

from httptask.testing import LoopbackServer, Reply, json_reply
from httptask.testing.wire import ReceivedRequest

DATA = Path("data")
"""Folder of the commands that use a server."""

SECRET = "the-client's secret+of%20reports:yes"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
METHODS = ["client_secret_basic", "client_secret_post", "client_assertion_jwt", "none"]
KEY = RSAKey.generate_key(2048, private=True)
PEM = KEY.as_pem(private=True).decode()


@dataclass
class Client(ClientMixin):
    """A client; a public one has no secret."""

    client_id: str
    secret: str = SECRET

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == self.secret

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method == "none") == (not self.secret)

    def check_grant_type(self, grant_type: str) -> bool:
        return True

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri.startswith("http://127.0.0.1:")

    def get_client_id(self) -> str:
        return self.client_id

    def get_allowed_scope(self, scope: str | None) -> str:
        return scope or ""


@dataclass
class Issued:
    """A token that was given."""

    client: Client
    token: dict[str, Any]
    user: Any = None

    def check_client(self, client: Client) -> bool:
        return client.client_id == self.client.client_id

    def get_scope(self) -> str:
        return str(self.token.get("scope", ""))


class Request(OAuth2Request):
    """A request as authlib reads it."""

    def __init__(self, received: ReceivedRequest) -> None:
        headers = {name.title(): value for name, value in received.headers}
        super().__init__(received.method, "https://auth.example/token", headers=headers)
        pairs = received.arguments + parse_qsl(received.text, keep_blank_values=True)
        self.payload = BasicOAuth2Payload(dict(pairs))
        self.payload._datalist = defaultdict(list)
        for name, value in pairs:
            self.payload._datalist[name].append(value)

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data

    @property
    def args(self) -> dict[str, str]:
        return {}


class ClientCredentials(grants.ClientCredentialsGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS


class Refresh(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Issued | None:
        return self.server.refreshable.get(refresh_token)

    def authenticate_user(self, refresh_token: Issued) -> str:
        return "ana"

    def revoke_old_credential(self, refresh_token: Issued) -> None:
        if self.server.rotates:
            del self.server.refreshable[refresh_token.token["refresh_token"]]


class JwtBearer(JWTBearerGrant):
    def resolve_issuer_client(self, issuer: str) -> Client | None:
        return self.server.query_client(issuer)

    def resolve_client_public_key(self, client: Client) -> RSAKey:
        return KEY

    def get_audiences(self) -> list[str]:
        return [self.server.token_url]

    def authenticate_user(self, subject: str) -> str:
        return subject

    def has_granted_permission(self, client: Client, user: str) -> bool:
        return True


class Exchange(BaseGrant, TokenEndpointMixin):
    """RFC 8693, which authlib lacks: the subject's token has to be one of ours."""

    GRANT_TYPE = EXCHANGE
    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()
        subject = self.request.form.get("subject_token")
        if subject not in self.server.valid or not self.request.form.get("subject_token_type"):
            raise InvalidGrantError("the subject's token is wrong")

    def create_token_response(self) -> Any:
        token = self.generate_token(scope=self.request.payload.scope, include_refresh_token=False)
        token["issued_token_type"] = "urn:ietf:params:oauth:token-type:access_token"
        self.save_token(token)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class Assertions(JWTBearerClientAssertion):
    """``private_key_jwt``."""

    def __init__(self, server: OAuthServer) -> None:
        super().__init__()
        self.server, self.used = server, set()

    def get_audiences(self) -> list[str]:
        return [self.server.token_url]

    def resolve_client_public_key(self, client: Client) -> RSAKey:
        return KEY

    def validate_jti(self, claims: Any, jti: str) -> bool:
        fresh = jti not in self.used
        self.used.add(jti)
        return fresh


@dataclass
class Failing:
    """What the token endpoint answers instead, and how often."""

    reply: Reply
    times: int = 1


@dataclass
class State:
    """What a test changes or reads."""

    lifetime: int = 3600
    failing: list[Failing] = field(default_factory=list)
    refuses: tuple[int, tuple[tuple[str, str], ...]] = (401, ())
    delay: float = 0.0


class OAuthServer(AuthorizationServer):
    """The token endpoint at ``/token``, and an API at ``/api`` that wants a valid token."""

    def __init__(self) -> None:
        super().__init__()
        self.state, self.rotates = State(), True
        self.clients = {each.client_id: each for each in (Client("reports"), Client("open", ""))}
        self.clients["id with: blanks"] = Client("id with: blanks")
        self.valid: dict[str, Issued] = {}
        self.refreshable: dict[str, Issued] = {}
        self.given: list[str] = []
        self._numbers, self._lock = itertools.count(1), threading.Lock()
        self.register_token_generator("default", self._generate)
        for grant in (ClientCredentials, Refresh, JwtBearer, Exchange):
            self.register_grant(grant)
        self.register_client_auth_method("client_assertion_jwt", Assertions(self))
        self.server = LoopbackServer({"POST /token": self._token, "/api": self._api})

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    @property
    def token_calls(self) -> list[ReceivedRequest]:
        return [each for each in self.server.requests if each.path == "/token"]

    def grant_refresh(self, name: str = "refresh-token-number-0") -> str:
        """Give a refresh token, as signing in would."""
        self.refreshable[name] = Issued(self.clients["reports"], {"refresh_token": name})
        return name

    def revoke(self) -> None:
        """Let no access token count any more."""
        self.valid.clear()

    def secrets(self) -> list[str]:
        """Return everything that was ever given or sent as a proof."""
        found = {SECRET, PEM, *self.given}
        for request in self.token_calls:
            fields = dict(parse_qsl(request.text))
            found |= {
                fields[name]
                for name in (
                    "client_secret",
                    "code",
                    "code_verifier",
                    "device_code",
                    "assertion",
                    "client_assertion",
                    "refresh_token",
                    "subject_token",
                )
                if name in fields
            }
            found.add(request.header("Authorization").partition(" ")[2])
        return sorted(found - {""})

    def query_client(self, client_id: str) -> Client | None:
        return self.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: Request) -> None:
        issued = Issued(request.client, token)
        self.valid[token["access_token"]] = issued
        if "refresh_token" in token:
            self.refreshable[token["refresh_token"]] = issued

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        del name, args, kwargs

    def create_oauth2_request(self, request: ReceivedRequest) -> Request:
        return Request(request)

    def handle_response(self, status: int, body: Any, headers: Any) -> Reply:
        return Reply(status, tuple(headers), json.dumps(body).encode(), delay=self.state.delay)

    def _generate(self, **about: Any) -> dict[str, Any]:
        made = BearerTokenGenerator(
            lambda **_: self._new("access"), lambda **_: self._new("refresh"), self.state.lifetime
        )
        return made.generate(**about)

    def _new(self, kind: str) -> str:
        text = f"{kind}-token-number-{next(self._numbers)}-canary"
        self.given.append(text)
        return text

    def _token(self, request: ReceivedRequest) -> Reply:
        with self._lock:
            if self.state.failing:
                failing = self.state.failing[0]
                failing.times -= 1
                if not failing.times:
                    self.state.failing.pop(0)
                return failing.reply
            return self.create_token_response(request)

    def _api(self, request: ReceivedRequest) -> Reply:
        scheme, _, token = request.header("Authorization").partition(" ")
        if scheme == "Bearer" and token in self.valid:
            return json_reply({"scope": self.valid[token].get_scope()})
        status, headers = self.state.refuses
        return json_reply({"error": "no"}, status, headers)


S = TypeVar("S", bound=OAuthServer)


@contextmanager
def for_commands(server: S, monkeypatch: pytest.MonkeyPatch) -> Iterator[S]:
    """Serve; the commands know the client's secret, and keep what they keep in ``DATA``."""
    monkeypatch.setenv("HTTPTASK_DATA", str(DATA))
    monkeypatch.setenv("HTTPTASK_SECRET_CLIENT", SECRET)
    with server.server:
        yield server

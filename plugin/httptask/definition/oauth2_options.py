"""``{"type": "oauth2"}``: a token that an OAuth 2.0 authorization server gives."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import Field, Strict

from httptask.definition.auth_options import AuthOptions
from httptask.definition.field_types import NOTHING, Expr, Secret
from httptask.definition.rules import at_least_one, needed_by, needs, needs_value
from httptask.definition.scalars import WHOLE, Anything, Name, OneOrList, Scalar

SigningAlgorithm = Literal[
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "HS256",
    "HS384",
    "HS512",
]
"""Algorithms of JSON Web Signatures (RFC 7518, 8037)."""

SIGN_INS = frozenset({"authorization_code", "device_code"})
"""Grants for which somebody signs in."""

RefusedStatus = Annotated[int, Strict(), Field(ge=400, le=499), WHOLE]

_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a type
_KEY: Any = "${workflow.secrets.CLIENT_KEY}"


class OAuth2Options(AuthOptions):
    """A bearer token from an OAuth 2.0 server (RFC 6749, 7521, 7523, 8628, 8693, 8707)."""

    rules = (
        needed_by(
            ("clientId",),
            "grant",
            "client_credentials",
            "refresh_token",
            "authorization_code",
            "device_code",
        ),
        at_least_one("tokenUrl", "openIdConnectUrl"),
        needed_by(("authorizationUrl", "openIdConnectUrl"), "grant", "authorization_code"),
        needed_by(("deviceUrl", "openIdConnectUrl"), "grant", "device_code"),
        needed_by(("refreshToken",), "grant", "refresh_token"),
        needed_by(("key", "assertion"), "grant", "jwt_bearer"),
        needed_by(("subjectToken",), "grant", "token_exchange"),
        needed_by(("key",), "clientAuth", "private_key_jwt"),
        needs_value("refreshToken", "grant", "refresh_token"),
        needs_value("assertion", "grant", "jwt_bearer"),
        needs_value("subjectToken", "grant", "token_exchange"),
        needs_value("authorizationUrl", "grant", "authorization_code"),
        needs_value("deviceUrl", "grant", "device_code"),
        needs("actorToken", "subjectToken"),
        needs("clientSecret", "clientId"),
    )

    type: Literal["oauth2"] = Field(description="A token of an OAuth 2.0 server.")
    grant: Literal[
        "client_credentials",
        "refresh_token",
        "authorization_code",
        "device_code",
        "jwt_bearer",
        "token_exchange",
    ] = Field(
        description="How the token is asked for; for authorization_code and device_code somebody "
        "signs in: httptask auth login.",
        examples=["client_credentials"],
    )
    token_url: Expr[Name] | None = Field(
        default=None,
        description="Address of the token endpoint; write it literally, as secrets go there.",
        examples=["https://auth.example.com/oauth2/token"],
    )
    open_id_connect_url: Expr[Name] | None = Field(
        default=None,
        description="Address of the server's metadata, which names the endpoints that are not "
        "given here.",
        examples=["https://auth.example.com/.well-known/openid-configuration"],
    )
    authorization_url: Expr[Name] | None = Field(
        default=None,
        description="Address of the page where somebody signs in.",
        examples=["https://auth.example.com/oauth2/authorize"],
    )
    device_url: Expr[Name] | None = Field(
        default=None,
        description="Address that gives codes for signing in on another device (RFC 8628).",
        examples=["https://auth.example.com/oauth2/device"],
    )
    client_id: Expr[Name] | None = Field(
        default=None, description="The client's id.", examples=["reports"]
    )
    client_secret: Secret[Expr[Name]] | None = Field(
        default=None,
        description="The client's secret; a public client has none.",
        examples=["${workflow.secrets.CLIENT_SECRET}"],
    )
    client_auth: Literal["basic", "post", "private_key_jwt"] = Field(
        default="basic",
        description="How the client proves who it is: basic in Authorization, post in the form, "
        "private_key_jwt by an assertion that key signs.",
        examples=["post"],
    )
    key: Secret[Expr[Name]] | None = Field(
        default=None,
        description="Key that signs assertions: PEM or JWK; the text itself for HS256 to HS512.",
        examples=[_KEY],
    )
    algorithm: SigningAlgorithm = Field(
        default="RS256", description="Algorithm of assertions.", examples=["ES256"]
    )
    key_id: Expr[Name] | None = Field(
        default=None, description="kid of assertions; a JWK's own by default.", examples=["2026-1"]
    )
    claims: dict[Name, Expr[Anything]] = Field(
        default=NOTHING,
        description="Claims of assertions, beside iss, sub, aud, iat, exp and jti, or instead.",
        examples=[{"sub": "me@example.com", "scope": "reports.read"}],
    )
    scopes: Expr[list[Expr[Name]]] = Field(
        default=[], description="Scopes to ask for.", examples=[["reports.read", "reports.write"]]
    )
    audience: Expr[Name] | None = Field(
        default=None,
        description="The API that the token is for, as audience.",
        examples=["https://api.example.com"],
    )
    resource: Expr[OneOrList[Expr[Name]]] | None = Field(
        default=None,
        description="The API that the token is for, as resource (RFC 8707).",
        examples=["https://api.example.com"],
    )
    extra: dict[Name, Expr[Scalar]] = Field(
        default=NOTHING,
        description="Further fields of the token call, and of the page where somebody signs in.",
        examples=[{"requested_token_use": "on_behalf_of"}],
    )
    refresh_token: Secret[Expr[Name]] | None = Field(
        default=None,
        description="The first refresh token; a newer one that the server gives is kept.",
        examples=["${workflow.secrets.REFRESH_TOKEN}"],
    )
    assertion: Secret[Expr[Name]] | None = Field(
        default=None,
        description="A finished assertion, instead of one that key signs.",
        examples=["${login.output.token}"],
    )
    subject_token: Secret[Expr[Name]] | None = Field(
        default=None,
        description="The token to exchange.",
        examples=["${workflow.secrets.USER_TOKEN}"],
    )
    subject_token_type: Expr[Name] = Field(
        default=_ACCESS_TOKEN,
        description="What the token to exchange is.",
        examples=["urn:ietf:params:oauth:token-type:jwt"],
    )
    actor_token: Secret[Expr[Name]] | None = Field(
        default=None,
        description="Token of the one who acts for the subject.",
        examples=["${workflow.secrets.ACTOR_TOKEN}"],
    )
    actor_token_type: Expr[Name] = Field(
        default=_ACCESS_TOKEN,
        description="What the actor's token is.",
        examples=["urn:ietf:params:oauth:token-type:jwt"],
    )
    renew_on: list[RefusedStatus] = Field(
        default=[401],
        description="Statuses of the API's response that have the token renewed, once.",
        examples=[[401, 403]],
    )


ALGORITHMS: tuple[str, ...] = get_args(SigningAlgorithm)

"""The kinds of authentication that sign a request, or prove knowledge of a password."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, Strict

from httptask.definition.auth_options import AuthOptions
from httptask.definition.field_types import NOTHING, Expr, Secret
from httptask.definition.oauth2_options import SigningAlgorithm
from httptask.definition.rules import at_least_one, at_most_one, needs, needs_value
from httptask.definition.scalars import WHOLE, Anything, HeaderName, Name

_PARTS: Final = (
    "method",
    "url",
    "target",
    "path",
    "query",
    "host",
    "bodyHash",
    "timestamp",
    "timestampMs",
    "date",
    "nonce",
    "header:[A-Za-z0-9-]+",
)


def _with_parts(*parts: str) -> str:
    """Return the pattern of a text in which nothing but these stands in braces."""
    return rf"^(?:[^{{}}$]|\$(?!\{{)|\{{(?:{'|'.join(parts)})\}})+$"


SIGNED_TEMPLATE: Final = _with_parts(*_PARTS, "body")
SENT_TEMPLATE: Final = _with_parts(*_PARTS, "signature")
"""Patterns of the texts that are hashed, and sent, with parts of the request in braces."""

Lifetime = Annotated[int, Strict(), Field(ge=1, le=86_400), WHOLE]
SentTemplate = Annotated[str, Field(pattern=SENT_TEMPLATE)]


class AwsSigV4Options(AuthOptions):
    """A signature of Amazon Web Services, version 4."""

    rules = (
        at_least_one("accessKey", "credentials"),
        at_most_one("accessKey", "credentials"),
        needs("accessKey", "secretKey"),
        needs("secretKey", "accessKey"),
        needs("sessionToken", "accessKey"),
        needs_value("profile", "credentials", "file"),
    )

    type: Literal["aws-sigv4"] = Field(description="AWS Signature Version 4.")
    access_key: Expr[Name] | None = Field(
        default=None,
        description="Id of the access key.",
        examples=["${workflow.secrets.AWS_ACCESS_KEY_ID}"],
    )
    secret_key: Secret[Expr[Name]] | None = Field(
        default=None,
        description="Secret access key.",
        examples=["${workflow.secrets.AWS_SECRET_ACCESS_KEY}"],
    )
    credentials: Literal["environment", "file"] | None = Field(
        default=None,
        description="Take the machine's own key: from AWS_ACCESS_KEY_ID and the like, or from "
        "AWS's shared file. On a server only a connection may.",
        examples=["environment"],
    )
    profile: Name | None = Field(
        default=None,
        description="Profile of the shared file; AWS_PROFILE or default when absent.",
        examples=["reports"],
    )
    session_token: Secret[Expr[Name]] | None = Field(
        default=None,
        description="Token of temporary credentials.",
        examples=["${workflow.secrets.AWS_SESSION_TOKEN}"],
    )
    region: Expr[Name] = Field(description="Region of the endpoint.", examples=["eu-central-1"])
    service: Expr[Name] = Field(
        description="Name that the service signs with; s3 has rules of its own.",
        examples=["execute-api"],
    )
    location: Literal["header", "query"] = Field(
        default="header", alias="in", description="Where the signature is sent.", examples=["query"]
    )
    payload: Literal["signed", "unsigned"] = Field(
        default="signed",
        description="Whether the signature covers the body, which is then read once more.",
        examples=["unsigned"],
    )


class DigestAuthOptions(AuthOptions):
    """User name and password, proved by a digest (RFC 7616)."""

    type: Literal["digest"] = Field(description="Digest authentication.")
    username: Expr[str] = Field(description="User name.", examples=["${workflow.secrets.USER}"])
    password: Secret[Expr[str]] = Field(
        description="Password; it is never sent.", examples=["${workflow.secrets.PASSWORD}"]
    )


class JwtAuthOptions(AuthOptions):
    """A JSON Web Token that the task's key signs (RFC 7519), new for each request."""

    type: Literal["jwt"] = Field(description="A token that a key of the task's signs.")
    key: Secret[Expr[Name]] = Field(
        description="Key that signs: PEM or JWK; the text itself for HS256 to HS512.",
        examples=["${workflow.secrets.APP_KEY}"],
    )
    algorithm: SigningAlgorithm = Field(
        default="RS256", description="Algorithm of the signature.", examples=["ES256"]
    )
    claims: dict[Name, Expr[Anything]] = Field(
        default=NOTHING,
        description="Claims, beside iat, exp and jti, or instead.",
        examples=[{"iss": "123456", "aud": "api.example.com"}],
    )
    header: dict[Name, Expr[Anything]] = Field(
        default=NOTHING,
        description="Parameters of the token's header, beside alg, typ and a JWK's kid.",
        examples=[{"kid": "2026-1"}],
    )
    lifetime: Expr[Lifetime] = Field(
        default=300, description="Seconds from iat to exp.", examples=[600]
    )
    name: HeaderName = Field(
        default="Authorization",
        description="Header that carries the token; Authorization has the word Bearer before it.",
        examples=["X-Api-Token"],
    )


class HmacAuthOptions(AuthOptions):
    """A keyed hash of a text that is made of the request (RFC 2104)."""

    type: Literal["hmac"] = Field(description="A keyed hash of the request.")
    key: Secret[Expr[Name]] = Field(
        description="The shared key.", examples=["${workflow.secrets.SIGNING_KEY}"]
    )
    key_encoding: Literal["text", "hex", "base64"] = Field(
        default="text", description="How the key is written.", examples=["base64"]
    )
    algorithm: Literal["sha1", "sha256", "sha384", "sha512"] = Field(
        default="sha256", description="The hash.", examples=["sha512"]
    )
    template: Annotated[str, Field(pattern=SIGNED_TEMPLATE)] = Field(
        description="The text that is hashed; parts of the request stand in braces.",
        examples=["{method}\n{target}\n{timestamp}\n{body}"],
    )
    encoding: Literal["hex", "base64", "base64url"] = Field(
        default="hex", description="How the hash is written.", examples=["base64"]
    )
    headers: dict[HeaderName, SentTemplate] = Field(
        default={"X-Signature": "{signature}"},
        description="Headers that are sent, with the hash as signature.",
        examples=[{"X-Signature": "sha256={signature}", "X-Timestamp": "{timestamp}"}],
    )

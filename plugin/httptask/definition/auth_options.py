"""The plain kinds of authentication, and the base of all others."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from httptask.definition.field_types import Expr, Model, Secret
from httptask.definition.scalars import (
    Name,
)

CONNECTION_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?!\n)$"


class AuthOptions(Model):
    """Base of every kind of authentication; a kind sets ``type: Literal["kind"]``."""


class BasicAuthOptions(AuthOptions):
    """User name and password (RFC 7617)."""

    type: Literal["basic"] = Field(description="Basic authentication.")
    username: Expr[str] = Field(description="User name.", examples=["${workflow.secrets.USER}"])
    password: Secret[Expr[str]] = Field(
        description="Password.", examples=["${workflow.secrets.PASSWORD}"]
    )


class BearerAuthOptions(AuthOptions):
    """A bearer token in the Authorization header (RFC 6750)."""

    type: Literal["bearer"] = Field(description="Bearer token.")
    token: Secret[Expr[Name]] = Field(
        description="Token, without the word Bearer.", examples=["${workflow.secrets.API_TOKEN}"]
    )


class ApiKeyAuthOptions(AuthOptions):
    """A key in a header, a query parameter or a cookie."""

    type: Literal["apiKey"] = Field(description="API key.")
    name: Expr[Name] = Field(
        description="Header, parameter or cookie name.", examples=["X-Api-Key"]
    )
    value: Secret[Expr[Name]] = Field(description="Key.", examples=["${workflow.secrets.API_KEY}"])
    location: Literal["header", "query", "cookie"] = Field(
        default="header", alias="in", description="Where the key is sent.", examples=["header"]
    )


class ConnectionOptions(AuthOptions):
    """Credentials that stand outside of the definition, under a name."""

    type: Literal["connection"] = Field(description="A connection of this machine.")
    name: Annotated[str, Field(pattern=CONNECTION_NAME)] = Field(
        description="Its name; httptask auth list shows all.", examples=["github"]
    )

"""The kinds of authentication that sign a request, or prove knowledge of a password."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from httptask.definition.auth_options import AuthOptions
from httptask.definition.leaves import Name
from httptask.definition.marks import Expr, Secret


class AwsSigV4Options(AuthOptions):
    """A signature of Amazon Web Services, version 4."""

    type: Literal["aws-sigv4"] = Field(description="AWS Signature Version 4.")
    access_key: Expr[Name] = Field(
        description="Id of the access key.", examples=["${workflow.secrets.AWS_ACCESS_KEY_ID}"]
    )
    secret_key: Secret[Expr[Name]] = Field(
        description="Secret access key.", examples=["${workflow.secrets.AWS_SECRET_ACCESS_KEY}"]
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

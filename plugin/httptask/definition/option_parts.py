"""The objects inside ``inputParameters.httptask``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from httptask.definition.field_types import NOTHING, Expr, Model, Secret
from httptask.definition.rules import at_least_one, at_most_one, excluded_by, needs, needs_value
from httptask.definition.scalars import (
    SHA256,
    TOKEN,
    WHOLE,
    Anything,
    Count,
    Duration,
    Flag,
    HeaderName,
    MediaType,
    Name,
    Number,
    ObjectOr,
    Positive,
    Scalar,
    StatusCode,
)

DEFAULT_RETRY_STATUSES = ["429", "5xx"]
OUTPUT_NAME = r"^(?!response$)[A-Za-z_][A-Za-z0-9_-]*$"
ELEMENT_PATH = r"^[^\s/]+(/[^\s/]+)*(?!\n)$"
DELIMITER = r"""^[^\r\n"](?!\n)$"""
RESPONSE_PATH = r"^(\$(?!\{)[^$]*)+$"

Attempts = Annotated[int, Strict(), Field(ge=1, le=100), WHOLE]
Hops = Annotated[int, Strict(), Field(ge=0, le=50), WHOLE]


class OperationOptions(Model):
    """The documented operation from which the task was prepared, and what a check needs of it."""

    id: Name = Field(description="Operation id in the catalogue.", examples=["images/generate"])
    documentation: str | None = Field(
        default=None,
        description="Address of the operation's documentation.",
        examples=["https://docs.example.com/reference/images"],
    )
    method: str | None = Field(
        default=None, description="Its method.", pattern=TOKEN, examples=["POST"]
    )
    path: str | None = Field(
        default=None,
        description="Its path, below one of the servers, with {name} for what varies.",
        examples=["/images/{id}"],
    )
    servers: list[Name] = Field(
        default=[],
        description="Where it is called; without any, it may be called anywhere.",
        examples=[["https://api.example.com/v1"]],
    )
    auth: list[Name] = Field(
        default=[],
        description="The kinds of authentication that it takes, as httptask show names them; "
        "without any, nothing is known.",
        examples=[["bearer", "apiKey (header X-Key)"], ["none"]],
    )
    media_types: list[Name] = Field(
        default=[],
        description="Media types that its body may have.",
        examples=[["application/json"]],
    )
    statuses: list[Name] = Field(
        default=[],
        description="Statuses that its responses may have.",
        examples=[["200", "404", "5xx", "default"]],
    )
    deprecated: Flag = Field(
        default=False, description="Its authors advise against using it.", examples=[True]
    )


class StyleOptions(Model):
    """How one parameter is written (OpenAPI's style, explode, allowReserved, content)."""

    rules = (at_most_one("style", "contentType"),)

    explode: Flag | None = Field(
        default=None,
        description="Write each item on its own; default true for form, else false.",
        examples=[False],
    )
    allow_reserved: Flag = Field(
        default=False, description="Leave reserved characters unencoded.", examples=[True]
    )
    content_type: MediaType | None = Field(
        default=None,
        description="Write the value in this media type instead of a style.",
        examples=["application/json"],
    )


class PathStyle(StyleOptions):
    """How one path parameter is written."""

    style: Literal["simple", "label", "matrix"] | None = Field(
        default=None, description="Style; default simple.", examples=["label"]
    )


class QueryStyle(StyleOptions):
    """How one query parameter or form field is written."""

    style: Literal["form", "spaceDelimited", "pipeDelimited", "deepObject"] | None = Field(
        default=None, description="Style; default form.", examples=["pipeDelimited"]
    )


class HeaderStyle(StyleOptions):
    """How one header parameter is written."""

    style: Literal["simple"] | None = Field(
        default=None, description="Style; default simple.", examples=["simple"]
    )


class CookieStyle(StyleOptions):
    """How one cookie parameter is written."""

    style: Literal["form", "cookie"] | None = Field(
        default=None, description="Style; default form.", examples=["form"]
    )


class ParameterStyles(Model):
    """Styles by place and parameter name."""

    path: dict[Name, PathStyle] = Field(
        default=NOTHING, description="Path parameters.", examples=[{"id": {"style": "label"}}]
    )
    query: dict[Name, QueryStyle] = Field(
        default=NOTHING, description="Query parameters.", examples=[{"tags": {"explode": False}}]
    )
    headers: dict[Name, HeaderStyle] = Field(
        default=NOTHING, description="Headers.", examples=[{"X-Ids": {"explode": True}}]
    )
    cookies: dict[Name, CookieStyle] = Field(
        default=NOTHING, description="Cookies.", examples=[{"theme": {"style": "form"}}]
    )


class FileReference(Model):
    """A stored file, as a task's output names it."""

    path: Expr[Name] = Field(description="Path of the stored file.", examples=["files/6f/6f2c.png"])
    sha256: Expr[Annotated[str, Field(pattern=SHA256)]] | None = Field(
        default=None, description="SHA-256 of the content, in hexadecimal.", examples=["0" * 64]
    )
    size: Expr[Count] | None = Field(default=None, description="Size in bytes.", examples=[48213])
    media_type: Expr[str] | None = Field(
        default=None, description="Media type of the content.", examples=["image/png"]
    )
    name: Expr[str] | None = Field(
        default=None, description="File name that is sent with it.", examples=["invoice.pdf"]
    )


FileSource = Expr[ObjectOr[FileReference, Name]]


class Part(Model):
    """One part of a multipart body."""

    rules = (at_most_one("value", "file"), at_least_one("value", "file"))

    value: Expr[Any] = Field(
        default=None,
        description="Text as it is; objects and lists as JSON.",
        examples=["a cat"],
    )
    file: FileSource | None = Field(
        default=None,
        description="A file below the definition's folder, or a stored file's reference.",
        examples=["cat.png", "${generate.output.image}"],
    )
    filename: Expr[str] | None = Field(
        default=None, description="File name that is sent.", examples=["cat.png"]
    )
    content_type: Expr[MediaType] | None = Field(
        default=None, description="Content-Type of the part.", examples=["image/png"]
    )
    headers: dict[HeaderName, Expr[Scalar]] = Field(
        default=NOTHING, description="More header fields of the part.", examples=[{"X-Part": "1"}]
    )


class GraphqlOptions(Model):
    """A GraphQL request; it is sent as JSON, and a response with errors fails the task."""

    query: Expr[Name] = Field(
        description="The document; values go into variables.",
        examples=["query ($id: ID!) { order(id: $id) { total } }"],
    )
    variables: Expr[dict[Name, Expr[Anything]]] | None = Field(
        default=None,
        description="Values for the variables of the document.",
        examples=[{"id": "${workflow.input.order}"}],
    )
    operation_name: Expr[Name] | None = Field(
        default=None,
        description="Which operation of the document is meant, where it has several.",
        examples=["Order"],
    )


class RetryOptions(Model):
    """Repetition inside one execution of the task."""

    max_attempts: Expr[Attempts] = Field(
        default=3, description="Attempts in all, the first one included.", examples=[5]
    )
    statuses: Expr[list[Expr[StatusCode]]] = Field(
        default=DEFAULT_RETRY_STATUSES,
        description="Statuses after which the request is repeated.",
        examples=[["429", "503"]],
    )
    on_network_errors: Expr[Flag] = Field(
        default=True,
        description="Repeat when the connection fails or breaks.",
        examples=[False],
    )
    initial_delay_ms: Expr[Duration] = Field(
        default=500, description="Milliseconds before the second attempt.", examples=[1000]
    )
    max_delay_ms: Expr[Duration] = Field(
        default=30_000, description="No wait is longer, Retry-After excepted.", examples=[60000]
    )
    multiplier: Expr[Annotated[Number, Field(ge=1, le=10)]] = Field(
        default=2.0,
        description="Factor by which the wait grows from attempt to attempt.",
        examples=[1.5],
    )
    jitter: Expr[Flag] = Field(
        default=True, description="Spread each wait at random.", examples=[False]
    )
    respect_retry_after: Expr[Flag] = Field(
        default=True, description="Wait at least as long as Retry-After asks.", examples=[True]
    )


class IdempotencyKeyOptions(Model):
    """A key by which the server recognises a repeated request."""

    header: Annotated[str, Field(pattern=TOKEN)] = Field(
        default="Idempotency-Key", description="Header that carries it.", examples=["X-Request-Id"]
    )
    value: Expr[Name] | None = Field(
        default=None,
        description="The key; by default one that is stable for the execution.",
        examples=["${workflow.input.order}"],
    )


class RedirectOptions(Model):
    """What is done with 3xx responses."""

    follow: Expr[Flag] = Field(default=True, description="Follow redirects.", examples=[False])
    max: Expr[Hops] = Field(
        default=10,
        description="Maximum number of hops; Conductor follows 50.",
        examples=[3],
    )


class TlsOptions(Model):
    """Trust and identity of TLS connections."""

    rules = (
        needs("clientKey", "clientCertificate"),
        needs("clientKeyPem", "clientCertificatePem"),
        at_most_one("clientCertificate", "clientCertificatePem"),
        excluded_by("caBundle", "verify", False),
    )

    ca_bundle: Expr[Name] | None = Field(
        default=None, description="File of trusted certificates (PEM).", examples=["ca.pem"]
    )
    client_certificate: Expr[Name] | None = Field(
        default=None, description="File of the client's certificate (PEM).", examples=["me.pem"]
    )
    client_key: Expr[Name] | None = Field(
        default=None, description="File of the client's private key (PEM).", examples=["me.key"]
    )
    client_certificate_pem: Secret[Expr[Name]] | None = Field(
        default=None,
        description="The client's certificate itself (PEM), maybe with its key.",
        examples=["${workflow.secrets.CLIENT_CERTIFICATE}"],
    )
    client_key_pem: Secret[Expr[Name]] | None = Field(
        default=None,
        description="The client's private key itself (PEM).",
        examples=["${workflow.secrets.CLIENT_KEY}"],
    )
    client_key_password: Secret[Expr[Name]] | None = Field(
        default=None,
        description="Password of the private key.",
        examples=["${workflow.secrets.CLIENT_KEY_PASSWORD}"],
    )
    verify: Flag = Field(
        default=True, description="Check the server's certificate.", examples=[True]
    )


class ResponseOptions(Model):
    """How the response's body is read."""

    rules = (
        needs_value("lists", "format", "xml"),
        needs_value("delimiter", "format", "csv"),
        needs_value("header", "format", "csv"),
    )

    format: Expr[Literal["auto", "json", "text", "file", "events", "xml", "csv"]] = Field(
        default="auto",
        description="auto follows the media type; the others ignore it.",
        examples=["events"],
    )
    lists: tuple[Annotated[str, Field(pattern=ELEMENT_PATH)], ...] = Field(
        default=(),
        description="XML elements that are lists, however often they come: a name, or the end of a "
        "path.",
        examples=[["item", "orders/order"]],
    )
    delimiter: Annotated[str, Field(pattern=DELIMITER)] | None = Field(
        default=None,
        description="Character between the cells of CSV; found in the first line when absent.",
        examples=[";"],
    )
    header: Flag = Field(
        default=True,
        description="Whether the first record of CSV names the columns; else records are lists.",
        examples=[False],
    )
    max_bytes: Expr[Positive] | None = Field(
        default=None,
        description="Largest body after decompression, in bytes; the default is the run's limit.",
        examples=[10_485_760],
    )
    charset: Expr[Name] | None = Field(
        default=None, description="Charset of text, whatever the response says.", examples=["utf-8"]
    )


ResponsePath = Annotated[str, Field(pattern=RESPONSE_PATH)]


class OutputMapping(Model):
    """One named output."""

    null_counts = frozenset({"default"})
    rules = (needs_value("encoding", "as", "file"), needs_value("mediaType", "as", "file"))

    path: ResponsePath = Field(
        description="JSONPath (RFC 9535) from $.response; never ${}.",
        examples=["$.response.body.data[0].b64_json"],
    )
    default: Expr[Any] = Field(
        default=None, description="Value when nothing is found.", examples=["unknown"]
    )
    required: Flag = Field(
        default=False, description="Fail the task if nothing is found.", examples=[True]
    )
    all: Flag = Field(
        default=False, description="Give a list of everything that is found.", examples=[True]
    )
    as_: Literal["value", "file"] = Field(
        default="value",
        alias="as",
        description="file: store it and give its reference.",
        examples=["file"],
    )
    encoding: Literal["base64", "text"] | None = Field(
        default=None, description="How the file's bytes stand in the response.", examples=["base64"]
    )
    media_type: MediaType | None = Field(
        default=None, description="Media type of the file.", examples=["image/png"]
    )


OutputName = Annotated[str, Field(pattern=OUTPUT_NAME)]

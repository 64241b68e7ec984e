"""``inputParameters.httptask``: everything that httptask adds to Conductor's HTTP task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import NoneType
from typing import Annotated, Any, Final, Union, get_args

from pydantic import Field, Strict, create_model

from httptask.definition.auth_options import (
    ApiKeyAuthOptions,
    AuthOptions,
    BasicAuthOptions,
    BearerAuthOptions,
    ConnectionOptions,
)
from httptask.definition.field_types import NOTHING, Expr, Model, Secret
from httptask.definition.oauth2_options import OAuth2Options
from httptask.definition.option_parts import (
    CookieStyle,
    FileReference,
    FileSource,
    GraphqlOptions,
    HeaderStyle,
    IdempotencyKeyOptions,
    OperationOptions,
    OutputMapping,
    OutputName,
    ParameterStyles,
    Part,
    PathStyle,
    QueryStyle,
    RedirectOptions,
    ResponseOptions,
    ResponsePath,
    RetryOptions,
    StyleOptions,
    TlsOptions,
)
from httptask.definition.paging_options import PagingOptions
from httptask.definition.poll_options import PollOptions
from httptask.definition.rules import at_most_one, needs
from httptask.definition.scalars import (
    MAX_MS,
    WHOLE,
    Anything,
    Flag,
    HeaderName,
    JsonSchemaDocument,
    Name,
    ObjectOr,
    OneOrList,
    ScalarOrNull,
    StatusCode,
    Value,
)
from httptask.definition.shared_options import CacheOptions, LimitsOptions
from httptask.definition.signing_options import (
    AwsSigV4Options,
    DigestAuthOptions,
    HmacAuthOptions,
    JwtAuthOptions,
)

__all__ = [
    "BUILT_IN_AUTH",
    "OTHER_BODIES",
    "ApiKeyAuthOptions",
    "AuthOptions",
    "AwsSigV4Options",
    "BasicAuthOptions",
    "BearerAuthOptions",
    "CacheOptions",
    "ConnectionOptions",
    "CookieStyle",
    "DigestAuthOptions",
    "FileReference",
    "GraphqlOptions",
    "HeaderStyle",
    "HmacAuthOptions",
    "HttpTaskOptions",
    "IdempotencyKeyOptions",
    "JwtAuthOptions",
    "LimitsOptions",
    "OAuth2Options",
    "OperationOptions",
    "OutputMapping",
    "PagingOptions",
    "ParameterStyles",
    "Part",
    "PathStyle",
    "PollOptions",
    "QueryStyle",
    "RedirectOptions",
    "ResponseOptions",
    "RetryOptions",
    "StyleOptions",
    "TlsOptions",
    "build_options_model",
    "option_of",
    "own_options",
    "plugin_options",
]

BUILT_IN_AUTH: tuple[type[AuthOptions], ...] = (
    BasicAuthOptions,
    BearerAuthOptions,
    ApiKeyAuthOptions,
    OAuth2Options,
    AwsSigV4Options,
    DigestAuthOptions,
    JwtAuthOptions,
    HmacAuthOptions,
    ConnectionOptions,
)
"""The kinds of authentication that come with httptask."""

OTHER_BODIES: Final = ("form", "multipart", "file", "graphql")
"""Keys that give the body, instead of the request's own."""

Deadline = Annotated[int, Strict(), Field(ge=1, le=MAX_MS), WHOLE]
_SCALARS = {"page": 2, "tags": ["a", "b"]}


class HttpTaskOptions(Model):
    """What httptask adds to the HTTP task; every key may be left out."""

    rules = (at_most_one(*OTHER_BODIES), needs("formEncoding", "form"))

    operation: OperationOptions | None = Field(
        default=None,
        description="Where the task was prepared from.",
        examples=[{"id": "images/generate"}],
    )
    auth: Annotated[Union[BUILT_IN_AUTH], Field(discriminator="type")] | None = Field(  # type: ignore[valid-type]  # noqa: UP007
        default=None,
        description="Authentication.",
        examples=[{"type": "bearer", "token": "${workflow.secrets.API_TOKEN}"}],
    )
    base: Expr[Name] | None = Field(
        default=None,
        description="Address that uri is resolved against, and whose origin it must have: to "
        "follow an address that a response gave.",
        examples=["https://api.example.com/v1/jobs"],
    )
    path: Expr[dict[Name, Expr[Value]]] = Field(
        default=NOTHING, description="Values for {name} in uri.", examples=[{"id": 42}]
    )
    query: Expr[dict[Name, Expr[Anything]]] = Field(
        default=NOTHING,
        description="Query parameters; null is not sent, a list is repeated.",
        examples=[_SCALARS],
    )
    cookies: Expr[dict[HeaderName, Expr[ScalarOrNull]]] = Field(
        default=NOTHING, description="Cookies; null is not sent.", examples=[{"theme": "dark"}]
    )
    parameter_styles: ParameterStyles = Field(
        default=ParameterStyles(),
        description="How parameters are written, where the default will not do.",
        examples=[{"query": {"tags": {"style": "pipeDelimited", "explode": False}}}],
    )
    form: Expr[dict[Name, Expr[Anything]]] | None = Field(
        default=None, description="Fields of a form-urlencoded body.", examples=[_SCALARS]
    )
    form_encoding: dict[Name, QueryStyle] = Field(
        default=NOTHING,
        description="How form fields are written.",
        examples=[{"tags": {"style": "form", "explode": False}}],
    )
    multipart: dict[Name, Expr[OneOrList[ObjectOr[Part, ScalarOrNull]]]] | None = Field(
        default=None,
        description="Parts of a multipart/form-data body; a list repeats the name.",
        examples=[{"prompt": "a hat", "image": {"file": "cat.png", "contentType": "image/png"}}],
    )
    graphql: GraphqlOptions | None = Field(
        default=None,
        description="The body is a GraphQL request.",
        examples=[{"query": "{ me { name } }"}],
    )
    file: FileSource | None = Field(
        default=None,
        description="A file is the body: below the definition's folder, or a stored file.",
        examples=["photo.png", "${generate.output.image}"],
    )
    accepted_status_codes: Expr[Annotated[list[Expr[StatusCode]], Field(min_length=1)]] | None = (
        Field(
            default=None,
            description="Statuses that complete the task; replaces the 2xx rule.",
            examples=[["2xx", "404", 409]],
        )
    )
    retry: RetryOptions | None = Field(
        default=None,
        description="Repeat the request inside the task; without it the task makes one attempt.",
        examples=[{"maxAttempts": 4, "statuses": ["429", "5xx"]}],
    )
    idempotent: Expr[Flag] = Field(
        default=False,
        description="Sending the request twice does no harm, whatever its method.",
        examples=[True],
    )
    idempotency_key: ObjectOr[IdempotencyKeyOptions, Flag] | None = Field(
        default=None,
        description="Send an idempotency key; true sends Idempotency-Key.",
        examples=[True, {"header": "X-Request-Id"}],
    )
    deadline_ms: Expr[Deadline] = Field(
        default=300_000,
        description="Milliseconds for the whole task, all attempts and waits included.",
        examples=[120000],
    )
    paging: PagingOptions | None = Field(
        default=None,
        description="Ask for all pages of a list.",
        examples=[
            {"kind": "cursor", "parameter": "cursor", "token": "$.response.body.next_cursor"}
        ],
    )
    poll: PollOptions | None = Field(
        default=None,
        description="Ask until a long-running operation has ended.",
        examples=[{"from": "location", "until": {"path": "$.response.body.status"}}],
    )
    cache: CacheOptions | None = Field(
        default=None,
        description="Store responses to GET and HEAD, and use them as long as HTTP says.",
        examples=[{"storeSecrets": True}],
    )
    limits: LimitsOptions | None = Field(
        default=None,
        description="Share what the service allows with all tasks of this machine.",
        examples=[{"concurrency": 4}],
    )
    redirects: RedirectOptions = Field(
        default=RedirectOptions(), description="Redirects.", examples=[{"follow": False}]
    )
    tls: TlsOptions = Field(
        default=TlsOptions(), description="TLS.", examples=[{"caBundle": "ca.pem"}]
    )
    proxy: Secret[Expr[Name] | None] = Field(
        default=None,
        description="Proxy to use, as an address.",
        examples=["http://proxy.example.com:3128"],
    )
    trust_env: Flag = Field(
        default=False,
        description="Let proxy and certificate settings of the environment apply.",
        examples=[True],
    )
    response: ResponseOptions = Field(
        default=ResponseOptions(),
        description="How the response is read.",
        examples=[{"format": "events"}],
    )
    output: dict[OutputName, ObjectOr[OutputMapping, ResponsePath]] = Field(
        default=NOTHING,
        description="Named outputs, beside response.",
        examples=[{"id": "$.response.body.id"}],
    )
    request_schema: JsonSchemaDocument | None = Field(
        default=None,
        description="JSON Schema of the body; checked before anything is sent.",
        examples=[{"type": "object", "required": ["prompt"]}],
    )
    parameters_schema: JsonSchemaDocument | None = Field(
        default=None,
        description="JSON Schema of {path, query, headers, cookies}; checked before sending.",
        examples=[{"properties": {"query": {"required": ["page"]}}}],
    )
    response_schema: JsonSchemaDocument | None = Field(
        default=None,
        description="JSON Schema of the body of an accepted response.",
        examples=[{"type": "object"}],
    )
    enforce_response_schema: Flag = Field(
        default=False,
        description="Fail the task if a response breaks responseSchema; otherwise warn.",
        examples=[True],
    )


@cache
def own_options() -> dict[str, Any]:
    """Return the types of httptask's own keys, by key; None is left out of a type."""
    return {
        str(field.alias): next(
            (part for part in get_args(field.annotation) if part is not NoneType), field.annotation
        )
        for field in HttpTaskOptions.model_fields.values()
    }


def option_of(options: HttpTaskOptions, name: str) -> Any:
    """Return what stands under a key of ``httptask``, or None."""
    fields = type(options).model_fields.items()
    return next((getattr(options, field) for field, about in fields if about.alias == name), None)


def plugin_options(options: HttpTaskOptions) -> list[Any]:
    """Return what is given to plugins: the authentication, and options of their own."""
    given = _plugin_fields(type(options)) & options.model_fields_set
    return [getattr(options, field) for field in given]


@cache
def _plugin_fields(model: type[HttpTaskOptions]) -> frozenset[str]:
    return frozenset(model.model_fields) - HttpTaskOptions.model_fields.keys() | {"auth"}


def build_options_model(
    extra_auth: Sequence[type[AuthOptions]] = (),
    extra_options: Mapping[str, type[Model]] = NOTHING,
) -> type[HttpTaskOptions]:
    """Return the options model that knows what plugins add as well.

    Args:
        extra_auth: models that set ``type: Literal["kind"]``.
        extra_options: models of further keys, by key.
    """
    if not extra_auth and not extra_options:
        return HttpTaskOptions
    return _built(tuple(extra_auth), tuple(extra_options.items()))


@cache
def _built(
    extra_auth: tuple[type[AuthOptions], ...], extra_options: tuple[tuple[str, type[Model]], ...]
) -> type[HttpTaskOptions]:
    kinds = Union[BUILT_IN_AUTH + extra_auth]  # type: ignore[valid-type]  # noqa: UP007
    inherited = HttpTaskOptions.model_fields["auth"]
    auth: Any = (
        Annotated[kinds, Field(discriminator="type")] | None,
        Field(default=None, description=inherited.description, examples=inherited.examples),
    )
    added: dict[str, Any] = {
        f"plugin_{key}": (model | None, Field(default=None, alias=key, description=_about(model)))
        for key, model in extra_options
    }
    return create_model("HttpTaskOptions", __base__=HttpTaskOptions, auth=auth, **added)


def _about(model: type[Model]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]

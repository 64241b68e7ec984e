"""The request itself: the fields of Conductor's HTTP task, and Orkes' additions to it."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, WithJsonSchema

from httptask.core.methods import CONDUCTOR, as_sent
from httptask.definition.field_types import NOTHING, Expr, Model, ignored
from httptask.definition.scalars import (
    DEFAULT_TIMEOUT_MS,
    TOKEN,
    HeaderName,
    LenientDuration,
    LenientFlag,
    MediaType,
    Name,
    OneOrList,
    ScalarOrNull,
    StatusCode,
)

Method = Annotated[
    str,
    Field(pattern=TOKEN),
    AfterValidator(as_sent),
    WithJsonSchema({"anyOf": [{"enum": list(CONDUCTOR)}, {"type": "string", "pattern": TOKEN}]}),
]
"""Any token; those that are suggested are Conductor's own."""

_NO_DISCOVERY = "service discovery does not exist any more: the whole address stands in uri"
_NO_OAUTH1 = "removed from Conductor with version 3: use httptask.auth"
_POLL = "belongs to HTTP_POLL tasks; an HTTP task makes one call"


class HttpRequestSpec(Model):
    """The request of an HTTP task: ``http_request``, or the flat ``inputParameters``."""

    uri: Expr[Name] = Field(
        description="Address to call. {name} is filled in from httptask.path.",
        examples=["https://api.example.com/v1/images/{id}", "${workflow.input.base}/v1/images"],
    )
    method: Expr[Method] = Field(
        description="HTTP method: WebDAV's, QUERY and any other as well.", examples=["POST"]
    )
    headers: Expr[dict[HeaderName, Expr[OneOrList[ScalarOrNull]]]] = Field(
        default=NOTHING,
        description="Header fields. null is not sent; a list is sent as one line for each value, "
        "but Cookie as one line.",
        examples=[{"X-Request-Source": "workflow", "Accept-Language": ["en", "de"]}],
    )
    body: Expr[Any] = Field(
        default=None,
        description="Body. Text is sent as it is; anything else as the content type says.",
        examples=[{"prompt": "${workflow.input.prompt}", "n": 1}],
    )
    accept: Expr[OneOrList[Name]] = Field(
        default="application/json",
        description="Accept header; a list is sent as one comma-separated line.",
        examples=["application/json", ["application/json", "text/plain"]],
    )
    content_type: Expr[MediaType] = Field(
        default="application/json",
        description="Content-Type header; decides how the body is written.",
        examples=["application/json", "text/plain; charset=utf-8"],
    )
    connection_time_out: Expr[LenientDuration] = Field(
        default=DEFAULT_TIMEOUT_MS,
        description="Milliseconds to wait for the connection; 0 waits without limit.",
        examples=[3000],
    )
    read_time_out: Expr[LenientDuration] = Field(
        default=DEFAULT_TIMEOUT_MS,
        description="Milliseconds to wait for each read, not for the whole response; 0: no limit.",
        examples=[60000],
    )
    encode: Expr[LenientFlag] = Field(
        default=True,
        description="Percent-encode the address; false uses it exactly as written (Orkes).",
        examples=[False],
    )
    accepted_status_codes: Expr[Annotated[list[Expr[StatusCode]], Field(min_length=1)]] | None = (
        Field(
            default=None,
            description="Statuses that complete the task; replaces the 2xx rule (Orkes).",
            examples=[["2xx", "404"]],
        )
    )
    output_filter: dict[Name, Any] | None = Field(
        default=None,
        description="Output names and templates over the task's own output (Orkes).",
        examples=[{"id": "$${create.output.response.body.id}"}],
    )

    vip_address: Any = ignored(_NO_DISCOVERY)
    app_name: Any = ignored(_NO_DISCOVERY)
    async_complete: Any = ignored("counts only beside the task's type, not in its inputs")
    hedging_config: Any = ignored("concurrent copies of a call are not made: see httptask.retry")
    cache_config: Any = ignored("httptask.cache stores responses, as long as HTTP says")
    service: Any = ignored("there is no service registry: the whole address stands in uri")
    oauth_consumer_key: Any = ignored(_NO_OAUTH1)
    oauth_consumer_secret: Any = ignored(_NO_OAUTH1)
    accept4xx_values: Any = ignored(
        "was only ever proposed: use acceptedStatusCodes", alias="accept4xxValues"
    )
    termination_condition: Any = ignored(_POLL)
    polling_interval: Any = ignored(_POLL)
    polling_strategy: Any = ignored(_POLL)
    max_poll_count: Any = ignored(_POLL)


REFUSED_FIELDS: Final[dict[str, str]] = {
    "failureCondition": "a script that decides failure is not run; use acceptedStatusCodes, "
    "or httptask.responseSchema with enforceResponseSchema",
}
"""Fields of other dialects that would change the outcome, and what to write instead."""

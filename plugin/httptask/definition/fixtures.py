"""Fixtures: responses that stand in for the network, recorded or written by hand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, Strict

from httptask.definition.field_types import Model
from httptask.definition.rules import at_least_one, at_most_one
from httptask.definition.scalars import (
    BASE64,
    WHOLE,
    Anything,
    Count,
    Duration,
    Flag,
    Name,
    Number,
    OneOrList,
    Positive,
    Scalar,
)

Status = Annotated[int, Strict(), Field(ge=100, le=999), WHOLE]
ErrorKind = Literal[
    "transport", "deadline", "egress", "credentials", "request", "decode", "definition"
]


class FixtureRequest(Model):
    """What a request must be for a fixture to match; what is absent may be anything."""

    method: Name | None = Field(default=None, description="Method.", examples=["POST"])
    uri: Name | None = Field(
        default=None,
        description="Whole address, secrets as ***.",
        examples=["https://api.example.com/v1/images?n=1"],
    )
    headers: dict[str, str] = Field(
        default={},
        description="Headers, among others; names in any case, secrets as ***.",
        examples=[{"Accept": "application/json"}],
    )
    body: Anything | None = Field(
        default=None,
        description="JSON value of the body, or its text. An object may have more fields.",
        examples=[{"prompt": "a red kite"}],
    )


class FixtureResponse(Model):
    """A response."""

    rules = (at_most_one("body", "bodyFile", "bodyBase64"),)

    status: Status = Field(default=200, description="Status code.", examples=[201])
    reason: str = Field(default="", description="Reason phrase.", examples=["Created"])
    headers: dict[str, OneOrList[Scalar]] = Field(
        default={},
        description="Headers, one value or a list. Without Content-Type it is application/json, or "
        "text/plain for a text; an empty list is none.",
        examples=[{"Content-Type": "application/json", "Link": ["</a>", "</b>"]}],
    )
    body: Any = Field(
        default=None, description="JSON value, or text as it is.", examples=[{"id": 7}]
    )
    body_file: Name | None = Field(
        default=None,
        description="File with the body, relative to this file.",
        examples=["images/kite.png"],
    )
    body_base64: Annotated[str, Field(pattern=BASE64)] | None = Field(
        default=None,
        alias="bodyBase64",
        description="Bytes of the body, in base64.",
        examples=["iVBORw0KGgo="],
    )


class FixtureError(Model):
    """Why there is no response; beside a response, why its body breaks off."""

    kind: ErrorKind = Field(
        default="transport",
        description="What failed: transport may be retried, egress, credentials and definition end "
        "the task.",
        examples=["transport"],
    )
    code: Name = Field(description="Code of the error.", examples=["read_timeout"])
    message: str = Field(default="", description="What is wrong.", examples=["no data for 3 s"])
    hint: str = Field(default="", description="What to do.", examples=["raise readTimeOut"])
    status: Status | None = Field(
        default=None, description="Status of a response that broke off.", examples=[200]
    )
    retryable: Flag | None = Field(
        default=None, description="Whether another try may help.", examples=[True]
    )
    retry_after: Annotated[Number, Field(ge=0)] | None = Field(
        default=None, description="Seconds to wait before it.", examples=[1.5]
    )


class Fixture(Model):
    """A response or an error, and which requests it is for; what is absent may be anything."""

    rules = (at_least_one("response", "error"),)

    task: Name | None = Field(
        default=None,
        description="Task reference name; in nested loops REF__N, N the outer pass.",
        examples=["generate"],
    )
    workflow: Name | None = Field(
        default=None, description="Name of the workflow that the task is in.", examples=["kites"]
    )
    iteration: Count | None = Field(
        default=None, description="Pass of the loop; 0 outside loops.", examples=[2]
    )
    attempt: Positive | None = Field(
        default=None,
        description="Attempt at the task, 1 for the first, whoever repeats it: its own retry, the "
        "engine, a poll, a page. Such a fixture is used once.",
        examples=[1],
    )
    operation: Name | None = Field(
        default=None,
        description="Digest of the task's operation and response schema when it was recorded; a "
        "task with another one is warned of.",
        examples=["5f3c0e9b12aa"],
    )
    request: FixtureRequest | None = Field(default=None, description="What is requested.")
    response: FixtureResponse | None = Field(default=None, description="The response.")
    error: FixtureError | None = Field(default=None, description="Why there is none.")
    delay: Duration = Field(
        default=0, description="Milliseconds before it comes; they count for deadlineMs.",
        examples=[250],
    )  # fmt: skip


class FixtureFile(Model):
    """Responses that stand in for the network; see docs/fixtures.md."""

    fixtures: list[Fixture] = Field(
        description="The most specific fixture that matches is used; of equal ones each in turn, "
        "and the last again and again if it names no attempt.",
        examples=[[{"task": "generate", "response": {"body": {"id": 7}}}]],
    )

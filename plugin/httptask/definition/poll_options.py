"""``httptask.poll``: ask again until a long-running operation has ended."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from httptask.definition.field_types import Expr, Model
from httptask.definition.option_parts import ResponsePath
from httptask.definition.rules import at_most_one, needed_by
from httptask.definition.scalars import Name, Number, Positive, ScalarOrNull

MAX_POLLS: Final = 1_000
STRATEGIES: Final = ("FIXED", "LINEAR_BACKOFF", "EXPONENTIAL_BACKOFF")
MAX_INTERVAL: Final = 86_400.0

SUCCEEDED: Final = (
    "succeeded", "success", "successful", "completed", "complete", "done", "finished", "ready"
)  # fmt: skip
FAILED: Final = (
    "failed", "failure", "error", "errored", "cancelled", "canceled", "aborted", "expired",
    "rejected", "timed_out", "timedout",
)  # fmt: skip

MAX_TOTAL: Final = 30 * MAX_INTERVAL

Seconds = Annotated[Number, Field(gt=0, le=MAX_INTERVAL)]


class StateRule(Model):
    """What a response says of the operation's state."""

    path: ResponsePath = Field(
        default="$.response.body.status",
        description="JSONPath of the state.",
        examples=["$.response.body.job.state"],
    )
    in_: Annotated[list[ScalarOrNull], Field(min_length=1)] | None = Field(
        default=None,
        alias="in",
        description="States, texts in any case; by default the usual words, succeeded and failed.",
        examples=[["finished"]],
    )


Source = Literal["auto", "location", "operation-location", "azure-async", "body", "same"]


class PollOptions(Model):
    """Ask until a long-running operation has ended; the last response is the task's."""

    rules = (needed_by(("path",), "from", "body"), at_most_one("until", "condition"))

    from_: Source = Field(
        default="auto",
        alias="from",
        description="Where to ask: at the address in a header, or in the body at path; same: the "
        "task's request again. auto takes the header that is there.",
        examples=["location"],
    )
    path: ResponsePath | None = Field(
        default=None,
        description="JSONPath of the address, for body.",
        examples=["$.response.body.links.self"],
    )
    until: StateRule | None = Field(
        default=None,
        description="States of success. Without it the first response that is not a 202 is the "
        "last; where a header names a status monitor, its status decides.",
        examples=[{"path": "$.response.body.status", "in": ["succeeded"]}],
    )
    failed: StateRule | None = Field(
        default=None,
        description="States of failure; by default the usual words at the path of until.",
        examples=[{"path": "$.response.body.status", "in": ["failed", "expired"]}],
    )
    condition: Expr[Name] | None = Field(
        default=None,
        description="JavaScript that reads $.output.response: true or 1 ends it, -1 fails it.",
        examples=["$.output.response.body.done"],
    )
    result: Literal["same", "final-get"] | ResponsePath = Field(
        default="same",
        description="The result: the last response; what GET of the task's own address gives; or "
        "what GET of the address at a path of the last response gives.",
        examples=["$.response.body.resourceLocation"],
    )
    interval: Expr[Seconds] = Field(
        default=5.0,
        description="Seconds between two polls, where no Retry-After says otherwise.",
        examples=[30],
    )
    strategy: Expr[Literal["FIXED", "LINEAR_BACKOFF", "EXPONENTIAL_BACKOFF"]] = Field(
        default="FIXED",
        description="Whether the interval grows: by the number of polls, or twofold.",
        examples=["LINEAR_BACKOFF"],
    )
    max: Expr[Positive] = Field(
        default=MAX_POLLS, description="Polls; then the task fails.", examples=[100]
    )
    total: Expr[Annotated[Number, Field(gt=0, le=MAX_TOTAL)]] = Field(
        default=MAX_INTERVAL,
        description="Seconds for all polls and waits; then the task fails.",
        examples=[3600],
    )

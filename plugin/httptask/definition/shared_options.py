"""``httptask.limits`` and ``httptask.cache``: what all tasks of a machine share of a service."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, Strict

from httptask.definition.field_types import Expr, Model
from httptask.definition.scalars import WHOLE, Flag, Kinds, Name

Calls = Annotated[int, Strict(), Field(ge=1, le=1000), WHOLE]
Budget = Annotated[str | bool, Kinds("string", "boolean")]


class LimitsOptions(Model):
    """What is shared with all tasks and processes that use the same data folder."""

    concurrency: Expr[Calls] | None = Field(
        default=None,
        description="Calls at a time to the host, of all tasks; a further one waits.",
        examples=[4],
    )
    budget: Expr[Budget] = Field(
        default=True,
        description="Wait while the host's rate limit is used up, as its responses tell it; a "
        "name shares one budget between hosts, or keeps several for one.",
        examples=["example"],
    )


class CacheOptions(Model):
    """Responses that are stored, and used again as HTTP says (RFC 9111)."""

    identity: Expr[Name] | None = Field(
        default=None,
        description="Whose responses they are; by default, of whoever has the same credentials.",
        examples=["${workflow.input.customer}"],
    )
    store_secrets: Expr[Flag] = Field(
        default=False,
        description="Store also responses to requests with credentials or secrets, and responses "
        "that set cookies.",
        examples=[True],
    )

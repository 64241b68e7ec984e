"""``httptask.paging``: one list out of many pages."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from httptask.definition.field_types import Expr, Model
from httptask.definition.option_parts import ResponsePath
from httptask.definition.rules import at_most_one, needed_by
from httptask.definition.scalars import Integer, Name, ObjectOr, Positive, ScalarOrNull

MAX_PAGES = 1_000
MAX_ITEMS = 100_000
MAX_LIST_BYTES = 64 * 1024 * 1024
MAX_FILE_BYTES = 8 * 1024 * 1024 * 1024


class PageParameter(Model):
    """Where the place in the list is written in the request."""

    in_: Literal["query", "header", "body"] = Field(
        alias="in", description="Part of the request.", examples=["body"]
    )
    name: Name = Field(
        description="Name of the query parameter or header, or JSON Pointer in the JSON body.",
        examples=["/variables/after"],
    )


class StopRule(Model):
    """What a response says of the end of the list."""

    rules = (at_most_one("in", "counts"),)

    path: ResponsePath = Field(
        description="JSONPath from $.response.", examples=["$.response.body.isLast"]
    )
    in_: Annotated[list[ScalarOrNull], Field(min_length=1)] | None = Field(
        default=None,
        alias="in",
        description="Values that end the list.",
        examples=[[True, "complete"]],
    )
    counts: Literal["items", "pages"] | None = Field(
        default=None,
        description="The value is a number: of all items, or of all pages.",
        examples=["pages"],
    )


class PagingOptions(Model):
    """Ask for one page after the other; ``response.body`` is the list of all items."""

    rules = (
        needed_by(("parameter",), "kind", "page", "offset", "cursor", "last_item"),
        needed_by(("token",), "kind", "cursor", "next_url"),
    )

    kind: Literal["page", "offset", "cursor", "last_item", "next_url", "link"] = Field(
        description="How the next page is named: a number of a page, a number of items, a token of "
        "the response, the last item, an address in the body, a Link header.",
        examples=["cursor"],
    )
    parameter: ObjectOr[PageParameter, Name] | None = Field(
        default=None,
        description="Query parameter that names the page; or a header, or a place in the body.",
        examples=["cursor", {"in": "body", "name": "/start_cursor"}],
    )
    start: Expr[Integer] | None = Field(
        default=None,
        description="First value of page and offset; by default the one in the request, else 1 for "
        "page and 0 for offset.",
        examples=[0],
    )
    size: Expr[Positive] | None = Field(
        default=None,
        description="Items of a full page: after a full one a shorter one is the last. Without it "
        "an empty page is.",
        examples=[100],
    )
    token: ResponsePath | None = Field(
        default=None,
        description="JSONPath of what names the next page; of last_item by default the last item's "
        "id.",
        examples=["$.response.body.next_cursor"],
    )
    items: ResponsePath | None = Field(
        default=None,
        description="JSONPath of the items of a page; by default the body if it is a list, else "
        "the one list in it.",
        examples=["$.response.body.data"],
    )
    stop: ObjectOr[StopRule, ResponsePath] | None = Field(
        default=None,
        description="JSONPath of what ends the list: a number is the number of all items; anything "
        "else ends it when it is false, null, empty or missing.",
        examples=["$.response.body.has_more", {"path": "$.response.body.pages", "counts": "pages"}],
    )
    max_pages: Expr[Positive] | None = Field(
        default=None,
        description=f"End after so many pages; without it the task fails after {MAX_PAGES:,}.",
        examples=[50],
    )
    max_items: Expr[Positive] | None = Field(
        default=None,
        description=f"End after so many items; without it the task fails after {MAX_ITEMS:,}.",
        examples=[500],
    )
    max_bytes: Expr[Positive] | None = Field(
        default=None,
        description="End before the items, as JSON, have more bytes; without it the task fails "
        "above 64 MiB, with to: ndjson above 8 GiB.",
        examples=[1_048_576],
    )
    to: Literal["list", "ndjson"] = Field(
        default="list",
        description="ndjson: the items go to a file, one a line; response.body is its reference.",
        examples=["ndjson"],
    )

"""The values that tasks put out; models only because their JSON Schemas are made of them."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from httptask.definition.field_types import Model
from httptask.definition.scalars import SHA256, Count, Integer, Name


class FileValue(Model):
    """A stored file."""

    path: Name = Field(description="Path of the file.", examples=["files/6f/6f2c.png"])
    sha256: Annotated[str, Field(pattern=SHA256)] = Field(
        description="SHA-256 of the content, in hexadecimal.", examples=["0" * 64]
    )
    size: Count = Field(description="Size in bytes.", examples=[48213])
    media_type: str = Field(description="Media type of the content.", examples=["image/png"])
    name: Name | None = Field(
        default=None,
        description="The name that the server gave it (Content-Disposition).",
        examples=["invoice.pdf"],
    )


class EventValue(Model):
    """One event of a streamed response."""

    event: str = Field(description="Its type.", examples=["message"])
    id: str | None = Field(default=None, description="Last event id.", examples=["7"])
    data: Any = Field(default=None, description="Its data; JSON is read.", examples=[{"n": 1}])


class ResponseValue(Model):
    """The response of the last attempt."""

    status_code: Integer | None = Field(
        default=None, description="Status code; null when there was no response.", examples=[200]
    )
    reason_phrase: str | None = Field(default=None, description="Reason phrase.", examples=["OK"])
    headers: dict[str, list[str]] = Field(
        default={},
        description="Header fields; every value of a name.",
        examples=[{"Content-Type": ["application/json"]}],
    )
    body: Any = Field(
        default=None,
        description="JSON value, text, file value, or list of events; with paging all items.",
        examples=[{"id": 1}],
    )
    pages: Count | None = Field(
        default=None, description="With paging: how many pages there are.", examples=[3]
    )


class OutputValue(Model):
    """The output of an HTTP task, whatever its outcome: the response, and the mapped names."""

    model_config = ConfigDict(extra="allow")

    response: ResponseValue = Field(description="The response.")

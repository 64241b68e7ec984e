"""Tests of a workflow, as data: ``FLOW.test.json`` beside ``FLOW.json``."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from httptask.definition.field_types import Model
from httptask.definition.fixtures import Fixture, FixtureRequest
from httptask.definition.scalars import OR_LIST, Anything, Name


def _list_or_file(value: Any) -> str:
    return "list" if isinstance(value, list) else OR_LIST


FileOrFixtures = Annotated[
    Annotated[Name, Tag(OR_LIST)] | Annotated[list[Fixture], Tag("list")],
    Discriminator(_list_or_file),
]


class ExpectedRequest(FixtureRequest):
    """A request that must be among those that a task makes; what is absent may be anything."""

    ref: Name = Field(description="Task reference name.", examples=["generate"])


class Expectation(Model):
    """What a run must come to."""

    status: Literal["COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED", "RUNNING"] = Field(
        default="COMPLETED",
        description="How the run ends; RUNNING when it waits for a completion.",
        examples=["FAILED"],
    )
    output: Anything | None = Field(
        default=None,
        description="What the output must hold; an object may have more fields.",
        examples=[{"id": 7}],
    )
    requests: list[ExpectedRequest] = Field(
        default=[],
        description="Requests that must be made, each another one; those of a task in this order.",
        examples=[[{"ref": "generate", "method": "POST"}]],
    )


class WorkflowTest(Model):
    """One run of the workflow, without a network."""

    name: Name = Field(description="What is tested.", examples=["a red kite is made"])
    input: dict[str, Any] = Field(
        default={}, description="The workflow's input.", examples=[{"prompt": "a red kite"}]
    )
    fixtures: FileOrFixtures = Field(
        default=[],
        description="What responds: fixtures, or a file of them, relative to this file.",
        examples=[[{"task": "generate", "response": {"body": {"id": 7}}}], "fixtures.json"],
    )
    expect: Expectation = Field(
        default=Expectation(),
        description="What the run must come to; without it, COMPLETED.",
        examples=[{"status": "COMPLETED", "output": {"id": 7}}],
    )


class WorkflowTests(Model):
    """Tests of one workflow definition."""

    workflow: Name | None = Field(
        default=None,
        description="File of the definition, relative to this file. Without it FLOW.json for "
        "FLOW.test.json.",
        examples=["flows/kites.json"],
    )
    tests: list[WorkflowTest] = Field(
        description="The tests.", examples=[[{"name": "a red kite is made"}]]
    )

"""What a prepared task sends on request, and what of it an option sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prepared_tasks import checked

from httptask.catalog import Choices, Operation
from httptask.catalog.prepare.task import prepare_task
from httptask.errors import DefinitionError

Json = Any
Read = Callable[..., Operation]


def posting(describe: Any, schema: Json, kind: str = "application/json", **more: Json) -> Json:
    """Return a description of one POST with an optional body."""
    body = {"content": {kind: {"schema": schema}}, **more}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    return describe({"/a": {"post": {"requestBody": body, "parameters": [limit]}}})


NOTE = {
    "type": "object",
    "properties": {
        "text": {"type": "string"},
        "id": {"type": "string", "readOnly": True},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
}


def test_an_optional_body_is_sent_on_request(read: Read, describe: Any) -> None:
    operation = read(posting(describe, NOTE))
    request, ours, _ = checked(operation)
    assert "body" not in request
    assert "query" not in ours
    prepared = prepare_task(operation)
    assert [each.label for each in prepared.optional] == ["query limit", "body text", "body tags"]
    request, ours, _ = checked(operation, optional=("body", "limit"))
    assert request["body"] == {"text": "${workflow.input.text}", "tags": "${workflow.input.tags}"}
    assert ours["query"] == {"limit": "${workflow.input.limit}"}
    request, _, _ = checked(operation, optional=("body tags",))
    assert request["body"] == {"tags": "${workflow.input.tags}"}


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_field_of_an_optional_form_is_sent_on_request(
    read: Read, describe: Any, kind: str
) -> None:
    operation = read(posting(describe, NOTE, kind))
    _, ours, _ = checked(operation, optional=("text",))
    assert list((ours.get("form") or ours["multipart"]).items()) == [
        ("text", "${workflow.input.text}")
    ]


def test_a_body_that_is_no_object_is_optional_as_a_whole(read: Read, describe: Any) -> None:
    operation = read(posting(describe, {"type": "array", "items": {"type": "string"}}))
    assert "body" in [each.label for each in prepare_task(operation).optional]
    assert checked(operation, optional=("body",))[0]["body"] == "${workflow.input.body}"


def test_an_optional_field_that_is_not_there_is_refused(read: Read, describe: Any) -> None:
    operation = read(posting(describe, NOTE))
    with pytest.raises(DefinitionError) as caught:
        prepare_task(operation, Choices(optional=("id",)))
    assert caught.value.code == "choice_unknown"
    assert "body text" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "required", "written"),
    [
        ("Idempotency-Key", True, True),
        ("idempotency-key", False, True),
        ("X-Idempotency-Key", False, {"header": "X-Idempotency-Key"}),
    ],
)
def test_a_described_idempotency_key_is_sent_by_its_option(
    read: Read, describe: Any, name: str, required: bool, written: Json
) -> None:
    key = {"name": name, "in": "header", "required": required, "schema": {"type": "string"}}
    request, ours, _ = checked(read(describe({"/a": {"post": {"parameters": [key]}}})))
    assert ours["idempotencyKey"] == written
    assert "headers" not in request
    assert "parametersSchema" not in ours


def test_a_variable_that_begins_with_a_slash_adds_none(read: Read, describe: Any) -> None:
    server = {
        "url": "https://pets.example.com/{base}",
        "variables": {"base": {"default": "/api/v1"}},
    }
    request, _, _ = checked(read(describe({"/a": {"get": {}}}, servers=[server])))
    assert request["uri"] == "https://pets.example.com/api/v1/a"


@pytest.mark.parametrize(
    ("host", "asked"),
    [("yourshop.example.com", True), ("your-name.pets.example", True), ("yourpets.com", False)],
)
def test_a_host_that_stands_for_each_customers_is_an_input(
    read: Read, describe: Any, host: str, asked: bool
) -> None:
    servers = [{"url": f"https://{host}"}]
    request, _, _ = checked(read(describe({"/a": {"get": {}}}, servers=servers)))
    assert request["uri"] == ("${workflow.input.server}/a" if asked else f"https://{host}/a")


def test_an_example_that_tools_write_is_no_value(read: Read, describe: Any) -> None:
    schema = {"type": "array", "items": {"type": "object"}, "example": [{"name": "string"}]}
    operation = read(posting(describe, schema, required=True))
    assert checked(operation)[0]["body"] == "${workflow.input.body}"

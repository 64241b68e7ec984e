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


def test_the_optional_body_of_a_post_is_offered(read: Read, describe: Any) -> None:
    operation = read(posting(describe, NOTE))
    request, ours, _ = checked(operation)
    assert request["body"] == {"text": "${workflow.input.text}", "tags": "${workflow.input.tags}"}
    assert "query" not in ours
    prepared = prepare_task(operation)
    assert [each.label for each in prepared.optional] == ["query limit"]
    request, ours, _ = checked(operation, optional=("limit",))
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


def test_an_optional_body_of_a_delete_is_sent_on_request(read: Read, describe: Any) -> None:
    body = {"content": {"application/json": {"schema": NOTE}}}
    operation = read(describe({"/a": {"delete": {"requestBody": body}}}))
    assert "body" not in checked(operation)[0]
    prepared = prepare_task(operation)
    assert [each.label for each in prepared.optional] == ["body text", "body tags"]
    request, _, _ = checked(operation, optional=("text",))
    assert request["body"] == {"text": "${workflow.input.text}"}


@pytest.mark.parametrize("example", ["json", "string"])
def test_an_example_of_a_field_is_an_example_of_its_input(
    read: Read, describe: Any, example: str
) -> None:
    schema = {
        "type": "object",
        "required": ["text", "version"],
        "properties": {
            "text": {"type": "string", "example": example},
            "version": {"type": "string", "example": "2"},
        },
    }
    operation = read(posting(describe, schema))
    request, _, _ = checked(operation)
    assert request["body"] == {"text": "${workflow.input.text}", "version": "2"}
    [one] = prepare_task(operation).inputs
    assert one.schema["examples"] == [example]


def test_a_wrapper_holds_the_fields_that_are_offered(read: Read, describe: Any) -> None:
    schema = {"type": "object", "required": ["note"], "properties": {"note": NOTE}}
    request, _, _ = checked(read(posting(describe, schema)))
    fields = {"text": "${workflow.input.note_text}", "tags": "${workflow.input.note_tags}"}
    assert request["body"] == {"note": fields}
    both = {**schema, "required": ["note", "id"]}
    both["properties"] = {"note": NOTE, "id": {"type": "integer"}}
    request, _, _ = checked(read(posting(describe, both)))
    assert request["body"] == {"note": "${workflow.input.note}", "id": "${workflow.input.id}"}


def test_of_a_body_that_has_only_an_example_each_member_is_an_input(
    read: Read, describe: Any
) -> None:
    content = {"schema": {"type": "object"}, "example": {"text": "kite", "to": {"name": "Ada"}}}
    body = {"required": True, "content": {"application/json": content}}
    request, _, _ = checked(read(describe({"/a": {"post": {"requestBody": body}}})))
    assert request["body"] == {"text": "${workflow.input.text}", "to": "${workflow.input.to}"}


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        ({"type": "string", "default": "xml", "enum": ["json", "xml"]}, {"format": "json"}),
        ({"type": "string", "default": "json", "enum": ["json", "xml"]}, None),
        ({"type": "string", "enum": ["json", "xml"]}, None),
        ({"type": "string", "default": "xml", "enum": ["csv", "xml"]}, None),
    ],
)
def test_json_is_asked_for_where_another_format_is_the_default(
    read: Read, describe: Any, schema: Json, sent: Json
) -> None:
    parameter = {"name": "format", "in": "query", "schema": schema}
    operation = read(describe({"/a": {"get": {"parameters": [parameter]}}}))
    assert checked(operation)[1].get("query") == sent


@pytest.mark.parametrize(
    ("path", "asked", "sent"),
    [("/pets/search", False, True), ("/pets", False, False), ("/pets/search", True, False)],
)
def test_a_search_that_requires_nothing_has_its_text(
    read: Read, describe: Any, path: str, asked: bool, sent: bool
) -> None:
    names = [("q", False), ("kind", asked)]
    parameters = [
        {"name": name, "in": "query", "required": required, "schema": {"type": "string"}}
        for name, required in names
    ]
    _, ours, _ = checked(read(describe({path: {"get": {"parameters": parameters}}})))
    assert ("q" in ours.get("query", {})) == sent


def test_a_body_that_is_no_object_is_sent_as_a_whole(read: Read, describe: Any) -> None:
    operation = read(posting(describe, {"type": "array", "items": {"type": "string"}}))
    assert checked(operation)[0]["body"] == "${workflow.input.body}"


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


def test_a_placeholder_in_the_query_of_a_path_is_a_query_parameter(
    read: Read, describe: Any
) -> None:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("list", "file")
    ]
    request, ours, _ = checked(
        read(describe({"/a/{list}?name={file}": {"get": {"parameters": parameters}}}))
    )
    assert request["uri"].endswith("/a/{list}")
    assert ours["path"] == {"list": "${workflow.input.list}"}
    assert ours["query"] == {"name": "${workflow.input.name}"}
    assert list(ours["parametersSchema"]["properties"]["query"]["properties"]) == ["name"]


@pytest.mark.parametrize("value", ["2023-04-01 11:00:00", "<Insert ID>", "string", "dummy-id"])
def test_a_default_that_stands_for_a_callers_own_value_is_an_input(
    read: Read, describe: Any, value: str
) -> None:
    schema = {"type": "string", "default": value}
    parameter = {"name": "since", "in": "query", "required": True, "schema": schema}
    operation = read(describe({"/a": {"get": {"parameters": [parameter]}}}))
    assert checked(operation)[1]["query"] == {"since": "${workflow.input.since}"}


def test_a_password_as_the_body_is_a_secret(read: Read, describe: Any) -> None:
    content = {"schema": {"type": "string", "format": "password"}}
    body = {"required": True, "content": {"text/plain": content}}
    request, _, _ = checked(read(describe({"/a": {"put": {"requestBody": body}}})))
    assert request["body"].startswith("${workflow.secrets.")


@pytest.mark.parametrize(("kind", "sent"), [("object", ["text"]), ("array", None)])
def test_what_a_request_is_about_is_sent_where_it_gives_no_list(
    read: Read, describe: Any, kind: str, sent: Json
) -> None:
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in ("lang", "text")
    ]
    content = {"application/json": {"schema": {"type": kind}}}
    responses = {"200": {"description": "", "content": content}}
    operation = read(describe({"/a": {"get": {"parameters": parameters, "responses": responses}}}))
    query = checked(operation)[1].get("query")
    assert (query and list(query)) == sent


@pytest.mark.parametrize(
    ("urls", "chosen"),
    [
        (["http://a.example.com", "https://a.example.com"], "https://a.example.com"),
        (["http://a.example.com", "https://b.example.com"], "https://b.example.com"),
        (["https://b.example.com", "https://a.example.com"], "https://b.example.com"),
        (["http://a.example.com"], "http://a.example.com"),
    ],
)
def test_https_goes_before_http(read: Read, describe: Any, urls: list[str], chosen: str) -> None:
    servers = [{"url": url} for url in urls]
    request, _, _ = checked(read(describe({"/a": {"get": {}}}, servers=servers)))
    assert request["uri"] == f"{chosen}/a"


def test_servers_and_their_variables_become_inputs(read: Read, describe: Any) -> None:
    variables = {"region": {"default": "eu", "enum": ["eu", "us"]}}
    one = {"url": "https://{region}.example.com", "variables": variables}
    operation = read(describe({"/a": {"get": {}}}, servers=[one]))
    assert checked(operation)[0]["uri"] == "https://eu.example.com/a"
    request, _, made = checked(operation, server="server")
    assert request["uri"] == "https://${workflow.input.region}.example.com/a"
    assert made.inputs[0].schema == {"type": "string", "enum": ["eu", "us"], "default": "eu"}
    other = {"url": "https://test.example.com"}
    operation = read(describe({"/a": {"get": {}}}, servers=[one, other]))
    request, _, made = checked(operation, server="server")
    assert request["uri"] == "${workflow.input.server}/a"
    assert made.inputs[0].schema["enum"] == ["https://eu.example.com", "https://test.example.com"]

"""Odd bodies and odd paths of prepared tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from httptask.catalog import Catalog, Operation
from httptask.catalog.prepare.task import prepare_task
from httptask.check import check_task
from httptask.definition.loader import load_task

Json = Any
Read = Callable[..., Operation]


def parts(operation: Operation) -> tuple[Json, Json]:
    """Return ``http_request`` and ``httptask`` of the prepared task, which the check accepts."""
    task = prepare_task(operation).task
    assert [f for f in check_task(load_task(task)) if f.severity == "error"] == []
    inputs = task["inputParameters"]
    return inputs["http_request"], inputs["httptask"]


def string_body(**schema: Json) -> Json:
    """Return paths whose only operation takes a JSON body that is one string."""
    content = {"application/json": {"schema": {"type": "string", **schema}}}
    return {"/names": {"post": {"requestBody": {"required": True, "content": content}}}}


def test_a_json_body_that_is_one_string_is_json_text(
    read: Read, describe: Any, catalog: Catalog
) -> None:
    operation = read(describe(string_body()))
    prepared = prepare_task(operation)
    request, ours = parts(operation)
    assert request["body"] == "${workflow.input.body}"
    assert "requestSchema" not in ours
    assert prepared.inputs[0].schema["examples"] == ['"text"']
    assert [reason.kind for reason in prepared.reasons] == ["body_not_structured"]
    assert catalog.report()["totals"]["degraded"] == 1


def test_a_known_string_body_is_written_with_its_quotes(read: Read, describe: Any) -> None:
    request, _ = parts(read(describe(string_body(default='say "hi"'))))
    assert request["body"] == '"say \\"hi\\""'


def test_a_list_with_stray_properties_is_a_list(read: Read, describe: Any) -> None:
    schema: Json = {"type": "array", "items": {"type": "object"}, "required": ["a"]}
    schema["properties"] = {"a": {"type": "string"}}
    content = {"application/json": {"schema": schema}}
    body = {"requestBody": {"required": True, "content": content}}
    request, _ = parts(read(describe({"/rows": {"post": body}})))
    assert not isinstance(request["body"], dict)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü", "/a%20b/%C3%BC"),
        ("/a#upload", "/a"),
        ("/a?action=x", "/a"),
        ("/a({id})", "/a({id})"),
        ("/{a.b}/{a-b}", "/{a_b}/{a_b_2}"),
    ],
)
def test_odd_paths_become_uris(read: Read, describe: Any, path: str, uri: str) -> None:
    request, ours = parts(read(describe({path: {"get": {}}})))
    assert request["uri"] == f"https://pets.example.com/v1{uri}"
    assert ours.get("query") == ({"action": "x"} if "?" in path else None)


@pytest.mark.parametrize("kind", ["application/json", "*/*"])
def test_a_json_body_that_is_binary_is_a_file(
    read: Read, describe: Any, catalog: Catalog, kind: str
) -> None:
    content = {kind: {"schema": {"type": "string", "format": "binary"}}}
    operation = read(describe({"/a": {"put": {"requestBody": {"content": content}}}}))
    request, ours = parts(operation)
    assert ours["file"] == "${workflow.input.file}"
    assert request["contentType"] == "application/json"
    assert operation.reasons == ()


def test_a_form_that_is_one_text_is_sent_as_it_is(read: Read, describe: Any) -> None:
    kind = "application/x-www-form-urlencoded"
    body = {"required": True, "content": {kind: {"schema": {"type": "string"}}}}
    request, ours = parts(read(describe({"/a": {"post": {"requestBody": body}}})))
    assert request["body"] == "${workflow.input.body}"
    assert request["contentType"] == kind
    assert "form" not in ours
    assert "requestSchema" not in ours


def test_what_is_not_a_media_type_is_told(read: Read, describe: Any) -> None:
    body = {"required": True, "content": {"applicationjson; version=1": {"schema": {}}}}
    operation = read(describe({"/a": {"post": {"requestBody": body}}}))
    assert [each.kind for each in operation.reasons] == ["media_invalid"]
    assert parts(operation)[0]["contentType"] == "application/json"


@pytest.mark.parametrize("place", ["header", "query"])
def test_a_key_that_is_a_parameter_too_is_sent_once(read: Read, describe: Any, place: str) -> None:
    key = {"type": "apiKey", "in": place, "name": "X-Key"}
    parameter = {"name": "X-Key", "in": place, "required": True, "schema": {"type": "string"}}
    get = {"parameters": [parameter], "security": [{"key": []}], "responses": {}}
    document = describe({"/a": {"get": get}}, components={"securitySchemes": {"key": key}})
    prepared = prepare_task(read(document))
    assert prepared.inputs == ()
    assert "parametersSchema" not in prepared.task["inputParameters"]["httptask"]


@pytest.mark.parametrize(
    ("described", "sent"),
    [
        ("image/*", "image/png"),
        ("message/*", "message/rfc822"),
        ("text/*", "text/plain"),
        ("font/*", "application/octet-stream"),
        ("*/*", "application/json"),
        ("image/webp", "image/webp"),
    ],
)
def test_of_a_range_one_media_type_is_sent(
    read: Read, describe: Any, described: str, sent: str
) -> None:
    content = {described: {}}
    body = {"required": True, "content": content}
    request, _ = parts(read(describe({"/a": {"post": {"requestBody": body}}})))
    assert request["contentType"] == sent


def test_plain_json_is_sent_before_a_kind_of_it_with_the_same_schema(
    read: Read, describe: Any
) -> None:
    content: dict[str, Any] = {"application/json-patch+json": {}, "application/json": {}}
    body = {"required": True, "content": content}
    request, _ = parts(read(describe({"/a": {"post": {"requestBody": body}}})))
    assert request["contentType"] == "application/json"
    content["application/json"] = {"schema": {"type": "object"}}
    request, _ = parts(read(describe({"/a": {"post": {"requestBody": body}}})))
    assert request["contentType"] == "application/json-patch+json"

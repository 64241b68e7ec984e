"""What a prepared task makes of a response: its media type, its format and the outputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prepared_tasks import checked

from httptask.catalog import Operation

Json = Any
Read = Callable[..., Operation]
TEXT = {"type": "string"}
BYTES = {"type": "string", "format": "byte"}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def responding(describe: Any, content_type: str, schema: Json, status: str = "200") -> Json:
    content = {content_type: {"schema": schema}}
    response = {"description": "ok", "content": content}
    return describe({"/a": {"get": {"responses": {status: response}}}}, openapi="3.1.0")


@pytest.mark.parametrize(
    ("content_type", "schema", "output"),
    [
        (
            "application/json",
            {"properties": {"id": {"type": "string"}, "x y": {"type": "array"}, "z": {}}},
            {
                "id": "$.response.body.id",
                "x_y": "$.response.body['x y']",
                "z": "$.response.body.z",
            },
        ),
        ("application/json", {"type": "array"}, {"items": "$.response.body"}),
        (
            "application/json",
            {"properties": {"response": {"type": "array"}}},
            {"items": "$.response.body.response"},
        ),
        (
            "application/json",
            _object(ok={"type": "boolean"}, result=_object(id={}, name={"type": "string"})),
            {
                "id": "$.response.body.result.id",
                "name": "$.response.body.result.name",
                "ok": "$.response.body.ok",
            },
        ),
        (
            "application/json",
            _object(data=_object(response=_object(jobId=TEXT)), id=TEXT),
            {"id": "$.response.body.id", "data": "$.response.body.data"},
        ),
        (
            "application/json",
            _object(user=_object(id=TEXT, email=TEXT, photo_url=TEXT), error=TEXT),
            {
                "user": "$.response.body.user",
                "user_id": "$.response.body.user.id",
                "user_photo_url": "$.response.body.user.photo_url",
                "error": "$.response.body.error",
            },
        ),
        (
            "application/json",
            _object(
                **{"@odata.context": TEXT, "documentation": TEXT, "color": TEXT, "likes": TEXT},
                links=_object(html=TEXT),
                id=TEXT,
            ),
            {
                "id": "$.response.body.id",
                "links": "$.response.body.links",
                "likes": "$.response.body.likes",
            },
        ),
        ("application/json", _object(**{"Tag name": _object()}), {"result": "$.response.body"}),
        (
            "application/json",
            _object(_embedded=_object(pets={"type": "array"}), page=_object(size=TEXT)),
            {"pets": "$.response.body._embedded.pets", "page": "$.response.body.page"},
        ),
        (
            "application/json",
            _object(auth_result=_object(token=TEXT)),
            {"token": "$.response.body.auth_result.token"},
        ),
        ("application/json", _object(additionalProp1=TEXT), {"result": "$.response.body"}),
        ("application/json", True, {"result": "$.response.body"}),
        ("application/json", {"description": "ok"}, {"result": "$.response.body"}),
        ("text/plain", {"type": "string"}, {"result": "$.response.body"}),
        ("text/csv", True, {"rows": "$.response.body"}),
        ("application/xml", True, {"result": "$.response.body"}),
        ("image/png", True, {"file": "$.response.body"}),
        (
            "application/json",
            _object(Success={"type": "boolean"}, JobId=TEXT, content=BYTES),
            {
                "content": {
                    "path": "$.response.body.content",
                    "as": "file",
                    "encoding": "base64",
                    "mediaType": "application/octet-stream",
                },
                "JobId": "$.response.body.JobId",
                "Success": "$.response.body.Success",
            },
        ),
        (
            "application/json",
            {"properties": {"data": {"type": "string", "format": "byte"}}},
            {
                "data": {
                    "path": "$.response.body.data",
                    "as": "file",
                    "encoding": "base64",
                    "mediaType": "application/octet-stream",
                }
            },
        ),
    ],
)
def test_outputs_are_suggested_from_the_response(
    read: Read, describe: Any, content_type: str, schema: Json, output: Json
) -> None:
    _, ours, _ = checked(read(responding(describe, content_type, schema)))
    assert ours["output"] == output


def test_plain_json_is_preferred_to_a_kind_of_it_with_the_same_schema(
    read: Read, describe: Any
) -> None:
    schema = _object(id=TEXT)
    content = {"application/ld+json": {"schema": schema}, "application/json": {"schema": schema}}
    paths = {"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}}
    request, _, _ = checked(read(describe(paths)))
    assert request["accept"] == "application/json"
    content["application/json"] = {"schema": _object(name=TEXT)}
    request, _, _ = checked(read(describe(paths)))
    assert request["accept"] == "application/ld+json"


@pytest.mark.parametrize(
    ("method", "status", "output"),
    [("get", "200", {"result": "$.response.body"}), ("get", "204", None), ("post", "200", None)],
)
def test_what_a_read_gives_is_an_output_although_it_is_not_described(
    read: Read, describe: Any, method: str, status: str, output: Json
) -> None:
    paths = {"/a": {method: {"responses": {status: {"description": "everything ok"}}}}}
    _, ours, _ = checked(read(describe(paths)))
    assert ours.get("output") == output


def test_an_example_says_what_no_schema_does(read: Read, describe: Any) -> None:
    example = {
        "data": {"numbers": [{"id": 7}], "total": 1},
        "next_page_url": "https://x.example.com/2",
    }
    content = {"application/json": {"schema": {"type": "object"}, "example": example}}
    responses = {"200": {"description": "", "content": content}}
    operation = read(describe({"/a": {"get": {"responses": responses}}}))
    _, ours, _ = checked(operation, paging=False)
    assert ours["output"]["numbers"] == "$.response.body.data.numbers"
    assert ours["responseSchema"] == {"type": "object"}
    _, ours, _ = checked(operation)
    assert ours["paging"]["items"] == "$.response.body.data.numbers"


def test_an_id_that_is_written_as_one_word_is_of_the_subject(read: Read, describe: Any) -> None:
    schema = _object(kind=TEXT, **{f"is{i}": TEXT for i in range(14)}, petid=TEXT)
    paths = {"/pets/{id}": {"get": {"responses": {
        "200": {"description": "", "content": {"application/json": {"schema": schema}}}
    }}}}  # fmt: skip
    _, ours, _ = checked(read(describe(paths)))
    assert ours["output"]["petid"] == "$.response.body.petid"


def test_a_response_without_a_body_has_no_outputs(read: Read, describe: Any) -> None:
    content = {"application/json": {"schema": _object(id=TEXT)}}
    responses = {"204": {"description": "", "content": content}}
    _, ours, _ = checked(read(describe({"/a": {"get": {"responses": responses}}})))
    assert "output" not in ours


def test_a_file_of_no_described_type_is_accepted_as_any(read: Read, describe: Any) -> None:
    schema = {"type": "string", "format": "binary"}
    request, ours, _ = checked(read(responding(describe, "application/json", schema)))
    assert ours["response"] == {"format": "file"}
    assert request["accept"] == "*/*"


def test_responses_that_are_files_or_events_are_read_as_such(read: Read, describe: Any) -> None:
    _, ours, _ = checked(read(responding(describe, "application/pdf", True)))
    assert ours["response"] == {"format": "file"}
    _, ours, _ = checked(read(responding(describe, "text/event-stream", True)))
    assert ours["response"] == {"format": "events"}
    _, ours, _ = checked(read(responding(describe, "text/html", True, "302")))
    assert ours["acceptedStatusCodes"] == ["302"]


def test_an_object_of_any_names_is_one_output(read: Read, describe: Any) -> None:
    schema = {"type": "object", "additionalProperties": {"type": "string"}}
    _, ours, _ = checked(read(responding(describe, "application/json", schema)))
    assert ours["output"] == {"result": "$.response.body"}


def test_of_several_kinds_of_files_each_is_accepted(read: Read, describe: Any) -> None:
    kinds = ("application/pdf", "image/png", "image/svg+xml")
    schema = {"type": "string", "format": "binary"}
    content = {kind: {"schema": schema} for kind in kinds}
    responses = {"200": {"description": "", "content": content}}
    request, ours, _ = checked(read(describe({"/a": {"get": {"responses": responses}}})))
    assert sorted(request["accept"]) == sorted(kinds)
    assert ours["response"] == {"format": "file"}


def test_what_an_old_description_produces_is_accepted_without_a_schema(read: Read) -> None:
    get = {"produces": ["text/plain"], "responses": {"200": {"description": ""}}}
    document = {
        "swagger": "2.0", "info": {"title": "Pets", "version": "1"}, "host": "pets.example.com",
        "paths": {"/a": {"get": get}},
    }  # fmt: skip
    request, _, _ = checked(read(document))
    assert request["accept"] == "text/plain"

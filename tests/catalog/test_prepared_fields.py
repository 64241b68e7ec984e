"""What of a prepared task its description only says in words, and what the task gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from prepared_tasks import checked

from httptask.catalog import Operation

Json = Any
Read = Callable[..., Operation]


def posting(describe: Any, schema: Json, kind: str = "application/json") -> Json:
    """Return a description of one POST with an optional body."""
    body = {"content": {kind: {"schema": schema}}}
    return describe({"/a": {"post": {"requestBody": body}}})


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({"a": "It's optional.", "b": "(Required) The text", "c": ""}, ["b", "c"]),
        ({**dict.fromkeys("abcde", ""), "f": "A text. Is required"}, ["f"]),
        ({"a": "Name", "b": "Not required"}, ["a", "b"]),
        ({"a": "Name", "b": "One of a and b is required."}, ["a", "b"]),
        ({"a": "An address", "b": "An id, but not both", "c": ""}, ["a", "c"]),
        ({"a": "Sent instead of b", "b": ""}, ["a", "b"]),
        (dict.fromkeys("abcdef", ""), None),
    ],
)
def test_of_a_body_that_requires_nothing_few_fields_are_offered(
    read: Read, describe: Any, fields: dict[str, str], sent: list[str] | None
) -> None:
    properties = {name: {"type": "string", "description": said} for name, said in fields.items()}
    request, _, _ = checked(read(posting(describe, {"type": "object", "properties": properties})))
    if sent is None:
        assert request["body"] == "${workflow.input.body}"
    else:
        assert list(request["body"]) == sent


def test_the_file_of_a_form_with_parts_is_offered(read: Read, describe: Any) -> None:
    properties = {"id": {"type": "string"}, "file": {"type": "string", "format": "binary"}}
    schema = {"type": "object", "required": ["id"], "properties": properties}
    _, ours, _ = checked(read(posting(describe, schema, "multipart/form-data")))
    assert list(ours["multipart"]) == ["id", "file"]


@pytest.mark.parametrize(
    ("about", "sent"), [("Required.", ["q"]), ("required if x is given", []), ("(required)", ["q"])]
)
def test_a_parameter_that_is_required_by_words_is_sent(
    read: Read, describe: Any, about: str, sent: list[str]
) -> None:
    query = {"name": "q", "in": "query", "description": about, "schema": {"type": "string"}}
    operation = read(describe({"/a": {"delete": {"parameters": [query]}}}))
    assert list(checked(operation)[1].get("query", {})) == sent


PETS = {"type": "array", "items": {"type": "object"}}
TEXT = {"type": "string"}


@pytest.mark.parametrize(
    ("properties", "outputs"),
    [
        ({"success": TEXT, "name": TEXT, "petId": TEXT}, ["petId", "name", "success"]),
        ({"meta": {}, "nextToken": TEXT, "pets": PETS, "totalCount": TEXT},
         ["pets", "totalCount", "nextToken", "meta"]),
        ({"tags": PETS, "name": TEXT}, ["name", "tags"]),
        ({"statusCode": TEXT, "headers": {}, "body": PETS}, ["items"]),
        ({"statusCode": TEXT, "headers": {}, "body": TEXT}, ["body", "statusCode", "headers"]),
        ({"$content-type": TEXT, "$content": TEXT}, ["file"]),
    ],
)  # fmt: skip
def test_the_outputs_are_what_somebody_goes_on_with(
    read: Read, describe: Any, properties: Json, outputs: list[str]
) -> None:
    content = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    responses = {"200": {"description": "", "content": content}}
    _, ours, _ = checked(read(describe({"/a": {"get": {"responses": responses}}})))
    assert list(ours["output"]) == outputs
    assert ("response" in ours) == (outputs == ["file"])


@pytest.mark.parametrize(
    ("kind", "output"), [("text/plain", "result"), ("application/pdf", "file")]
)
def test_text_that_is_json_beside_a_file_is_the_file(
    read: Read, describe: Any, kind: str, output: str
) -> None:
    content = {each: {"schema": TEXT} for each in ("application/json", kind)}
    responses = {"200": {"description": "", "content": content}}
    _, ours, _ = checked(read(describe({"/a": {"get": {"responses": responses}}})))
    assert list(ours["output"]) == [output]


def test_what_a_wrapper_has_beside_its_literals_is_offered(read: Read, describe: Any) -> None:
    data = {"type": "object", "required": ["kind"],
            "properties": {"kind": {"enum": ["pet"]}, "name": TEXT}}  # fmt: skip
    schema = {"type": "object", "required": ["data"], "properties": {"data": data}}
    request, _, _ = checked(read(posting(describe, schema)))
    assert request["body"] == {"data": {"kind": "pet", "name": "${workflow.input.data_name}"}}


@pytest.mark.parametrize(
    ("said", "sent"),
    [("application/vnd.pets+json", "application/vnd.pets+json"), ("text/xml", "application/json")],
)
def test_a_content_type_that_a_parameter_names_is_sent(
    read: Read, describe: Any, said: str, sent: str
) -> None:
    header = {"name": "Content-Type", "in": "header", "schema": {"default": said, "type": "string"}}
    document = posting(describe, {"type": "object", "properties": {"a": TEXT}})
    document["paths"]["/a"]["post"]["parameters"] = [header]
    assert checked(read(document))[0]["contentType"] == sent


@pytest.mark.parametrize(
    ("path", "fields", "first"),
    [
        (
            "/v3/convert-to-coordinates",
            {"country": {}, "nearestPlace": {}, "words": {}, "map": {}, "coordinates": {"x": {}}},
            ["coordinates"],
        ),
        (
            "/history/{base}/exchange-rates",
            {"terms_of_use": {}, "documentation": {}, "conversion_rates": {"EUR": {}}},
            ["conversion_rates"],
        ),
        (
            "/ip",
            {"city_geoname_id": {}, "country_geoname_id": {}, "country": {}, "city": {}},
            ["country", "city"],
        ),
        ("/orders/{id}", {"customer_id": {}, "order_id": {}, "note": {}}, ["order_id", "note"]),
    ],
)
def test_what_the_operation_is_about_comes_first(
    read: Read, describe: Any, path: str, fields: dict[str, Any], first: list[str]
) -> None:
    properties = {
        name: {"type": "object", "properties": below} if below else {"type": "string"}
        for name, below in fields.items()
    }
    schema = {"type": "object", "properties": properties}
    responses = {"200": {"description": "", "content": {"application/json": {"schema": schema}}}}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    got = {"get": {"parameters": parameters, "responses": responses}}
    _, ours, _ = checked(read(describe({path: got})))
    assert list(ours["output"])[: len(first)] == first

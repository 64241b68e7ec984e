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
        ({"a": "", "b": "A file. (The other sources must be empty.)",
          "c": "A URL. (The other sources must be empty.)"}, ["a", "b"]),
        ({"a": "Do not use this if you give b", "b": "Avoid  using this if a is given."}, ["a"]),
        ({"a": "Only one of a and b is sent", "b": "Only one of a and b is sent"}, ["a"]),
        ({"a": "", "b": "Only one of the values x and y"}, ["a", "b"]),
        (dict.fromkeys("ab", "Precisely one property from `a` and `b` is required."), ["a"]),
        ({"authKey": "authentication key.", **dict.fromkeys("abcdefg", "")},
         ["authKey", "a", "b", "c", "d"]),
        ({**dict.fromkeys("abcdef", ""), "authKey": "Key"}, ["a", "b", "c", "d", "authKey"]),
        (dict.fromkeys("abcdefg", ""), ["a", "b", "c", "d", "e"]),
    ],
)  # fmt: skip
def test_of_a_body_that_requires_nothing_few_fields_are_offered(
    read: Read, describe: Any, fields: dict[str, str], sent: list[str]
) -> None:
    properties = {name: {"type": "string", "description": said} for name, said in fields.items()}
    request, _, _ = checked(read(posting(describe, {"type": "object", "properties": properties})))
    assert list(request["body"]) == sent


def test_a_large_body_that_changes_something_is_one_input(read: Read, describe: Any) -> None:
    properties = {name: {"type": "string"} for name in "abcdefg"}
    body = {"content": {"application/json": {"schema": {"properties": properties}}}}
    request, _, _ = checked(read(describe({"/a": {"put": {"requestBody": body}}})))
    assert request["body"] == "${workflow.input.body}"


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
    ("text", "asked"),
    [
        ("Either postal code or place name must be given.", ["postalcode"]),
        ("Either the `postalcode` or `placename` is required", ["postalcode"]),
        ("Either postal code or another thing must be given.", []),
        ("Either postal code or place name.", []),
    ],
)
def test_of_two_of_which_one_is_needed_the_first_is_asked(
    read: Read, describe: Any, text: str, asked: list[str]
) -> None:
    names = ("postalcode", "placename", "country")
    query = [{"in": "query", "name": name, "schema": {"type": "string"}} for name in names]
    _, _, made = checked(
        read(describe({"/a": {"get": {"description": text, "parameters": query}}}))
    )
    assert [each.name for each in made.inputs] == asked


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


@pytest.mark.parametrize(
    ("name", "schema", "is_input"),
    [
        ("X-Time", {"default": "Auto populated"}, True),
        ("X-Correlation-Id", {"default": "123abc"}, True),
        ("X-Timestamp", {"default": "1"}, True),
        ("approved", {"default": "true", "enum": ["true", "false"]}, True),
        ("X-Request-Id", {"const": "1"}, False),
        ("X-Service", {"default": "Pets of today"}, False),
    ],
)
def test_a_default_is_sent_unless_it_says_nothing(
    read: Read, describe: Any, name: str, schema: Json, is_input: bool
) -> None:
    header = {"name": name, "in": "header", "required": True, "schema": {**TEXT, **schema}}
    operation = read(describe({"/a": {"get": {"parameters": [header]}}}, openapi="3.1.0"))
    value = checked(operation)[0]["headers"][name]
    assert value.startswith("${workflow.input.") == is_input


@pytest.mark.parametrize(
    ("about", "secret"),
    [
        ("The password used to protect the certificate file.<br />", False),
        ("Password for the PDF", False),
        ("The password of the document management system", True),
    ],
)
def test_a_password_of_a_file_proves_nobody(
    read: Read, describe: Any, about: str, secret: bool
) -> None:
    query = {"name": "password", "in": "query", "required": True, "description": about}
    operation = read(describe({"/a": {"get": {"parameters": [{**query, "schema": TEXT}]}}}))
    assert bool(checked(operation)[2].secrets) == secret


def test_a_token_beside_a_scheme_is_left_out_unless_it_is_required(
    read: Read, describe: Any
) -> None:
    properties = {"token": {**TEXT, "description": "Authentication token."}, "name": TEXT}
    schema = {"type": "object", "properties": properties}
    components = {"securitySchemes": {"user": {"type": "http", "scheme": "bearer"}}}
    document = posting(describe, schema) | {"components": components, "security": [{"user": []}]}
    assert list(checked(read(document))[0]["body"]) == ["name"]
    schema["required"] = ["token"]
    assert list(checked(read(document))[0]["body"]) == ["token"]


def test_a_scheme_that_is_declared_goes_before_one_that_is_not(read: Read, describe: Any) -> None:
    components = {"securitySchemes": {"user": {"type": "http", "scheme": "bearer"}}}
    get = {"security": [{"basic": ["Password", "API Host"]}, {"user": []}]}
    operation = read(describe({"/a": {"get": get}}, components=components))
    assert [[(each.name, each.scopes) for each in option] for option in operation.auth] == [
        [("user", ())]
    ]
    get["security"].pop()
    assert read(describe({"/a": {"get": get}}, components=components)).auth == operation.auth


def test_a_header_described_with_the_word_bearer_has_it(read: Read, describe: Any) -> None:
    header = {"name": "Access-Token", "in": "header", "required": True, "schema": TEXT,
              "description": "Bearer <Access-Token>"}  # fmt: skip
    _, ours, made = checked(read(describe({"/a": {"get": {"parameters": [header]}}})))
    assert ours["auth"]["value"] == "Bearer ${workflow.secrets.PETS_ACCESS_TOKEN}"
    assert [note for note in made.notes if "token alone" in note]


@pytest.mark.parametrize(
    ("more", "uri"),
    [
        ({"servers": [{"url": "/v1/"}]}, "${workflow.input.server}/v1/a"),
        ({"servers": [{"url": "https://test.com/v1"}]}, "${workflow.input.server}/v1/a"),
        ({"servers": [{"url": "https://{tenant}/v1"}]}, "${workflow.input.server}/v1/a"),
        (
            {"servers": [{"url": "https://virtserver.swaggerhub.com/o/pets/1.0"}]},
            "${workflow.input.server}/a",
        ),
        ({"openapi": None, "swagger": "2.0", "basePath": "/v1"}, "${workflow.input.server}/v1/a"),
    ],
)
def test_a_server_without_a_host_keeps_its_path(
    read: Read, describe: Any, more: Json, uri: str
) -> None:
    document = {key: each for key, each in describe({"/a": {"get": {}}}, **more).items() if each}
    operation = read(document)
    request, ours, made = checked(operation)
    assert request["uri"] == uri
    assert [(each.name, each.target) for each in made.inputs] == [("server", "server")]
    assert made.inputs[0].schema["format"] == "uri"
    assert "servers" not in ours["operation"]
    chosen = checked(operation, server="https://pets.example.com/v1")[0]
    assert chosen["uri"] == "https://pets.example.com/v1/a"


def test_a_body_that_is_one_input_has_its_name(read: Read, describe: Any) -> None:
    body = {"name": "Document data", "in": "body", "schema": {"type": "object"}}
    document = describe({"/a": {"post": {"parameters": [body]}}}, swagger="2.0")
    del document["openapi"]
    assert checked(read(document))[0]["body"] == "${workflow.input.Document_data}"


@pytest.mark.parametrize(
    ("method", "fields", "sent"),
    [
        ("post", {**dict.fromkeys("abcde", "Optional name"), "to": "Whom it is for"}, ["to"]),
        ("put", {**dict.fromkeys("abcde", "Optional name"), "to": "Whom it is for"}, "body"),
        ("post", {**dict.fromkeys("abcdef", "Name"), "g": "Name, Required"}, ["g"]),
        ("post", {"user": "A user", "user_id": "Its id"}, ["user_id"]),
    ],
)
def test_fields_that_are_not_said_to_be_optional_are_sent_of_a_large_body(
    read: Read, describe: Any, method: str, fields: dict[str, str], sent: Json
) -> None:
    properties = {name: {"type": "string", "description": each} for name, each in fields.items()}
    content = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    request, _, _ = checked(read(describe({"/a": {method: {"requestBody": {"content": content}}}})))
    body = request["body"]
    assert (list(body) if isinstance(body, dict) else "body") == sent


def test_a_search_asks_for_the_text_only(read: Read, describe: Any) -> None:
    properties = {each: {"type": "string"} for each in ("group", "limit", "search_for")}
    content = {"application/json": {"schema": {"type": "object", "properties": properties}}}
    paths = {"/pets/search": {"post": {"requestBody": {"content": content}}}}
    request, _, _ = checked(read(describe(paths)))
    assert list(request["body"]) == ["search_for"]


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("This endpoint does not require a request body.", False),
        ("No payload", False),
        ("If no body is given, all are sent.", True),
    ],
)
def test_a_body_that_is_said_not_to_be_there_is_not_sent(
    read: Read, describe: Any, text: str, sent: bool
) -> None:
    body = {"description": text, "content": {"application/json": {"schema": {"type": "object"}}}}
    request, _, _ = checked(read(describe({"/a": {"post": {"requestBody": body}}})))
    assert ("body" in request) == sent


@pytest.mark.parametrize(
    ("path", "names", "sent"),
    [
        ("/delete_pic", ["id_search", "id_pic"], {"id_search", "id_pic"}),
        ("/delete_pic", ["id_pic", "force"], {"id_pic"}),
        ("/delete_pic", ["picID", "externalPicID"], {"picID"}),
        ("/list_pics", ["id_pic"], set()),
    ],
)
def test_the_ids_of_what_is_removed_are_sent(
    read: Read, describe: Any, path: str, names: list[str], sent: set[str]
) -> None:
    parameters = [{"name": each, "in": "query", "schema": {"type": "string"}} for each in names]
    _, ours, _ = checked(read(describe({path: {"post": {"parameters": parameters}}})))
    assert ours.get("query", {}).keys() == sent


def test_a_format_in_the_path_is_that_of_the_response(read: Read, describe: Any) -> None:
    names = ("id", "content_type")
    parameters = [
        {"name": each, "in": "path", "required": True, "schema": {"type": "string"}}
        for each in names
    ]
    content = {"application/json": {"schema": {"type": "object"}}}
    got = {"parameters": parameters, "responses": {"200": {"description": "", "content": content}}}
    found = read(describe({"/pets/{id}.{content_type}": {"get": got}}))
    assert checked(found)[1]["path"] == {"id": "${workflow.input.id}", "content_type": "json"}


@pytest.mark.parametrize(
    ("operation", "note"),
    [
        ({"deprecated": True}, "the description calls the operation deprecated"),
        (
            {"summary": "Create a pet"},
            "the description names nothing to send: if it needs a body, add http_request.body",
        ),
        ({"summary": "Wake up"}, None),
    ],
)
def test_what_a_description_leaves_open_is_noted(
    read: Read, describe: Any, operation: Json, note: str | None
) -> None:
    _, _, made = checked(read(describe({"/a": {"post": operation}})))
    assert list(made.notes) == ([note] if note else [])


def test_of_a_large_body_what_it_is_about_is_sent_first(read: Read, describe: Any) -> None:
    names = ("page_size", "a", "b", "c", "d", "e", "title", "customFields")
    properties = {name: {"type": "string"} for name in names}
    request, _, _ = checked(read(posting(describe, {"properties": properties})))
    assert sorted(request["body"]) == ["a", "b", "c", "d", "title"]

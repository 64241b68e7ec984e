"""Parameters, bodies, responses, servers and security of every dialect."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from httptask.catalog import Catalog, Operation

Json = Any
Read = Callable[..., Operation]


@pytest.fixture(name="two")
def two_fixture() -> Callable[..., Json]:
    """Return an OpenAPI 2.0 document with one operation."""

    def two(operation: Json, **more: Json) -> Json:
        return {
            "swagger": "2.0",
            "info": {"title": "Old", "version": "1"},
            "host": "old.example.com",
            "basePath": "/v1",
            "schemes": ["http", "https"],
            "paths": {"/a/{id}": {"post": operation}},
            **more,
        }

    return two


def test_path_level_parameters_are_replaced_by_the_operations(read: Read, describe: Any) -> None:
    document = describe(
        {
            "/a/{id}": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "q", "in": "query", "schema": {"type": "string"}},
                ],
                "get": {
                    "parameters": [
                        {
                            "name": "q",
                            "in": "query",
                            "required": True,
                            "schema": {"type": "integer"},
                        }
                    ]
                },
            }
        }
    )
    found = {each.name: each for each in read(document).parameters}
    assert list(found) == ["id", "q"]
    assert found["q"].required
    assert found["q"].schema == {"type": "integer"}


@pytest.mark.parametrize(
    ("written", "style", "explode"),
    [
        ({"in": "query"}, "form", True),
        ({"in": "query", "explode": False}, "form", False),
        ({"in": "query", "style": "deepObject"}, "deepObject", False),
        ({"in": "query", "style": "spaceDelimited"}, "spaceDelimited", False),
        ({"in": "query", "style": "pipeDelimited", "explode": True}, "pipeDelimited", True),
        ({"in": "header"}, "simple", False),
        ({"in": "header", "explode": True}, "simple", True),
        ({"in": "cookie"}, "form", True),
        ({"in": "query", "style": "matrix"}, "form", True),
    ],
)
def test_style_and_explode_have_the_defaults_of_the_specification(
    read: Read, describe: Any, written: Json, style: str, explode: bool
) -> None:
    parameter = {"name": "p", "schema": {"type": "array"}, **written}
    found = read(describe({"/a": {"get": {"parameters": [parameter]}}})).parameters[0]
    assert (found.style, found.explode) == (style, explode)


@pytest.mark.parametrize(
    ("collection", "style", "explode"),
    [
        (None, "form", False),
        ("csv", "form", False),
        ("ssv", "spaceDelimited", False),
        ("pipes", "pipeDelimited", False),
        ("multi", "form", True),
    ],
)
def test_collection_formats_become_styles(
    read: Read, two: Any, collection: str | None, style: str, explode: bool
) -> None:
    parameter = {"name": "p", "in": "query", "type": "array", "items": {"type": "string"}}
    if collection:
        parameter["collectionFormat"] = collection
    found = read(two({"parameters": [parameter]})).parameters[0]
    assert (found.style, found.explode) == (style, explode)


def test_a_content_parameter_is_serialized_by_its_media_type(read: Read, describe: Any) -> None:
    content = {"application/json": {"schema": {"type": "object"}}}
    parameter = {"name": "filter", "in": "query", "content": content}
    found = read(describe({"/a": {"get": {"parameters": [parameter]}}})).parameters[0]
    assert found.content_type == "application/json"
    assert found.schema == {"type": "object"}


def test_path_parameters_are_those_of_the_path(read: Read, describe: Any) -> None:
    parameter = {"name": "other", "in": "path", "required": True, "schema": {"type": "string"}}
    found = read(describe({"/a/{id}": {"get": {"parameters": [parameter]}}}))
    assert [each.name for each in found.parameters] == ["id"]
    kinds = {reason.kind for reason in found.reasons}
    assert kinds == {"path_parameter_unused", "path_parameter_undeclared"}


def test_losses_are_told_in_the_order_of_the_description(read: Read, describe: Any) -> None:
    names = ["one", "two", "three", "four", "five", "six"]
    parameters = [{"name": name, "in": "path", "required": True} for name in names]
    found = read(describe({"/a": {"get": {"parameters": parameters}}}))
    assert [each.message for each in found.reasons] == [f"the path has no {{{n}}}" for n in names]


def test_a_loss_in_a_shared_part_is_one_of_every_operation_that_has_it(
    catalog: Catalog, tmp_path: Path, describe: Any
) -> None:
    components = {
        "parameters": {"q": {"name": "q", "in": "query", "schema": {"type": "txt"}}},
        "responses": {"ok": {"description": "", "content": {"application/json": {
            "schema": {"$ref": "#/components/schemas/pet"}}}}},
        "schemas": {"pet": {"type": "object", "minProperties": "some"}},
    }  # fmt: skip
    shared = {
        "parameters": [{"$ref": "#/components/parameters/q"}],
        "responses": {"200": {"$ref": "#/components/responses/ok"}},
    }
    path = tmp_path / "pets.json"
    paths = {"/a": {"get": shared, "put": shared}, "/b": {"get": {}}}
    path.write_text(json.dumps(describe(paths, components=components)), "utf-8")
    change = catalog.add(path)[0]
    assert (change.imported, change.degraded) == (1, 2)
    for operation_id in ("pets/get-a", "pets/put-a"):
        found = catalog.get(operation_id)
        assert [each.pointer for each in found.reasons] == [
            "/components/parameters/q/schema/type",
            "/components/schemas/pet/minProperties",
        ]
        assert list(found.definitions) == ["pet"]


def test_an_old_form_becomes_a_body(read: Read, two: Any) -> None:
    fields = [
        {"name": "photo", "in": "formData", "type": "file", "required": True},
        {"name": "tags", "in": "formData", "type": "array", "collectionFormat": "multi"},
    ]
    body = read(two({"parameters": fields})).body
    assert body is not None
    assert [media.content_type for media in body.media] == ["multipart/form-data"]
    assert body.media[0].schema["required"] == ["photo"]
    assert body.media[0].schema["properties"]["photo"]["format"] == "binary"
    assert body.media[0].encoding["tags"].explode is True


def test_an_old_body_has_the_media_types_that_are_consumed(read: Read, two: Any) -> None:
    parameter = {"name": "body", "in": "body", "required": True, "schema": {"type": "object"}}
    document = two({"parameters": [parameter]}, consumes=["application/xml", "application/json"])
    body = read(document).body
    assert body is not None
    assert [media.content_type for media in body.media] == ["application/xml", "application/json"]


def test_the_narrowest_servers_win(read: Read, describe: Any) -> None:
    own = [{"url": "https://images.example.com/"}]
    found = read(describe({"/a": {"get": {"servers": own}}})).servers
    assert [server.url for server in found] == ["https://images.example.com"]


def test_old_servers_prefer_https(read: Read, two: Any) -> None:
    found = [server.url for server in read(two({})).servers]
    assert found == ["https://old.example.com/v1", "http://old.example.com/v1"]


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://pets.example.com", True),
        ("https://stoplight.io/api", True),
        ("https://api.example.com", False),
        ("https://example.org/v1", False),
        ("https://pets.invalid", False),
        ("https://shop.contoso.com", False),
        ("https://virtserver.swaggerhub.com/pets/1.0", False),
        ("https://stoplight.io/mocks/a/b/12", False),
        ("https://private-1.apiary-mock.com/", False),
        ("http://localhost:8080", False),
        ("http://127.0.0.1", False),
        ("http://10.0.0.1/v1", False),
        ("http://169.254.169.254", False),
        ("http://[::1]/", False),
        ("http://2130706433/", False),
        ("http://printer.local", False),
        ("http://db", False),
        ("https://8.8.8.8", True),
    ],
)
def test_a_server_that_is_not_public_is_marked(
    read: Read, describe: Any, url: str, public: bool
) -> None:
    found = read(describe({"/a": {"get": {}}}, servers=[{"url": url}])).servers
    assert [server.public for server in found] == [public]


UNUSABLE = ["", "/", "${x}", "http://[", "//[::1", "http://a]b/", "/x["]


@pytest.mark.parametrize("servers", [[], *([{"url": each}] for each in UNUSABLE), [7]])
def test_no_usable_server_is_a_loss_that_is_named(read: Read, describe: Any, servers: Json) -> None:
    found = read(describe({"/a": {"get": {}}}, servers=servers))
    assert found.servers == ()
    assert {reason.kind for reason in found.reasons} <= {"server_relative", "server_missing"}
    assert found.reasons


def test_a_templated_server_has_the_defaults_of_its_variables(read: Read, describe: Any) -> None:
    server = {
        "url": "https://{region}.example.com/{base}",
        "variables": {"region": {"default": "eu"}, "base": {"default": "https://a.example.com"}},
    }
    found = read(describe({"/a": {"get": {}}}, servers=[server]))
    assert found.servers[0].variables == {"region": "eu"}
    assert [reason.kind for reason in found.reasons] == ["server_variable"]


SCHEMES = {
    "basic": {"type": "http", "scheme": "Basic"},
    "key": {"type": "apiKey", "in": "query", "name": "k"},
    "oauth": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://t"}}},
    "mtls": {"type": "mutualTLS"},
}


def test_security_alternatives_and_sets_are_kept(read: Read, describe: Any) -> None:
    operation = {"security": [{"oauth": ["read"]}, {"basic": [], "key": []}, {}]}
    components = {"securitySchemes": SCHEMES}
    found = read(describe({"/a": {"get": operation}}, components=components))
    assert found.auth_label == "oauth2 (read) or basic + apiKey (query k) or none"
    assert found.auth[0][0].flows[0].token_url == "https://t"


def test_an_empty_security_list_switches_the_root_off(read: Read, describe: Any) -> None:
    document = describe(
        {"/a": {"get": {"security": []}}},
        components={"securitySchemes": SCHEMES},
        security=[{"basic": []}],
    )
    assert read(document).auth_label == "none"


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [("gone", "security_unknown"), ("mtls", "security_unsupported")],
)
def test_security_that_a_task_cannot_carry_is_a_loss(
    read: Read, describe: Any, scheme: str, kind: str
) -> None:
    operation = {"security": [{scheme: []}]}
    found = read(describe({"/a": {"get": operation}}, components={"securitySchemes": SCHEMES}))
    assert [reason.kind for reason in found.reasons] == [kind]


def test_a_scheme_of_no_name_is_the_only_one_that_is_declared(read: Read, describe: Any) -> None:
    components = {"securitySchemes": {"basic": SCHEMES["basic"]}}
    found = read(describe({"/a": {"get": {"security": [{"gone": []}]}}}, components=components))
    assert [[each.name for each in option] for option in found.auth] == [["basic"]]
    assert [reason.kind for reason in found.reasons] == ["security_unknown"]


def test_of_schemes_that_are_not_all_declared_the_others_are_left(
    read: Read, describe: Any
) -> None:
    security = [{"basic": [], "gone": []}]
    document = describe(
        {"/a": {"get": {"security": security}}}, components={"securitySchemes": SCHEMES}
    )
    found = read(document)
    assert [[each.name for each in option] for option in found.auth] == [["basic"]]
    assert [reason.kind for reason in found.reasons] == ["security_unknown"]


def test_3_2_methods_and_event_streams(catalog: Catalog, read: Read, describe: Any) -> None:
    content = {"text/event-stream": {"itemSchema": {"type": "object"}}}
    document = describe(
        {
            "/a": {
                "get": {"responses": {"200": {"description": "ok", "content": content}}},
                "query": {},
                "additionalOperations": {"COPY": {}, "CONNECT": {}, "BREW IT": {}},
            }
        },
        openapi="3.2.0",
    )
    found = read(document)
    assert found.responses[0].media[0].item_schema == {"type": "object"}
    row = catalog.report()["documents"][0]
    assert (row["operations"], row["imported"], row["rejected"]) == (5, 3, 2)
    kinds = [(reason["kind"], reason["pointer"]) for reason in row["reasons"]]
    assert kinds == [
        ("method_unsupported", "/paths/~1a/additionalOperations/CONNECT"),
        ("method_unsupported", "/paths/~1a/additionalOperations/BREW IT"),
    ]


def test_an_operation_that_is_not_an_object_is_rejected_with_a_reason(
    catalog: Catalog, read: Read, describe: Any
) -> None:
    read(describe({"/a": {"get": {}, "post": None}}))
    row = catalog.report()["documents"][0]
    assert (row["operations"], row["imported"], row["rejected"]) == (2, 1, 1)
    reason = row["reasons"][0]
    assert (reason["pointer"], reason["kind"]) == ("/paths/~1a/post", "operation_invalid")
    assert reason["message"].endswith("correct the description")

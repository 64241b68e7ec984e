"""Prepared tasks: complete, valid, and never with an expression that the author did not write."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from httptask.catalog import Catalog, Choices, Operation
from httptask.catalog.prepare.task import prepare_task
from httptask.check import check_task
from httptask.definition.loader import load_task
from httptask.errors import DefinitionError

Json = Any
Read = Callable[..., Operation]


def parts(operation: Operation, **choices: Any) -> tuple[Json, Json]:
    """Return ``http_request`` and ``httptask`` of the prepared task, which the check accepts."""
    task = prepare_task(operation, Choices(**choices)).task
    errors = [f for f in check_task(load_task(task)) if f.severity == "error"]
    assert errors == []
    inputs = task["inputParameters"]
    return inputs["http_request"], inputs["httptask"]


def test_parameters_are_inputs_and_optional_ones_are_listed(read: Read, describe: Any) -> None:
    def parameter(name: str, place: str, required: bool, **more: Json) -> Json:
        schema = {"type": "string", **more}
        return {"name": name, "in": place, "required": required, "schema": schema}

    operation = read(
        describe(
            {
                "/pets/{pet-id}/x": {
                    "get": {
                        "parameters": [
                            parameter("pet-id", "path", True),
                            parameter("version", "query", True, default="2"),
                            parameter("kind", "query", True, enum=["cat", "dog"]),
                            parameter("q", "query", True),
                            parameter("limit", "query", False),
                            parameter("X-Trace", "header", True),
                            parameter("Accept", "header", True),
                            parameter("session", "cookie", True),
                        ]
                    }
                }
            }
        )
    )
    request, ours = parts(operation)
    assert request["uri"] == "https://pets.example.com/v1/pets/{pet_id}/x"
    assert request["headers"] == {"X-Trace": "${workflow.input.X_Trace}"}
    assert ours["path"] == {"pet_id": "${workflow.input.pet_id}"}
    assert ours["query"] == {
        "version": "2",
        "kind": "${workflow.input.kind}",
        "q": "${workflow.input.q}",
    }
    assert ours["cookies"] == {"session": "${workflow.input.session}"}
    assert ours["parametersSchema"]["properties"]["path"]["required"] == ["pet_id"]
    optional = prepare_task(operation).optional
    assert [(each.location, each.name) for each in optional] == [("query", "limit")]


def test_inputs_of_one_name_are_told_apart(read: Read, describe: Any) -> None:
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    body = {"content": {"application/json": {"schema": schema}}}
    operation = read(describe({"/a/{id}": {"put": {"requestBody": body}}}))
    request, ours = parts(operation)
    assert ours["path"] == {"id": "${workflow.input.id}"}
    assert request["body"] == {"id": "${workflow.input.id_2}"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string", "default": "d", "example": "e"}, "d"),
        ({"type": "string", "example": "e", "enum": ["e", "f"]}, "${workflow.input.f}"),
        ({"type": "string", "enum": ["e"]}, "e"),
        ({"type": "string", "example": "e"}, "${workflow.input.f}"),
        ({"type": "string", "default": ""}, "${workflow.input.f}"),
        ({"const": 3}, 3),
        ({"type": "boolean"}, "${workflow.input.f}"),
        ({"type": "string", "description": "Must be `card`."}, "card"),
        (
            {"type": "array", "maxItems": 1, "items": {"required": ["a"], "properties": {"a": {}}}},
            [{"a": "${workflow.input.f_a}"}],
        ),
        (
            {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
            {"a": "${workflow.input.f_a}"},
        ),
        (
            {
                "allOf": [
                    {"required": ["a"], "properties": {"a": {"type": "string"}}},
                    {"required": ["b"], "properties": {"b": {"enum": [1]}}},
                ]
            },
            {"a": "${workflow.input.f_a}", "b": 1},
        ),
    ],
)
def test_a_required_field_is_a_literal_or_an_input(
    read: Read, describe: Any, schema: Json, expected: Json
) -> None:
    whole = {"type": "object", "required": ["f"], "properties": {"f": schema}}
    body = {"required": True, "content": {"application/json": {"schema": whole}}}
    request, ours = parts(read(describe({"/a": {"post": {"requestBody": body}}}, openapi="3.1.0")))
    assert request["body"] == {"f": expected}
    assert ours["requestSchema"]["required"] == ["f"]


BRANCHES = {
    "Cat": {"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string"}}},
    "Dog": {
        "type": "object",
        "required": ["kind", "size"],
        "properties": {"kind": {"type": "string"}, "size": {"type": "integer"}},
    },
}
ONE_OF = {
    "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
    "discriminator": {"propertyName": "kind", "mapping": {"dog!": "#/components/schemas/Dog"}},
}


@pytest.mark.parametrize(
    ("branch", "expected"),
    [
        (None, {"kind": "Cat"}),
        ("Dog", {"kind": "dog!", "size": "${workflow.input.size}"}),
        (1, {"kind": "dog!", "size": "${workflow.input.size}"}),
    ],
)
def test_a_branch_is_chosen_and_its_tag_is_set(
    read: Read, describe: Any, branch: Any, expected: Json
) -> None:
    body = {"required": True, "content": {"application/json": {"schema": ONE_OF}}}
    document = describe({"/a": {"post": {"requestBody": body}}}, components={"schemas": BRANCHES})
    operation = read(document)
    request, _ = parts(operation, branch=branch)
    assert request["body"] == expected
    assert prepare_task(operation).branches == ("Cat", "Dog")


@pytest.mark.parametrize(
    "choices",
    [{"branch": "Cow"}, {"server": 7}, {"server": "ftp://x"}, {"media_type": "a/b"}, {"auth": "x"}],
)
def test_an_unknown_choice_says_what_there_is(read: Read, describe: Any, choices: Json) -> None:
    body = {"required": True, "content": {"application/json": {"schema": ONE_OF}}}
    document = describe({"/a": {"post": {"requestBody": body}}}, components={"schemas": BRANCHES})
    operation = read(document)
    with pytest.raises(DefinitionError) as caught:
        prepare_task(operation, Choices(**choices))
    assert caught.value.code == "choice_unknown"
    assert caught.value.hint


def test_forms_and_multipart(read: Read, describe: Any) -> None:
    schema = {
        "type": "object",
        "required": ["photo", "name", "meta", "more"],
        "properties": {
            "photo": {"type": "string", "format": "binary"},
            "more": {"type": "array", "items": {"type": "string", "format": "binary"}},
            "name": {"type": "string"},
            "meta": {"type": "object", "required": ["a"], "properties": {"a": {"enum": [1]}}},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }
    encoding = {
        "photo": {"contentType": "image/png, image/jpeg"},
        "tags": {"style": "pipeDelimited", "explode": False},
    }
    content = {
        "multipart/form-data": {"schema": schema, "encoding": encoding},
        "application/x-www-form-urlencoded": {"schema": schema, "encoding": encoding},
    }
    operation = read(describe({"/a": {"post": {"requestBody": {"content": content}}}}))
    _, ours = parts(operation, media_type="multipart/form-data")
    assert ours["multipart"] == {
        "photo": {"file": "${workflow.input.photo}", "contentType": "image/png"},
        "name": "${workflow.input.name}",
        "meta": {"value": {"a": 1}},
        "more": [{"file": "${workflow.input.more}"}],
    }
    _, ours = parts(operation)
    assert ours["form"]["name"] == "${workflow.input.name}"
    assert ours["formEncoding"]["tags"] == {"style": "pipeDelimited", "explode": False}


@pytest.mark.parametrize(
    ("content_type", "place"),
    [("application/octet-stream", "file"), ("image/*", "file"), ("text/plain", "body"),
     ("application/xml", "body")],
)  # fmt: skip
def test_other_bodies(read: Read, describe: Any, content_type: str, place: str) -> None:
    body = {"required": True, "content": {content_type: {"schema": {"type": "string"}}}}
    operation = read(describe({"/a": {"put": {"requestBody": body}}}))
    request, ours = parts(operation)
    assert {**request, **ours}[place] == f"${{workflow.input.{place}}}"
    assert "*" not in request["contentType"]
    lost = [reason.kind for reason in prepare_task(operation).reasons]
    assert lost == (["body_not_structured"] if "xml" in content_type else [])
    assert [reason.kind for reason in operation.reasons] == lost


def test_styles_are_given_where_the_default_will_not_do(read: Read, describe: Any) -> None:
    array = {"type": "array", "items": {"type": "string"}}
    parameters = [
        {"name": "id", "in": "path", "required": True, "style": "matrix", "schema": array},
        {"name": "plain", "in": "query", "schema": array},
        {"name": "csv", "in": "query", "explode": False, "schema": array},
        {"name": "deep", "in": "query", "style": "deepObject", "schema": {"type": "object"}},
        {"name": "json", "in": "query", "content": {"application/json": {}}},
    ]
    _, ours = parts(read(describe({"/a/{id}": {"get": {"parameters": parameters}}})))
    assert ours["parameterStyles"] == {
        "path": {"id": {"style": "matrix", "explode": False}},
        "query": {
            "csv": {"explode": False},
            "deep": {"style": "deepObject", "explode": False},
            "json": {"contentType": "application/json"},
        },
    }


def test_a_server_that_is_not_public_is_used_only_when_chosen(read: Read, describe: Any) -> None:
    servers = [{"url": "http://127.0.0.1:9/v1"}]
    operation = read(describe({"/a": {"get": {}}}, servers=servers))
    assert parts(operation)[0]["uri"] == "${workflow.input.server}/v1/a"
    assert parts(operation, server=0)[0]["uri"] == "http://127.0.0.1:9/v1/a"
    chosen = parts(operation, server="https://other.example.com/")[0]["uri"]
    assert chosen == "https://other.example.com/a"


def test_a_server_variable_without_default_is_an_input(read: Read, describe: Any) -> None:
    servers = [{"url": "https://{tenant}.example.com"}]
    operation = read(describe({"/a": {"get": {}}}, servers=servers))
    assert parts(operation)[0]["uri"] == "https://${workflow.input.tenant}.example.com/a"


SCHEMES = {
    "token": {"type": "http", "scheme": "bearer"},
    "user": {"type": "http", "scheme": "basic"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "app": {"type": "apiKey", "in": "query", "name": "app_id"},
}


@pytest.mark.parametrize(
    ("security", "choice", "auth", "query"),
    [
        ([{"token": []}], None, {"type": "bearer", "token": "${workflow.secrets.PETS_TOKEN}"}, {}),
        (
            [{"token": []}, {"user": []}],
            "user",
            {
                "type": "basic",
                "username": "${workflow.secrets.PETS_USERNAME}",
                "password": "${workflow.secrets.PETS_PASSWORD}",
            },
            {},
        ),
        (
            [{"key": [], "app": []}],
            None,
            {
                "type": "apiKey",
                "name": "X-Key",
                "value": "${workflow.secrets.PETS_KEY}",
                "in": "header",
            },
            {"app_id": "${workflow.secrets.PETS_APP_ID}"},
        ),
        ([{"token": []}], "none", None, {}),
        ([{}, {"token": []}], None, None, {}),
    ],
)
def test_auth_refers_to_secrets(
    read: Read, describe: Any, security: Json, choice: Any, auth: Json, query: Json
) -> None:
    document = describe(
        {"/a": {"get": {}}}, security=security, components={"securitySchemes": SCHEMES}
    )
    _, ours = parts(read(document), auth=choice)
    assert ours.get("auth") == auth
    assert ours.get("query", {}) == query


SECRET = "${workflow.secrets.STOLEN}"


def test_no_text_of_the_description_becomes_an_expression(
    catalog: Catalog, read: Read, describe: Any
) -> None:
    trap = {
        "type": "string", "default": SECRET, "example": SECRET, "description": SECRET,
        "enum": [SECRET, "$" + SECRET], "title": SECRET, "pattern": SECRET,
    }  # fmt: skip
    schema = {"type": "object", "required": ["a", SECRET], "properties": {"a": trap, SECRET: trap}}
    media = {"schema": schema, "example": {"a": SECRET}}
    content = {f"application/json; a={SECRET}": media}
    parameters = [
        {"name": SECRET, "in": "query", "required": True, "schema": trap, "example": SECRET},
        {"name": "h", "in": "header", "required": True, "schema": trap},
    ]
    operation = {
        "summary": SECRET, "operationId": SECRET, "externalDocs": {"url": f"https://x/{SECRET}"},
        "tags": [SECRET], "parameters": parameters, "requestBody": {"content": content},
        "responses": {SECRET: {}, "200": {"description": SECRET, "content": content}},
        "security": [{SECRET: []}],
    }  # fmt: skip
    document = describe(
        {f"/a/{SECRET}/b": {"post": operation}},
        servers=[{"url": f"https://{SECRET}.example.com"}, {"url": "https://x.example.com"}],
        info={"title": SECRET, "version": SECRET},
        components={"securitySchemes": {SECRET: {"type": "apiKey", "in": "query", "name": SECRET}}},
    )
    found = read(document)
    prepare_and_check = parts(found)
    assert SECRET not in json.dumps(_values(prepare_and_check))
    assert "expression_dropped" in {reason.kind for reason in found.reasons}


def _values(value: Json) -> list[str]:
    """Return every string that is a value; keys are never expressions."""
    if isinstance(value, dict):
        return [text for child in value.values() for text in _values(child)]
    if isinstance(value, (list, tuple)):
        return [text for child in value for text in _values(child)]
    return [value] if isinstance(value, str) else []

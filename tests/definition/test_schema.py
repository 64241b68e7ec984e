"""Generated schemas: no drift, valid examples, marks, plugins' kinds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from pydantic import Field

from httptask.definition.auth_options import AuthOptions
from httptask.definition.field_types import Expr, Secret
from httptask.definition.options import build_options_model
from httptask.definition.schema import NAMES, build_schema, write_schemas

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
EXAMPLES = sorted((SCHEMAS / "examples").glob("*.json"))


def committed(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return document


def objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for item in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(item, (dict, list)):
            yield from objects(item)


def test_no_drift(tmp_path: Path) -> None:
    for path in write_schemas(tmp_path):
        committed_text = (SCHEMAS / path.name).read_text()
        assert path.read_text() == committed_text, f"write_schemas({str(SCHEMAS)!r}) is due"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_closed_titled_2020_12_document(name: str) -> None:
    schema = committed(name)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://httptask.dev/schemas/{name}.json"
    for title, definition in schema["$defs"].items():
        assert definition["title"], title
        assert definition["description"], title
        if "properties" in definition and title != "OutputValue":
            assert definition["additionalProperties"] is False, title


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    Draft202012Validator(committed(path.name.split(".")[0])).validate(json.loads(path.read_text()))


def test_every_schema_has_an_example() -> None:
    assert {path.name.split(".")[0] for path in EXAMPLES} == set(NAMES)


@pytest.mark.parametrize("name", ["task", "httptask-options", "event", "file", "output"])
def test_fields_are_described_and_their_examples_valid(name: str) -> None:
    schema = committed(name)
    conductor = {"WorkflowTask", "TaskDef", "SchemaDef", "WorkflowDef", "RateLimitConfig"}
    conductor |= {"SubWorkflowParams", "CacheConfig", "StateChangeEvent", "FlatInputs"}
    conductor |= {"EmbeddedTaskDef"}
    checked = 0
    for title in schema["$defs"].keys() - conductor - {"WrappedInputs"}:
        for field, about in schema["$defs"][title].get("properties", {}).items():
            if about == {"type": "null"} or about.get("anyOf", [{}])[0].get("$ref"):
                continue
            assert about.get("description"), f"{title}.{field}"
            constant = "const" in about or "x-ignored" in about
            assert constant or about.get("examples") or field == "response", f"{title}.{field}"
            for example in about.get("examples", ()):
                within = {"$defs": schema["$defs"], **about}
                Draft202012Validator(within).validate(example)
                checked += 1
    assert checked


def test_marks() -> None:
    definitions = committed("httptask-options")["$defs"]
    secrets = {
        f"{title}.{field}"
        for title, definition in definitions.items()
        for field, about in definition.get("properties", {}).items()
        if about.get("x-secret")
    }
    assert secrets == {
        "BasicAuthOptions.password",
        "BearerAuthOptions.token",
        "ApiKeyAuthOptions.value",
        "HttpTaskOptions.proxy",
        *(f"OAuth2Options.{name}" for name in ("clientSecret", "key", "refreshToken", "assertion")),
        *(f"OAuth2Options.{name}" for name in ("subjectToken", "actorToken")),
        "DigestAuthOptions.password",
        "JwtAuthOptions.key",
        "HmacAuthOptions.key",
        *(f"AwsSigV4Options.{name}" for name in ("secretKey", "sessionToken")),
        *(f"TlsOptions.client{name}" for name in ("CertificatePem", "KeyPem", "KeyPassword")),
    }
    assert definitions["BearerAuthOptions"]["properties"]["token"]["x-expression"] is True
    assert "x-expression" not in definitions["HttpTaskOptions"]["properties"]["auth"]
    request = committed("task")["$defs"]["HttpRequestSpec"]["properties"]
    assert request["uri"]["x-expression"] is True
    assert "uri" in request["service"]["x-ignored"]


class TokenAuthOptions(AuthOptions):
    """A kind that a plugin contributes."""

    type: Literal["exampleToken"] = Field(description="Example.")
    token: Secret[Expr[str]] = Field(description="Token.")


def test_a_plugins_kind_is_in_models_and_schema() -> None:
    model = build_options_model([TokenAuthOptions])
    assert build_options_model([TokenAuthOptions]) is model
    options = {"auth": {"type": "exampleToken", "token": "t"}}
    assert isinstance(model.model_validate(options).auth, TokenAuthOptions)
    assert Draft202012Validator(build_schema("httptask-options", model)).is_valid(options)
    assert not Draft202012Validator(committed("httptask-options")).is_valid(options)
    task = build_schema("task", model)
    assert "TokenAuthOptions" in task["$defs"]


def test_unknown_name() -> None:
    with pytest.raises(KeyError):
        build_schema("nothing")

"""The models as JSON Schemas (draft 2020-12): one closed, self-contained document each.

Marks: ``x-expression`` (takes ``${...}``), ``x-secret`` (never shown), ``x-ignored`` (accepted,
no effect, and why).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from httptask.definition.authoring import IGNORED_INPUTS, TerminateInputs
from httptask.definition.field_types import EXPRESSION_PATTERN, NOTHING
from httptask.definition.fixtures import FixtureFile
from httptask.definition.http_task import HttpRequestSpec
from httptask.definition.options import OTHER_BODIES, HttpTaskOptions
from httptask.definition.results import EventValue, FileValue, OutputValue
from httptask.definition.rules import present
from httptask.definition.structure import FIELDS_BY_TYPE
from httptask.definition.trace_values import ErrorValue, TraceValue
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.definition.workflow_tests import WorkflowTests
from httptask.definition.written import OPTIONS, WRAPPER

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
BASE: Final = "https://httptask.dev/schemas/"
NAMES: Final = (
    "task",
    "workflow",
    "taskdef",
    "httptask-options",
    "event",
    "file",
    "output",
    "trace",
    "error",
    "fixtures",
    "workflow-tests",
)

Schema = dict[str, Any]


def build_schema(name: str, options_model: type[HttpTaskOptions] = HttpTaskOptions) -> Schema:
    """Return one JSON Schema.

    Args:
        name: one of ``NAMES``.
        options_model: model of ``httptask``, with the plugins' kinds of authentication.

    Raises:
        KeyError: there is no schema of this name.
    """
    match name:
        case "task":
            http = {"required": ["type"], "properties": {"type": {"const": "HTTP"}}}
            return _document(name, _definitions(options_model), WorkflowTask, http)
        case "workflow":
            return _document(name, _definitions(options_model), WorkflowDef)
    models: dict[str, type[BaseModel]] = {
        "taskdef": TaskDef,
        "httptask-options": options_model,
        "event": EventValue,
        "file": FileValue,
        "output": OutputValue,
        "trace": TraceValue,
        "error": ErrorValue,
        "fixtures": FixtureFile,
        "workflow-tests": WorkflowTests,
    }
    return _document(name, _models(models[name]), models[name])


def write_schemas(directory: Path) -> list[Path]:
    """Write every schema, without plugins, as ``NAME.json``; return the paths."""
    written = []
    for name in NAMES:
        path = directory / f"{name}.json"
        text = json.dumps(build_schema(name), indent=2, ensure_ascii=False)
        path.write_text(f"{text}\n", encoding="utf-8")
        written.append(path)
    return written


def model_schema(model: type[BaseModel]) -> Schema:
    """Return the schema of one model, with the definitions that it refers to."""
    return {**_ref(model.__name__), "$defs": _models(model)}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with constraints on keys in the form that keeps objects closed."""

    def encode_default(self, dft: Any) -> Any:
        return {} if dft is NOTHING else super().encode_default(dft)

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        for pattern, values in made.pop("patternProperties", {}).items():
            made["propertyNames"] = {"pattern": pattern}
            made["additionalProperties"] = values
        return made

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        made = super().tagged_union_schema(schema)
        made.pop("discriminator", None)
        return made


def _models(*models: type[BaseModel]) -> Schema:
    """Return the definitions of these models and of all they refer to."""
    pairs = [(model, "validation") for model in models]
    _, document = models_json_schema(pairs, schema_generator=_Generator)  # type: ignore[arg-type]
    definitions: Schema = document["$defs"]
    for definition in definitions.values():
        definition["description"] = definition.get("description", "").replace("``", "`")
    return definitions


def _document(
    name: str, definitions: Schema, root: type[BaseModel], more: Mapping[str, Any] | None = None
) -> Schema:
    about = {key: definitions[root.__name__][key] for key in ("title", "description")}
    head = {"$schema": DIALECT, "$id": f"{BASE}{name}.json", **about}
    return {**head, "$ref": _ref(root.__name__)["$ref"], **(more or {}), "$defs": definitions}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _definitions(options_model: type[HttpTaskOptions]) -> Schema:
    """Return the definitions around a workflow, the rules of each task type included."""
    definitions = _models(WorkflowDef, HttpRequestSpec, options_model, TerminateInputs)
    request = definitions[HttpRequestSpec.__name__]["properties"]
    definitions["FlatInputs"] = _flat_inputs(request, options_model)
    definitions["WrappedInputs"] = _wrapped_inputs(request, options_model)
    definitions["HttpInputs"] = {
        "title": "HTTP task inputs",
        "description": "The request in http_request, or flat.",
        "if": present(WRAPPER),
        "then": _ref("WrappedInputs"),
        "else": _ref("FlatInputs"),
    }
    definitions[WorkflowTask.__name__]["allOf"] = list(_type_rules())
    return definitions


def _options_field(options_model: type[HttpTaskOptions]) -> Schema:
    return {"anyOf": [_ref(options_model.__name__), {"type": "null"}]}


def _ignored_inputs() -> Schema:
    return {
        name: {"description": effect, "x-ignored": effect}
        for name, effect in IGNORED_INPUTS.items()
    }


def _flat_inputs(request: Schema, options_model: type[HttpTaskOptions]) -> Schema:
    other = {"type": "object", "anyOf": [present(name) for name in OTHER_BODIES]}
    both = {"required": ["body", OPTIONS], "properties": {"body": _NOT_NULL, OPTIONS: other}}
    return {
        "title": "Flat inputs",
        "description": "The request's fields directly (Orkes' form).",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            **_ignored_inputs(),
            **request,
            WRAPPER: {"type": "null"},
            OPTIONS: _options_field(options_model),
        },
        "not": both,
    }


def _wrapped_inputs(request: Schema, options_model: type[HttpTaskOptions]) -> Schema:
    effect = f"{WRAPPER} beside it holds the request"
    beside = {name: {"description": effect, "x-ignored": effect} for name in request}
    expression = {"type": "string", "pattern": EXPRESSION_PATTERN}
    other = {"type": "object", "anyOf": [present(name) for name in OTHER_BODIES]}
    body = {"type": "object", **present("body")}
    return {
        "title": "Wrapped inputs",
        "description": "The request's fields in http_request.",
        "type": "object",
        "additionalProperties": False,
        "required": [WRAPPER],
        "properties": {
            **beside,
            **_ignored_inputs(),
            WRAPPER: {"anyOf": [_ref(HttpRequestSpec.__name__), expression], "x-expression": True},
            OPTIONS: _options_field(options_model),
        },
        "not": {"required": [WRAPPER, OPTIONS], "properties": {WRAPPER: body, OPTIONS: other}},
    }


_NOT_NULL: Final = {"not": {"type": "null"}}


def _type_rules() -> list[Schema]:
    """Return what a task needs because of its type, as conditions on the task."""
    rules = [_when(kind, present(*fields)) for kind, fields in FIELDS_BY_TYPE.items()]
    branches = {"minItems": 1, "items": {"minItems": 1}}
    rules.append(_when("FORK_JOIN", {"properties": {"forkTasks": branches}}))
    rules.append(_when("DO_WHILE", {"properties": {"loopOver": {"minItems": 1}}}))
    listed = _inputs({"type": "object", **present("items")})
    rules.append(_when("DO_WHILE", {"anyOf": [present("loopCondition"), listed]}))
    rules.append(_when("TERMINATE", _inputs(_ref(TerminateInputs.__name__))))
    http = {"anyOf": [_ref("HttpInputs"), {"type": "null"}]}
    rules.append(_when("HTTP", {"properties": {"inputParameters": http}}))
    return [*rules, _complete_request()]


def _complete_request() -> Schema:
    """Return the rule that an HTTP task has a uri and a method, unless a template may give them."""
    template = {"inputTemplate": {"type": "object", "minProperties": 1}}
    embedded = {"type": "object", "required": ["inputTemplate"], "properties": template}
    templated = {"required": ["taskDefinition"], "properties": {"taskDefinition": embedded}}
    complete = {"anyOf": [present(WRAPPER), present("uri", "method")]}
    return {
        "if": {**_is("HTTP"), "not": templated},
        "then": _inputs({"type": "object", **complete}),
    }


def _inputs(schema: Schema) -> Schema:
    """Return the schema of a task that has inputs of this kind."""
    return {"required": ["inputParameters"], "properties": {"inputParameters": schema}}


def _when(kind: str, then: Schema) -> Schema:
    return {"if": _is(kind), "then": then}


def _is(kind: str) -> Schema:
    return {"required": ["type"], "properties": {"type": {"const": kind}}}

"""The OpenAPI document of the editor's REST API; its schemas also check what callers send."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_OBJECT: Json = {"type": "object"}
_TEXT: Json = {"type": "string", "maxLength": 2000}


def _closed(required: list[str], **properties: Json) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message", "hint", "pointer"],
            "properties": {
                name: {"type": "string"} for name in ("code", "message", "hint", "pointer")
            },
        }
    },
}
_TASK: Json = {
    "type": "object",
    "description": "An HTTP task as it stands in a workflow definition.",
}
_WORKFLOW: Json = {
    "type": ["object", "null"],
    "description": "The workflow definition that holds the task, or null.",
}
_DRAFT: Json = {
    "task": _TASK,
    "workflow": _WORKFLOW,
    "place": {
        "type": "string",
        "maxLength": 2000,
        "description": "JSON Pointer of the task in the workflow, which is found by its "
        "reference without it.",
    },
    "samples": {
        "type": "object",
        "description": "Ids of tests whose outputs count, by task reference name.",
        "additionalProperties": {"type": "string", "maxLength": 64},
    },
}
_FINDING = {
    "type": "object",
    "required": ["code", "severity", "message", "pointer", "hint"],
    "properties": {
        "code": {"type": "string"},
        "severity": {"enum": ["error", "warning"]},
        "message": {"type": "string"},
        "pointer": {
            "type": "string",
            "description": "JSON Pointer into the workflow, or the task on its own.",
        },
        "hint": {"type": "string"},
        "fix": {
            "type": "object",
            "description": "The change at the pointer that is surely right.",
            "required": ["change", "new"],
            "properties": {
                "change": {"enum": ["set", "rename", "replace"]},
                "new": {"description": "The value, the key, or what replaces old in the text."},
                "old": {"type": "string"},
            },
        },
    },
}
_REFERENCE = {
    "type": "object",
    "required": ["text", "pointer", "root", "available"],
    "properties": {
        "text": {"type": "string", "description": "The expression without ${ and }."},
        "pointer": {"type": "string"},
        "root": {"type": "string"},
        "available": {
            "type": "boolean",
            "description": "False when a test has to be given a value.",
        },
    },
}
_COMPLETION = {
    "type": "object",
    "required": ["label", "text", "detail", "value", "more"],
    "properties": {
        "label": {"type": "string"},
        "text": {"type": "string", "description": "The text between ${ and } when it is taken."},
        "detail": {"type": "string"},
        "value": {"type": "string", "description": "The last test's value, shortened."},
        "more": {"type": "boolean", "description": "True when there is something below."},
    },
}
_FORMS: Json = {
    "type": "object",
    "additionalProperties": {
        "type": "object",
        "required": ["title", "schema"],
        "properties": {"title": {"type": "string"}, "schema": _OBJECT},
    },
}
_SESSION = {
    "type": "object",
    "required": ["version", "secrets", "allowedHosts", "workflowFile"],
    "properties": {
        "version": {"type": "string"},
        "secrets": _list({"type": "string"}),
        "allowedHosts": _list({"type": "string"}),
        "plugins": {
            "type": "object",
            "description": "Kinds of authentication and options that plugins add, by name: title "
            "and JSON Schema.",
            "properties": dict.fromkeys(("auth", "options"), _FORMS),
        },
        "workflowFile": {"type": "string", "description": "Name of the opened file, or empty."},
    },
}

SCHEMAS: dict[str, Json] = {
    "Error": _ERROR,
    "Finding": _FINDING,
    "Reference": _REFERENCE,
    "Completion": _COMPLETION,
    "Session": _SESSION,
    "PrepareOrder": _closed(["operation"], operation={**_TEXT, "minLength": 1}, choices=_OBJECT),
    "Draft": _closed(["task"], **_DRAFT),
    "RenameOrder": _closed(
        ["workflow", "reference", "name"], workflow=_OBJECT, reference=_TEXT, name=_TEXT
    ),
    "CompleteOrder": _closed(["task", "text"], **_DRAFT, text=_TEXT),
    "TestOrder": _closed(
        ["task"],
        **_DRAFT,
        inputs={
            "type": "object",
            "description": "Values for expressions, by their text without ${ and }.",
        },
        level={"enum": ["info", "debug", "trace"], "default": "debug"},
    ),
    "KeptTest": _closed(
        ["id", "workflow", "reference", "startedAt"],
        **{name: {"type": "string"} for name in ("id", "workflow", "reference")},
        startedAt={"type": "integer", "description": "Milliseconds since 1970."},
    ),
    "SaveOrder": _closed(["workflow"], workflow=_OBJECT),
    "Workflow": _closed(["workflow", "etag"], workflow=_OBJECT, etag={"type": "string"}),
    "Checked": _closed(
        ["findings", "references"],
        findings=_list({"$ref": "#/components/schemas/Finding"}),
        references=_list({"$ref": "#/components/schemas/Reference"}),
    ),
}

_ALWAYS = {
    "401": "The token is missing or wrong.",
    "403": "A page of another origin made the call.",
    "421": "The Host header names another server.",
}
_WITH_BODY = {
    "413": "The body is too large.",
    "415": "The body is not JSON.",
    "422": "The body does not fit its schema.",
}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _content(schema: Json, kind: str = "application/json") -> Json:
    return {"content": {kind: {"schema": schema}}}


def _operation(
    operation_id: str,
    summary: str,
    response: Json,
    *,
    body: str = "",
    parameters: list[Json] | None = None,
    errors: dict[str, str] | None = None,
    status: str = "200",
) -> Json:
    failures = _ALWAYS | (_WITH_BODY if body else {}) | (errors or {})
    found: Json = {
        "operationId": operation_id,
        "summary": summary,
        "responses": {status: {"description": "Done.", **response}}
        | {
            code: {"description": text, **_content(_ref("Error"))}
            for code, text in failures.items()
        },
    }
    if body:
        found["requestBody"] = {"required": True, **_content(_ref(body))}
    if parameters:
        found["parameters"] = parameters
    return found


def _query(name: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": schema}


_ID = _query("id", {**_TEXT, "minLength": 1}, required=True)
_SEARCH = [
    _query("query", _TEXT),
    _query("api", _TEXT),
    _query("method", _TEXT),
    _query("limit", {"type": "integer", "minimum": 1, "maximum": 100}),
]
_TEST_ID = {
    "name": "testId",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_SHA = {
    "name": "sha256",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The etag that the workflow was read with, quoted; empty quotes for a new file.",
    "schema": {"type": "string", "pattern": '^"[0-9a-f]*"$'},
}
_NOT_FOUND = {"404": "Not found."}
_UNKNOWN = {
    "404": "There is no such operation.",
    "422": "A choice that the operation does not offer.",
}


def document(version: str) -> Json:
    """Return the OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "httptask editor", "version": version},
        "security": [{"token": []}],
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "paths": _merged(_reading(), _working()),
    }


def _merged(*groups: Json) -> Json:
    """Return paths with the methods that several groups have for them."""
    paths = dict.fromkeys(path for group in groups for path in group)
    return {
        path: {k: v for each in groups for k, v in each.get(path, {}).items()} for path in paths
    }


def _reading() -> Json:
    hits, checked = _list(_OBJECT), {"422": "A parameter does not fit its schema."}
    file_kind = _content({"type": "string"}, "application/octet-stream")
    return {
        "/api/session": {
            "get": _operation("session", "What the page starts with", _content(_ref("Session")))
        },
        "/api/openapi.json": {"get": _operation("openapi", "This document", _content(_OBJECT))},
        "/api/operations": {
            "get": _operation(
                "search",
                "Search the catalogue",
                _content(hits),
                parameters=_SEARCH,
                errors=checked | {"404": "There is no API of that name."},
            )
        },
        "/api/operation": {
            "get": _operation(
                "operation",
                "Documentation of an operation",
                _content(_OBJECT),
                parameters=[_ID],
                errors=_NOT_FOUND | checked,
            )
        },
        "/api/files/{sha256}": {
            "get": _operation(
                "file", "A file that a test stored", file_kind, parameters=[_SHA], errors=_NOT_FOUND
            )
        },
        "/api/tests": {
            "get": _operation(
                "tests",
                "Tests that are kept, newest first",
                _content(_list(_ref("KeptTest"))),
                parameters=[_query("workflow", _TEXT)],
                errors=checked,
            )
        },
        "/api/tests/{testId}": {
            "get": _operation(
                "keptTest",
                "The trace of a kept test",
                _content(_OBJECT),
                parameters=[_TEST_ID],
                errors=_NOT_FOUND,
            )
        },
        "/api/workflow": {
            "get": _operation(
                "loadWorkflow",
                "Read the opened file",
                _content(_ref("Workflow")),
                errors=_NOT_FOUND | {"422": "The file is not a workflow definition."},
            ),
            "put": _operation(
                "saveWorkflow",
                "Write the opened file",
                _content(_closed(["etag"], etag=_TEXT)),
                body="SaveOrder",
                parameters=[_IF_MATCH],
                errors=_NOT_FOUND | {"412": "The file changed meanwhile."},
            ),
        },
    }


def _working() -> Json:
    lines = _content({"type": "string"}, "application/x-ndjson")
    return {
        "/api/prepare": {
            "post": _operation(
                "prepare",
                "Prepare a task for an operation",
                _content(_TASK),
                body="PrepareOrder",
                errors=_UNKNOWN,
            )
        },
        "/api/check": {
            "post": _operation(
                "check", "Check a task where it stands", _content(_ref("Checked")), body="Draft"
            )
        },
        "/api/rename": {
            "post": _operation(
                "rename",
                "Give a task another reference, wherever it is referred to",
                _content(_OBJECT),
                body="RenameOrder",
            )
        },
        "/api/complete": {
            "post": _operation(
                "complete",
                "Continue an expression",
                _content(_list(_ref("Completion"))),
                body="CompleteOrder",
            )
        },
        "/api/tests": {
            "post": _operation(
                "test",
                "Test the request; events as lines of JSON",
                lines,
                body="TestOrder",
                errors={"429": "Too many tests wait."},
            )
        },
        "/api/tests/{testId}": {
            "delete": _operation(
                "cancelTest",
                "Cancel a test",
                {},
                parameters=[_TEST_ID],
                errors=_NOT_FOUND,
                status="204",
            )
        },
    }

"""The OpenAPI document of the editor's REST API."""

from __future__ import annotations

from httptask.editor.openapi_schemas import OBJECT, SCHEMAS, TASK, TEXT, Json, closed, list_of

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


_ID = _query("id", {**TEXT, "minLength": 1}, required=True)
_SEARCH = [
    _query("query", TEXT),
    _query("api", TEXT),
    _query("method", TEXT),
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
    hits, checked = list_of(OBJECT), {"422": "A parameter does not fit its schema."}
    file_kind = _content({"type": "string"}, "application/octet-stream")
    return {
        "/api/session": {
            "get": _operation("session", "What the page starts with", _content(_ref("Session")))
        },
        "/api/openapi.json": {"get": _operation("openapi", "This document", _content(OBJECT))},
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
                _content(OBJECT),
                parameters=[_ID],
                errors=_NOT_FOUND | checked,
            )
        },
        "/api/files/{sha256}": {
            "get": _operation(
                "file",
                "A file that was uploaded or that a test stored",
                file_kind,
                parameters=[_SHA],
                errors=_NOT_FOUND,
            )
        },
        "/api/inputs": {
            "get": _operation(
                "inputs",
                "What tests of a workflow were given, by expression",
                _content(OBJECT),
                parameters=[_query("workflow", TEXT)],
                errors=checked,
            )
        },
        "/api/tests": {
            "get": _operation(
                "tests",
                "Tests that are kept, newest first",
                _content(list_of(_ref("KeptTest"))),
                parameters=[_query("workflow", TEXT)],
                errors=checked,
            )
        },
        "/api/tests/{testId}": {
            "get": _operation(
                "keptTest",
                "The trace of a kept test",
                _content(OBJECT),
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
                _content(closed(["etag"], etag=TEXT)),
                body="SaveOrder",
                parameters=[_IF_MATCH],
                errors=_NOT_FOUND | {"412": "The file changed meanwhile."},
            ),
        },
    }


def _working() -> Json:
    lines = _content({"type": "string"}, "application/x-ndjson")
    return {
        "/api/files": {
            "post": {
                **_operation(
                    "upload",
                    "Store a file; the response is its reference",
                    _content(OBJECT),
                    errors={"413": "The file is too large."},
                    status="201",
                ),
                "requestBody": {"required": False, "content": {"*/*": {"schema": {}}}},
            }
        },
        "/api/prepare": {
            "post": _operation(
                "prepare",
                "Prepare a task for an operation",
                _content(TASK),
                body="PrepareOrder",
                errors=_UNKNOWN,
            )
        },
        "/api/check": {
            "post": _operation(
                "check", "Check a task where it stands", _content(_ref("Checked")), body="Draft"
            )
        },
        "/api/import": {
            "post": _operation(
                "import",
                "HTTP tasks of a curl command, HAR, collection or request",
                _content(
                    closed(
                        ["tasks", "inputs", "reasons"],
                        tasks=list_of(TASK),
                        inputs=OBJECT,
                        reasons=list_of({"type": "string"}),
                    )
                ),
                body="ImportOrder",
            )
        },
        "/api/secrets": {
            "post": _operation(
                "setSecret",
                "Keep a secret in memory until the server stops; an empty value forgets it",
                {},
                body="SecretOrder",
                status="204",
            )
        },
        "/api/inputs": {
            "put": _operation(
                "keepInputs",
                "Keep what tests were given, without what may be a secret",
                {},
                body="InputsOrder",
                status="204",
            )
        },
        "/api/rename": {
            "post": _operation(
                "rename",
                "Give a task another reference, wherever it is referred to",
                _content(closed(["workflow", "left"], workflow=OBJECT, left=list_of(TEXT))),
                body="RenameOrder",
            )
        },
        "/api/complete": {
            "post": _operation(
                "complete",
                "Continue an expression",
                _content(list_of(_ref("Completion"))),
                body="CompleteOrder",
            )
        },
        "/api/values": {
            "post": _operation(
                "values",
                "What the task may read, by words",
                _content(list_of(_ref("Value"))),
                body="ValuesOrder",
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
        "/api/sign-ins": {
            "post": _operation(
                "signIn",
                "Sign in for the credentials of a task; events as lines of JSON",
                lines,
                body="SignInDraft",
                errors={"429": "Too many sign-ins wait."},
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

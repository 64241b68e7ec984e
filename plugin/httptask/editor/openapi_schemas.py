"""JSON Schemas of what the editor's REST API takes and gives; they also check what callers send."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

OBJECT: Json = {"type": "object"}
TEXT: Json = {"type": "string", "maxLength": 2000}


def closed(required: list[str], **properties: Json) -> Json:
    """Return the schema of an object with these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def list_of(items: Json) -> Json:
    """Return the schema of a list."""
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
TASK: Json = {
    "type": "object",
    "description": "An HTTP task as it stands in a workflow definition.",
}
_WORKFLOW: Json = {
    "type": ["object", "null"],
    "description": "The workflow definition that holds the task, or null.",
}
_DRAFT: Json = {
    "task": TASK,
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
    "inputs": {
        "type": "object",
        "description": "Values for expressions, by their text without ${ and }.",
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
    "required": ["text", "pointer", "root", "available", "secret", "type", "value"],
    "properties": {
        "text": {"type": "string", "description": "The expression without ${ and }."},
        "pointer": {"type": "string"},
        "root": {"type": "string"},
        "available": {
            "type": "boolean",
            "description": "False when a test has to be given a value, or a secret is not set.",
        },
        "secret": {"type": "boolean", "description": "Its name says that it may be a secret."},
        "type": {"type": "string", "description": "Type by schema or last value, or empty."},
        "value": {"type": "string", "description": "The last test's value, shortened, or empty."},
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
        "properties": {"title": {"type": "string"}, "schema": OBJECT},
    },
}
_SESSION = {
    "type": "object",
    "required": ["version", "secrets", "allowedHosts", "workflowFile"],
    "properties": {
        "version": {"type": "string"},
        "secrets": list_of({"type": "string"}),
        "allowedHosts": list_of({"type": "string"}),
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
    "PrepareOrder": closed(["operation"], operation={**TEXT, "minLength": 1}, choices=OBJECT),
    "Draft": closed(["task"], **_DRAFT),
    "SignInDraft": closed(["task"], **_DRAFT),
    "ImportOrder": closed(["text"], text={"type": "string", "minLength": 1}),
    "SecretOrder": closed(
        ["name", "value"],
        name={"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}$"},
        value={"type": "string", "maxLength": 100_000},
    ),
    "InputsOrder": closed(
        ["workflow", "inputs"],
        workflow=TEXT,
        inputs={"type": "object", "additionalProperties": {"type": "string"}},
    ),
    "RenameOrder": closed(
        ["workflow", "reference", "name"], workflow=OBJECT, reference=TEXT, name=TEXT
    ),
    "CompleteOrder": closed(["task", "text"], **_DRAFT, text=TEXT),
    "ValuesOrder": closed(["task", "words"], **_DRAFT, words=TEXT),
    "Value": closed(
        ["step", "label", "text", "detail", "value"],
        step={"type": "string", "description": "Task reference name, or workflow."},
        label={"type": "string", "description": "The path below the step."},
        text={"type": "string", "description": "The expression, without ${ and }."},
        detail={"type": "string", "description": "The type."},
        value={"type": "string", "description": "The last value, shortened."},
    ),
    "TestOrder": closed(
        ["task"],
        **_DRAFT,
        fixture={
            **OBJECT,
            "description": "What responds instead of the network, as for httptask test --mock.",
        },
        fromHere={
            "type": "boolean",
            "description": "Execute the steps before that compute what the task reads; each is told"
            " as an event of type step, and kept as a test.",
        },
        level={"enum": ["info", "debug", "trace"], "default": "debug"},
    ),
    "KeptTest": closed(
        ["id", "workflow", "reference", "startedAt", "status"],
        **{name: {"type": "string"} for name in ("id", "workflow", "reference", "status")},
        startedAt={"type": "integer", "description": "Milliseconds since 1970."},
    ),
    "SaveOrder": closed(["workflow"], workflow=OBJECT),
    "Workflow": closed(["workflow", "etag"], workflow=OBJECT, etag={"type": "string"}),
    "Checked": closed(
        ["findings", "references", "signIn", "before"],
        findings=list_of({"$ref": "#/components/schemas/Finding"}),
        references=list_of({"$ref": "#/components/schemas/Reference"}),
        signIn={
            **closed(["name", "grant", "missing"], name=TEXT, grant=TEXT, missing=list_of(TEXT)),
            "type": ["object", "null"],
            "description": "What somebody has to sign in to before a test, and the expressions "
            "that this lacks values for.",
        },
        before=list_of(
            closed(
                ["reference", "computed", "missing"],
                reference={"type": "string"},
                computed={"type": "boolean", "description": "It runs without being sent."},
                missing=list_of({"type": "string"}),
            )
        ),
    ),
}

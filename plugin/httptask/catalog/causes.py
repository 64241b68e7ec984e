"""What each kind of reason means: why an operation is degraded or rejected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CAUSES: Final[Mapping[str, str]] = {
    "body_and_form": "the body wins over form fields that stand beside it (OpenAPI 2.0)",
    "body_not_structured": "the body is given as one text: XML, or JSON that is one string",
    "body_without_content": "the body has no media type and is left out",
    "encoding_invalid": "the encoding of a form field is not an object and is left out",
    "expression_dropped": "a name, default or example contains `${` and is left out",
    "keyword_invalid": "a schema keyword has a value it cannot have and is left out",
    "media_invalid": "a media type is malformed, or is not described",
    "method_unsupported": "rejected: no HTTP task can use the method",
    "operation_invalid": "rejected: the operation is not an object",
    "operation_repeated": "rejected: another operation has the same method and path",
    "parameter_invalid": "a parameter is not an object or has no location, and is left out",
    "parameter_not_structured": "a structured header or cookie is given as one text",
    "path_alias": "a path repeats another one and is not read again",
    "path_invalid": "rejected: the path or the method has characters that cannot be sent",
    "path_parameter_undeclared": "a placeholder of the path is not declared; it is taken as text",
    "path_parameter_unused": "the path lacks a declared path parameter, which is left out",
    "ref_cycle": "a `$ref` leads to itself; any value passes in its place",
    "ref_external": "a `$ref` leads outside what was added; any value passes in its place",
    "ref_remote": "a `$ref` of a local file to a URL is not followed; see `--remote-refs`",
    "ref_unresolved": "a `$ref` points at nothing; any value passes in its place",
    "response_invalid": "a response is not an object and is left out",
    "schema_ambiguous": "a value can fit two branches of `oneOf`, which is read as `anyOf`",
    "schema_contradictory": "no value can satisfy a schema; the contradicting part is left out",
    "schema_invalid": "a schema is not an object; any value passes",
    "schema_pruned": "a schema is larger than a task may carry; its deepest parts are left out",
    "schema_too_deep": "a schema is nested too deeply; any value passes below",
    "security_invalid": "a security requirement or scheme is incomplete and is left out",
    "security_unknown": "a security requirement names a scheme that is not described",
    "security_unsupported": "a scheme that must be set up by hand in the task",
    "server_document": "a server is a picture or a document: choose one with `--server`",
    "server_missing": "no server is described: choose one with `--server`, or when running",
    "server_relative": "a server has no host: choose one with `--server`, or when running",
    "server_variable": "a variable of the server has no default: it becomes an input",
    "style_unknown": "a parameter's style does not fit its location; the default style is used",
    "type_unknown": "a schema's type is unknown; any value passes",
}
"""Kinds of reasons. Another kind is the code of the error that kept a referenced document away."""

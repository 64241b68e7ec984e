"""Google's API Discovery format to OpenAPI 3.1."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from httptask.catalog.documents.resources import escape
from httptask.catalog.importers import Converted
from httptask.catalog.openapi.description import METHODS
from httptask.catalog.values import Reason

Json = Any

_KIND = "discovery#restDescription"
_VARIABLE = re.compile(r"\{([^{}]+)\}")
_KEPT = (
    "type", "format", "description", "enum", "default", "pattern", "minimum", "maximum", "readOnly",
    "deprecated",
)  # fmt: skip
_AUTHORIZATION = "https://accounts.google.com/o/oauth2/v2/auth"
_TOKEN = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address


class DiscoveryImporter:
    """Discovery documents; a media upload becomes an operation beside its method's own.

    What the reader notes later points into the OpenAPI document, only rejections into this one.
    """

    name = "discovery"

    def claims(self, document: Json) -> bool:
        """Tell whether it is a description, not a list of them."""
        return isinstance(document, Mapping) and document.get("kind") == _KIND

    def convert(self, document: Json) -> Converted:
        """Return the description; methods without a place of their own are rejected."""
        return _Conversion(document).result()


class _Conversion:
    """One document; what is of another type than it must be is left to the reader to note."""

    def __init__(self, document: Mapping[str, Json]) -> None:
        self.document = document
        self.root = _text(document, "rootUrl").rstrip("/")
        self.shared = {
            name: _parameter(name, each) for name, each in _members(document, "parameters")
        }
        self.paths: dict[str, dict[str, Json]] = {}
        self.rejected: list[Reason] = []

    def result(self) -> Converted:
        self._resource(self.document, "", ())
        document = self.document
        base = _text(document, "servicePath").strip("/")
        description = {
            "openapi": "3.1.0",
            "info": {
                "title": _text(document, "title") or _text(document, "name"),
                "version": _text(document, "version"),
                "description": _text(document, "description"),
                "x-providerName": _text(document, "ownerName"),
                "x-serviceName": _text(document, "name"),
            },
            "servers": [{"url": f"{self.root}/{base}"}] if self.root else [],
            "externalDocs": {"url": _text(document, "documentationLink")},
            "paths": self.paths,
            "components": {
                "parameters": self.shared,
                "schemas": {name: _schema(each) for name, each in _members(document, "schemas")},
                "securitySchemes": self._schemes(),
            },
        }
        return Converted(description, tuple(self.rejected))

    def _schemes(self) -> dict[str, Json]:
        scopes = {
            scope: _text(each, "description")
            for _, auth in _members(self.document, "auth")
            for scope, each in _members(auth, "scopes")
        }
        flow = {"authorizationUrl": _AUTHORIZATION, "tokenUrl": _TOKEN, "scopes": scopes}
        return {"oauth2": {"type": "oauth2", "flows": {"authorizationCode": flow}}}

    def _resource(self, holder: Json, pointer: str, names: tuple[str, ...]) -> None:
        for name, method in _members(holder, "methods"):
            self._method(method, f"{pointer}/methods/{escape(name)}", names)
        for name, resource in _members(holder, "resources"):
            self._resource(resource, f"{pointer}/resources/{escape(name)}", (*names, name))

    def _method(self, method: Json, pointer: str, names: tuple[str, ...]) -> None:
        template = _text(method, "flatPath") or _text(method, "path")
        operation = self._operation(method, names)
        if body := _member(method, "request"):
            operation["requestBody"] = _json(_schema(body)) | {"required": True}
        self._put(template, method, operation, pointer)
        protocols = _member(_member(method, "mediaUpload"), "protocols")
        if upload := _text(_member(protocols, "simple"), "path"):
            self._put(upload, method, self._upload(method, names), f"{pointer}/mediaUpload")

    def _operation(self, method: Json, names: tuple[str, ...]) -> dict[str, Json]:
        response = _member(method, "response")
        success = {"description": "Success"} | (_json(_schema(response)) if response else {})
        return {
            "operationId": _text(method, "id"),
            "description": _text(method, "description"),
            "deprecated": _member(method, "deprecated") is True,
            "tags": [".".join(names)] if names else [],
            "responses": {"200": success},
            "security": [{"oauth2": [scope]} for scope in _texts(_member(method, "scopes"))],
        }

    def _upload(self, method: Json, names: tuple[str, ...]) -> dict[str, Json]:
        """Return the operation that takes the bytes of a file and nothing else."""
        kinds = _texts(_member(_member(method, "mediaUpload"), "accept"))
        file = {"schema": {"type": "string", "format": "binary"}}
        operation = self._operation(method, names)
        operation["operationId"] += ".upload"
        operation["description"] = f"Upload a file: {operation['description']}"
        operation["requestBody"] = {
            "content": dict.fromkeys(kinds or ["*/*"], file),
            "required": True,
        }
        only = {"type": "string", "enum": ["media"]}
        kind = {"name": "uploadType", "in": "query", "required": True, "schema": only}
        return operation | {"servers": [{"url": self.root}], "parameters": [kind]}

    def _put(self, template: str, method: Json, operation: dict[str, Json], pointer: str) -> None:
        path = "/" + template.replace("{+", "{").lstrip("/")
        verb = _text(method, "httpMethod")
        if not template or not verb:
            self._reject(pointer, "operation_invalid", "it has no path or no httpMethod")
            return
        item = self.paths.setdefault(path, {"parameters": self._references()})
        known = verb.lower() in METHODS
        verbs = item if known else item.setdefault("additionalOperations", {})
        key = verb.lower() if known else verb
        if key in verbs:
            self._reject(pointer, "operation_repeated", f"{verb} {path} is already there")
            return
        described = operation.get("parameters", [])
        operation["parameters"] = [*_parameters(method, path), *described]
        verbs[key] = operation

    def _references(self) -> list[Json]:
        return [{"$ref": f"#/components/parameters/{escape(name)}"} for name in self.shared]

    def _reject(self, pointer: str, kind: str, message: str) -> None:
        self.rejected.append(Reason(pointer, kind, message))


def _parameters(method: Json, path: str) -> Iterator[Json]:
    """Yield the parameters; those of a flat path are parts of a longer one that is described."""
    inside = dict.fromkeys(_VARIABLE.findall(path))
    whole = ""
    for name, each in _members(method, "parameters"):
        if _text(each, "location") != "path" or name in inside:
            inside.pop(name, None)
            yield _parameter(name, each)
        else:
            whole = f"Part of `{name}`. {_text(each, 'description')}"
    for name in inside:
        schema = {"type": "string"}
        yield {"name": name, "in": "path", "required": True, "description": whole, "schema": schema}


def _parameter(name: str, written: Json) -> Json:
    schema = _schema(written)
    if _member(written, "repeated") is True:
        schema = {"type": "array", "items": schema}
    return {
        "name": name,
        "in": _text(written, "location"),
        "required": _member(written, "required") is True,
        "description": _text(written, "description"),
        "deprecated": _member(written, "deprecated") is True,
        "schema": schema,
    }


def _schema(written: Json) -> Json:
    """Return a schema: draft 3 with references by name."""
    if not isinstance(written, Mapping):
        return written
    if name := _text(written, "$ref"):
        return {"$ref": f"#/components/schemas/{escape(name)}"}
    schema = {key: written[key] for key in _KEPT if key in written}
    if "default" in schema and schema.get("type") != "string":
        schema["default"] = _value(schema["default"])
    if properties := dict(_members(written, "properties")):
        schema["properties"] = {name: _schema(each) for name, each in properties.items()}
        required = [name for name, each in properties.items() if _member(each, "required") is True]
        schema["required"] = required
    for key in ("items", "additionalProperties"):
        if key in written:
            schema[key] = _schema(written[key])
    return schema


def _value(text: Json) -> Json:
    """Return the value that a default's text stands for."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def _json(schema: Json) -> dict[str, Json]:
    return {"content": {"application/json": {"schema": schema}}}


def _member(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, Mapping) else None


def _members(value: Json, key: str) -> Iterator[tuple[str, Json]]:
    members = _member(value, key)
    return iter(members.items() if isinstance(members, Mapping) else ())


def _text(value: Json, key: str) -> str:
    text = _member(value, key)
    return text if isinstance(text, str) else ""


def _texts(value: Json) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []

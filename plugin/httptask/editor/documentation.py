"""Documentation of an operation, as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from httptask.catalog.prepare.paging import proposed_paging
from httptask.catalog.prepare.responses import response_shape
from httptask.catalog.prepare.task import prepare_task, request_media
from httptask.catalog.values import MISSING, AuthScheme, Operation, Parameter

_PLACES = {"path": "path", "query": "query", "header": "headers", "cookie": "cookies"}


def documentation(operation: Operation) -> dict[str, Any]:
    """Return ``{id, method, path, title, description, servers, auth, parametersSchema...}``.

    ``servers``, ``mediaTypes``, ``auth``, ``branches`` and ``paging`` are what there is to choose
    from when the task is prepared; ``allPages`` tells whether a task has paging unasked.
    """
    media = operation.body.media if operation.body else ()
    body = request_media(operation)
    prepared = prepare_task(operation)
    paging = proposed_paging(operation, response_shape(operation))
    return {
        "id": operation.id,
        "api": operation.api_title,
        "method": operation.method,
        "path": operation.path,
        "title": operation.title,
        "description": operation.description,
        "documentation": operation.documentation,
        "deprecated": operation.deprecated,
        "servers": [
            {"url": server.url, "description": server.description, "public": server.public}
            for server in operation.servers
        ],
        "mediaTypes": [each.content_type for each in media],
        "mediaType": body.content_type if body else "",
        "branches": list(prepared.branches),
        "paging": paging and paging["kind"],
        "allPages": "paging" in prepared.task["inputParameters"]["httptask"],
        "auth": [_auth(schemes) for schemes in operation.auth],
        "parametersSchema": _parameters(operation),
        "requestSchema": _schema(body.schema, operation.definitions) if body else None,
        "responses": [
            {
                "status": response.status,
                "description": response.description,
                "schema": _schema(response.media[0].schema, operation.definitions)
                if response.media
                else None,
            }
            for response in operation.responses
        ],
        "notes": [reason.to_json() for reason in operation.reasons],
    }


def _auth(schemes: tuple[AuthScheme, ...]) -> dict[str, str]:
    names = " + ".join(scheme.label for scheme in schemes) or "none"
    return {"name": names, "description": "\n\n".join(s.description for s in schemes)}


def _parameters(operation: Operation) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = {}
    for parameter in operation.parameters:
        place = _PLACES[parameter.location]
        empty: dict[str, Any] = {"type": "object", "properties": {}, "required": []}
        group = groups.setdefault(place, empty)
        group["properties"][parameter.name] = _parameter(parameter)
        if parameter.required:
            group["required"].append(parameter.name)
    return {"type": "object", "properties": groups, "$defs": dict(operation.definitions)}


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(parameter.schema) if isinstance(parameter.schema, Mapping) else {}
    if parameter.description:
        schema["description"] = parameter.description
    if parameter.example is not MISSING:
        schema.setdefault("examples", [parameter.example])
    return schema


def _schema(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if not isinstance(schema, Mapping) or not definitions:
        return schema
    return {**schema, "$defs": {**definitions, **schema.get("$defs", {})}}

"""Check what can be known of one HTTP task before it runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from httptask.builtin.build.jsonbody import encode_body
from httptask.check.address import check_address
from httptask.check.json_text import check_json_text, stated_type
from httptask.check.outputs import check_outputs
from httptask.check.producers import texts_of
from httptask.check.uri_values import check_uri_values
from httptask.core.addresses import (
    Address,
    is_loopback_host,
    is_never_called,
    is_public,
)
from httptask.core.message import Origin
from httptask.core.methods import KNOWN, NEVER_SENT, as_sent
from httptask.definition.findings import Finding
from httptask.definition.messages import did_you_mean
from httptask.definition.reading import steps
from httptask.definition.schema_path import unknown_fields
from httptask.definition.schema_problem import Problem, pointer_of
from httptask.definition.written import written_auth
from httptask.errors import HttpTaskError
from httptask.hooks.task import PreparedTask, literal_origin

_AUTH = "/httptask/auth"
_CALLED = ("tokenUrl", "deviceUrl")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa")
_LITERAL_KEYWORDS = frozenset(
    {
        "type",
        "enum",
        "const",
        "maximum",
        "minimum",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "maxLength",
        "minLength",
        "maxItems",
        "minItems",
        "multipleOf",
        "pattern",
        "required",
    }
)
_NAMING = frozenset({"additionalProperties", "unevaluatedProperties"})
"""Keywords that a name breaks, whatever its value is."""


def check_http_task(task: PreparedTask) -> Iterator[Finding]:
    """Yield what is wrong with literal values and mapped paths, and what to know of the origins."""
    yield from _method(task)
    yield from _literal_body(task)
    yield from _media_type(task)
    yield from check_outputs(task)
    yield from check_address(task)
    yield from check_uri_values(task)
    yield from check_json_text(task)
    yield from _origins(task)


def _method(task: PreparedTask) -> Iterator[Finding]:
    method = task.request.get("method")
    pointer = f"{task.request_pointer}/method"
    if not isinstance(method, str) or "${" in method:
        return
    sent = as_sent(method)
    if sent in NEVER_SENT:
        text = f"{sent} {NEVER_SENT[sent]}"
        yield Finding("method_refused", "error", text, pointer, "", task.source)
    elif sent not in KNOWN:
        yield Finding(
            "method_unknown",
            "warning",
            f"{method!r} is not a known method; it is sent as it is written",
            pointer,
            did_you_mean(method, KNOWN),
            task.source,
        )


def _literal_body(task: PreparedTask) -> Iterator[Finding]:
    schema = task.schemas.get("requestSchema")
    body = task.request.get("body")
    if schema is None or not isinstance(body, Mapping):
        return
    listed = set()
    for problem in schema.problems(body):
        listed.add(problem.pointer)
        if problem.keyword in _NAMING or not _is_computed(body, problem):
            yield Finding(
                "request_schema",
                "error",
                problem.message,
                f"{task.request_pointer}/body{problem.pointer}",
                problem.rule,
                task.source,
            )

    for path, names in unknown_fields(schema.document, body):
        pointer = pointer_of(path)
        if pointer not in listed:
            yield Finding(
                "body_field_unknown",
                "warning",
                f"the request schema has no field {path[-1]!r}",
                f"{task.request_pointer}/body{pointer}",
                did_you_mean(str(path[-1]), names),
                task.source,
            )


def _media_type(task: PreparedTask) -> Iterator[Finding]:
    """Yield why an object or a list cannot be written in the media type that is stated."""
    if not isinstance(task.request.get("body"), (dict, list)):
        return
    written, where = stated_type(task.request)
    if not isinstance(written, str) or "${" in written:
        return
    try:
        encode_body({}, written)
    except HttpTaskError as error:
        error.pointer, error.source = task.request_pointer + where, task.source
        yield Finding.of(error)


def _is_computed(body: Any, problem: Problem) -> bool:
    value = body
    for key in steps(problem.pointer):
        if isinstance(value, str):
            break
        if isinstance(value, list):
            is_index = key.isdecimal() and len(key) < 10 and int(key) < len(value)
            value = value[int(key)] if is_index else None
        elif isinstance(value, Mapping):
            value = value.get(key)
    if problem.keyword in _LITERAL_KEYWORDS:
        return isinstance(value, str) and "${" in value
    return any("${" in text for _, text in texts_of(value))


def _origins(task: PreparedTask) -> Iterator[Finding]:
    places = (
        (task.origin, task.origin_pointer),
        (task.proxy_origin, f"{task.pointer}/httptask/proxy"),
    )
    for origin, pointer in places:
        if origin is not None and not _looks_public(origin):
            yield Finding(
                "origin_not_public",
                "warning",
                f"{origin} is not a public address",
                pointer,
                _how_called(origin),
                task.source,
            )
    names = [ref for ref in task.template.references if ref.root == "workflow.secrets"]
    origin = task.origin
    if names and origin is not None and origin.scheme == "http" and _looks_public(origin):
        yield Finding(
            "secret_in_clear",
            "warning",
            f"a secret is sent to {origin} without TLS: whoever is on the way can read it",
            task.origin_pointer,
            "write https",
            task.source,
        )
    if names and task.origin is None:
        yield Finding(
            "secret_origin_unknown",
            "warning",
            "a secret is sent to an origin that is not written literally",
            task.origin_pointer,
            "write scheme and host literally in uri, or in httptask.base if a response gave the "
            "address, or configure HTTPTASK_SECRET_ORIGINS_NAME",
            task.source,
        )
    below = f"{_AUTH}/"
    if any(ref.pointer.startswith(below) for ref in names):
        yield from _token_origins(task)


def _token_origins(task: PreparedTask) -> Iterator[Finding]:
    """Yield a warning for each address under ``auth`` that secrets would be refused for."""
    auth = written_auth(task.written)
    for key in _CALLED:
        address = auth.get(key)
        if isinstance(address, str) and literal_origin(address) is None:
            yield Finding(
                "secret_origin_unknown",
                "warning",
                f"a secret is sent to {key}, whose origin is not written literally",
                f"{task.pointer}{_AUTH}/{key}",
                "write scheme and host literally, or configure HTTPTASK_SECRET_ORIGINS_NAME",
                task.source,
            )


def _how_called(origin: Origin) -> str:
    address, needed = _address(origin), f"--allow-host {origin.host}:{origin.port}"
    if address is not None and is_never_called(address):
        return "link-local and metadata addresses are never called"
    if is_loopback_host(origin.host):
        return "it can be called from your own command line; elsewhere it needs " + needed
    return "it needs " + needed


def _address(origin: Origin) -> Address | None:
    try:
        return ipaddress.ip_address(origin.host)
    except ValueError:
        return None


def _looks_public(origin: Origin) -> bool:
    address = _address(origin)
    if address is not None:
        return is_public(address)
    host = origin.host.lower()
    return "." in host and not host.endswith(_LOCAL_NAMES)

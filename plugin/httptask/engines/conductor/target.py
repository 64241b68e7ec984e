"""``httptask check --target conductor-oss``: where a definition depends on a difference."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.definition.findings import Finding
from httptask.definition.inputs import split_inputs
from httptask.engines.conductor.differences import BY_ID
from httptask.engines.conductor.refusals import all_tasks, http_tasks, refusals
from httptask.expressions import compile_template

ORKES_FIELDS: Final = ("acceptedStatusCodes", "outputFilter", "encode")
_SAID_ONLY: Final = frozenset({"operation"})
_STRUCTURE: Final = frozenset({"statusCode", "headers", "body", "reasonPhrase"})
_VARIABLE: Final = re.compile(r"\$\{(?:[A-Z_][A-Z0-9_]*|java\.\w+(?:\.\w+)*)\}")
_EQUALS_IN_VALUE: Final = re.compile(r"[?&][^=&]*=[^&=]*=")
_REFERENCE: Final = re.compile(r"\$\{[^}]*\}")

Found = Iterator[tuple[str, str, str]]


def differences_for(document: Mapping[str, Any], source: str = "") -> list[Finding]:
    """Return where a workflow would run otherwise on the server's built-in HTTP task.

    Args:
        document: the workflow definition as written.
        source: its file.

    Returns:
        Errors for what the server cannot run at all; warnings whose code is
        ``differs_`` and the id of a group of ``differences``.
    """
    found = [finding for finding in refusals(document, source) if finding.pointer.endswith("/type")]
    optional = {
        task.get("taskReferenceName") for _, task in http_tasks(document) if task.get("optional")
    }
    for where, task in http_tasks(document):
        inputs = task.get("inputParameters")
        if isinstance(inputs, Mapping):
            below = f"{where}/inputParameters"
            found += _warned(_of_task(inputs, below), source)
    for where, task in all_tasks(document):
        reads = _of_references(task.get("inputParameters"), f"{where}/inputParameters", optional)
        found += _warned(reads, source)
    outputs = document.get("outputParameters")
    found += _warned(_of_references(outputs, "/outputParameters", optional), source)
    return found


def _warned(found: Found, source: str) -> Iterator[Finding]:
    for group, pointer, text in found:
        code = f"differs_{group.replace('-', '_')}"
        hint = f"built in: {BY_ID[group].builtin}"
        yield Finding(code, "warning", text, pointer, hint, source)


def _of_task(inputs: Mapping[str, Any], where: str) -> Found:
    parts = split_inputs(inputs)
    if isinstance(parts.options, Mapping):
        for key in parts.options:
            if key not in _SAID_ONLY:
                yield "additions", f"{where}/httptask/{key}", "the built-in task ignores this"
    request, below = parts.request, where + parts.pointer
    if not isinstance(request, Mapping):
        return
    for key in ORKES_FIELDS:
        if request.get(key) not in (None, True):
            yield "additions", f"{below}/{key}", "only Orkes knows this; OSS ignores it"
    for key in ("connectionTimeOut", "readTimeOut"):
        if key in request and request[key] in (None, ""):
            text = "null means 100 or 150 ms for the built-in task"
            yield "timeouts", f"{below}/{key}", text
    yield from _of_address(request.get("uri"), f"{below}/uri")
    yield from _of_headers(request.get("headers"), f"{below}/headers")
    yield from _of_body(request, below)


def _of_address(uri: Any, where: str) -> Found:
    if not isinstance(uri, str):
        return
    bare = _REFERENCE.sub("", uri)
    path = bare.partition("://")[2].partition("?")[0]
    if "%" in bare:
        yield "addresses-as-written", where, "the built-in task encodes the % once more"
    if "{" in bare:
        yield "addresses-as-written", where, "the built-in task fails on a brace"
    if _EQUALS_IN_VALUE.search(bare):
        yield "addresses-as-written", where, "the built-in task encodes an = within a value"
    if "//" in path:
        yield "addresses-as-written", where, "the built-in task makes // to /"


def _of_headers(headers: Any, where: str) -> Found:
    for name, value in headers.items() if isinstance(headers, Mapping) else ():
        below = f"{where}/{str(name).replace('~', '~0').replace('/', '~1')}"
        if str(name).lower() in ("accept", "content-type"):
            text = "the built-in task sends this as a second line"
            yield "headers-as-written", below, text
        if isinstance(value, list):
            yield "headers-as-written", below, "the built-in task sends a list as [a, b]"


def _of_body(request: Mapping[str, Any], where: str) -> Found:
    method, body = request.get("method"), request.get("body")
    kind = str(request.get("contentType") or "application/json").lower()
    if method in ("POST", "PATCH"):
        text = f"after 429 or 503 the built-in task sends this {method} a second time"
        yield "no-hidden-resend", f"{where}/method", text
    plain = "json" not in kind and "charset" not in kind
    if isinstance(body, str) and plain and not body.isascii():
        yield "charsets", f"{where}/body", "the built-in task writes this text as Latin-1"


def _of_references(value: Any, where: str, optional: set[Any]) -> Found:
    if value is None:
        return
    for reference in compile_template(value, where).references:
        area = reference.prefix[:2]
        structured = len(reference.prefix) > 2 and reference.prefix[2] in _STRUCTURE
        if reference.task_ref in optional and area == ("output", "response") and structured:
            text = f"when {reference.task_ref} fails, the built-in task gives a text here"
            yield "structured-errors", reference.pointer, text
        if reference.root == "task" and _VARIABLE.fullmatch(reference.text):
            text = "the built-in task reads this from the server's environment"
            yield "expressions", reference.pointer, text

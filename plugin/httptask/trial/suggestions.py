"""What an author may try after a failed test request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from httptask.core.json_text import pretty
from httptask.core.result import TaskResult
from httptask.definition.messages import did_you_mean
from httptask.definition.schema_path import property_names, unknown_fields
from httptask.definition.schema_problem import pointer_of
from httptask.definition.written import written_auth
from httptask.hooks.task import CompiledTask
from httptask.trial.retry_advice import retry_advice

_BY_STATUS = {
    404: "check uri: the server does not know this resource",
    405: "check method: the server does not take it at this uri",
    406: "check accept: the server cannot respond in that media type",
    411: "the server wants a Content-Length: send a body, or an empty text",
    413: "the body is too large for the server",
    415: "check contentType: the server does not take that media type",
}
_BY_CODE = {
    "read_timeout": "raise readTimeOut (milliseconds of silence)",
    "connect_failed": "check host and port in uri",
    "connect_timeout": "raise connectionTimeOut (milliseconds), or check host and port in uri",
    "proxy_failed": "check httptask.proxy and its credentials",
    "dns_failed": "check the host name in uri",
    "tls_failed": "httptask.tls.caBundle names a file of authorities to trust",
    "response_too_large": "raise httptask.response.maxBytes, or set format to file",
}


def suggestions(task: CompiledTask, result: TaskResult, secrets: Mapping[str, str]) -> list[str]:
    """Return suggestions, the likeliest first; none when the task completed."""
    error = result.error
    if error is None:
        return []
    found = [error.hint] if error.hint else []
    if error.code in _BY_CODE:
        found.append(_BY_CODE[error.code])
    response = result.output.get("response") or {}
    status = response.get("statusCode")
    if error.code == "status_not_accepted" and isinstance(status, int):
        found += _for_status(task, status, response.get("body"), secrets)
    return list(dict.fromkeys(found))


def _for_status(
    task: CompiledTask, status: int, body: Any, secrets: Mapping[str, str]
) -> Iterator[str]:
    if status in {401, 403}:
        yield _credential(task, status, secrets)
    if status in _BY_STATUS:
        yield _BY_STATUS[status]
    if status in {400, 422}:
        yield from _unknown_fields(task)
        yield from _named_fields(task, body)
    if 500 <= status < 600:
        yield f"the server failed: try again, or {retry_advice(task, status)}"
    if status == 429:
        yield f"the server limits requests: {retry_advice(task, status)}"


def _credential(task: CompiledTask, status: int, secrets: Mapping[str, str]) -> str:
    auth = written_auth(task.written)
    if not auth:
        return "the task sends no credential: add httptask.auth"
    names = ", ".join(sorted(secrets)) or "no secret"
    problem = "refused" if status == 401 else "knows, but does not allow this for,"
    return f"the server {problem} the {auth.get('type')} credential (from {names})"


def _unknown_fields(task: CompiledTask) -> Iterator[str]:
    schema = task.schemas.get("requestSchema")
    for path, names in unknown_fields(schema.document, _body(task)) if schema else ():
        where = f"{task.request_pointer}/body{pointer_of(path)}"
        hint = did_you_mean(str(path[-1]), names)
        yield f"the request schema has no field {path[-1]!r}: see {where}; {hint}".rstrip("; ")


def _named_fields(task: CompiledTask, body: Any) -> Iterator[str]:
    pointer, fields = _body_fields(task)
    text = pretty(body, 0) if not isinstance(body, str) else body
    for name in fields:
        if f'"{name}"' in text or f"'{name}'" in text or f"`{name}`" in text:
            yield f"the server names {name!r}: see {pointer}/{name}"


def _body_fields(task: CompiledTask) -> tuple[str, list[str]]:
    body = _body(task)
    fields = [str(name) for name in body] if isinstance(body, Mapping) else []
    schema = task.schemas.get("requestSchema")
    listed = property_names(schema.document) if schema else []
    return f"{task.request_pointer}/body", list(dict.fromkeys([*fields, *listed]))


def _body(task: CompiledTask) -> Any:
    return task.request.get("body")

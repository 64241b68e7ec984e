"""Failures that a body tells under an accepted status: errors of GraphQL, faults of SOAP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from httptask.errors import ResponseError
from httptask.hooks.views import Task

_SHOWN: Final = 500
"""Characters of a server's own words."""


def told_failure(value: Any, task: Task) -> ResponseError | None:
    """Return the error that a body tells, or None.

    Args:
        value: the decoded body.
        task: the task; only what it asks for is looked for.
    """
    options = task.options
    if options.graphql is not None:
        words = [*_graphql_errors(value)]
        code, what = "graphql_errors", "the GraphQL response has errors"
    elif options.response.format == "xml":
        words = [*_soap_fault(value)]
        code, what = "soap_fault", "the SOAP response is a fault"
    else:
        return None
    if not words:
        return None
    said = task.redactor.text(words[0], short=True)[:_SHOWN]
    more = f" (and {len(words) - 1} more)" if len(words) > 1 else ""
    return ResponseError(f"{what}: {said or 'it gives no reason'}{more}", code=code)


def _graphql_errors(value: Any) -> Iterator[str]:
    """Yield the messages of a response's errors, with the field that each is about.

    Some services have one object or text in place of the list.
    """
    errors = (value.get("errors") if isinstance(value, Mapping) else None) or []
    for error in errors if isinstance(errors, list) else [errors]:
        about: Mapping[str, Any] = error if isinstance(error, Mapping) else {"message": error}
        path = about.get("path")
        where = ".".join(map(str, path)) if isinstance(path, list) else ""
        yield str(about.get("message", "")) + (f" (at {where})" if where else "")


def _soap_fault(value: Any) -> Iterator[str]:
    """Yield the reason of a fault, of SOAP 1.1 or 1.2."""
    fault = _member(_member(_member(value, "Envelope"), "Body"), "Fault")
    if fault is None:
        return
    reason = _member(_member(fault, "Reason"), "Text") or _member(fault, "faultstring")
    yield _first_text(reason)


def _first_text(value: Any) -> str:
    if isinstance(value, list):
        return _first_text(value[0]) if value else ""
    if isinstance(value, Mapping):
        return _first_text(value.get("#text"))
    return "" if value is None else str(value)


def _member(value: Any, name: str) -> Any:
    if isinstance(value, list):
        value = value[0] if value else None
    return value.get(name) if isinstance(value, Mapping) else None

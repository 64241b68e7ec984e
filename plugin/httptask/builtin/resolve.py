"""Resolve a task's inputs: expressions and secrets put in, checked against its schemas."""

from __future__ import annotations

import difflib
from typing import Any

from httptask.core.depth import MAX_DEPTH, too_deep
from httptask.core.sensitive import MIN_LENGTH
from httptask.definition.inputs import parse_request
from httptask.definition.json_schema import JsonSchema
from httptask.definition.schema_problem import Problem
from httptask.errors import CredentialsError, InputError
from httptask.hooks import hookimpl
from httptask.hooks.task import PreparedTask
from httptask.hooks.views import Claim, ResolvedRequest, TaskCall

_PARAMETERS = ("path", "query", "cookies")
_DEEPEST = MAX_DEPTH + 20  # the body of an answer, and what it is put into


class ResolveInputs:
    """Answers ``resolve_inputs``."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim Conductor's expressions."""
        return [Claim("resolve_inputs", "conductor", "${...} expressions, secrets, JSON Schemas")]

    @hookimpl(trylast=True)
    def httptask_resolve_inputs(self, call: TaskCall) -> ResolvedRequest:
        """Evaluate, read and check the inputs."""
        used: set[str] = set()
        inputs = call.inputs
        if inputs is None:
            inputs = call.task.template.evaluate(call.context, _lookup(call, used))
        task = call.task
        if too_deep(inputs, _DEEPEST):
            raise InputError(
                f"the inputs are nested deeper than {_DEEPEST} levels",
                code="input_too_deep",
                pointer=task.pointer,
                source=task.source,
            )
        spec, options = parse_request(inputs, call.options_model, task.pointer, task.source)
        resolved = ResolvedRequest(spec, options, call.given_secrets | used)
        check_schemas(call, resolved)
        return resolved


def _lookup(call: TaskCall, used: set[str]) -> Any:
    def secret(name: str) -> str:
        used.add(name)
        value = call.secrets(name)
        if value is None:
            raise CredentialsError(
                f"the secret {name!r} is not set",
                code="secret_missing",
                pointer=_place(call.task, name),
                retryable=False,
                hint=f"set HTTPTASK_SECRET_{name}, or put it in .env or HTTPTASK_SECRETS_DIR",
            )
        if len(value) < MIN_LENGTH:  # too short to be found by its value
            for pointer in _readers(call.task, name):
                call.redactor.register_field(_field(pointer))
        return value

    return secret


def _place(task: PreparedTask, name: str) -> str:
    """Return the pointer of the field that reads a secret."""
    return task.pointer + next(iter(_readers(task, name)), "")


def _readers(task: PreparedTask, name: str) -> list[str]:
    text = f"${{workflow.secrets.{name}}}"
    return [each.pointer for each in task.template.references if each.text == text]


def _field(pointer: str) -> str:
    """Return the name of the field that a pointer leads to, or into."""
    names = [part for part in pointer.split("/") if not part.isdecimal()]
    return names[-1].replace("~1", "/").replace("~0", "~")


def check_schemas(call: TaskCall, resolved: ResolvedRequest) -> None:
    """Check body and parameters against the schemas that the task carries.

    Raises:
        InputError: something breaks a schema; the pointer is the field in the author's file.
    """
    schemas, options = call.task.schemas, resolved.options
    if (schema := schemas.get("requestSchema")) is not None:
        pointer, body = _body(call, resolved)
        _check(schema, body, pointer)
    if (schema := schemas.get("parametersSchema")) is not None:
        values: dict[str, Any] = {
            key: given for key in _PARAMETERS if (given := getattr(options, key))
        }
        if resolved.spec.headers:
            values["headers"] = dict(resolved.spec.headers)
        _check(schema, values, f"{call.task.pointer}/httptask")


def _body(call: TaskCall, resolved: ResolvedRequest) -> tuple[str, Any]:
    for key in ("form", "multipart"):
        value = getattr(resolved.options, key)
        if value is not None:
            return f"{call.task.pointer}/httptask/{key}", value
    return f"{call.task.request_pointer}/body", resolved.spec.body


def _check(schema: JsonSchema, value: Any, pointer: str) -> None:
    problems = schema.problems(value)
    if not problems:
        return
    first, others = problems[0], problems[1:]
    more = "".join(f"; {pointer}{other.pointer}: {other.message}" for other in others)
    raise InputError(
        f"{first.message}{more}",
        code="request_schema",
        pointer=pointer + first.pointer,
        hint=_hint(first),
    )


def _hint(problem: Problem) -> str:
    close = difflib.get_close_matches(problem.given, problem.allowed, n=1) if problem.given else []
    if close:
        return f"did you mean {close[0]!r}?"
    if problem.rule:
        return problem.rule
    if problem.keyword == "enum":
        return f"one of {', '.join(problem.allowed)}"
    return ""

"""Resolve a task's inputs: expressions and secrets put in, checked against its schemas."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from httptask.builtin.input_warnings import warnings_of
from httptask.core.depth import MAX_DEPTH, too_deep
from httptask.core.sensitive import MIN_LENGTH
from httptask.core.vault import with_handles
from httptask.core.xml_text import escaped_between
from httptask.definition.held import Held, held_body, held_parameters
from httptask.definition.http_task import HttpRequestSpec
from httptask.definition.inputs import parse_request
from httptask.definition.json_schema import JsonSchema
from httptask.definition.options import HttpTaskOptions
from httptask.definition.reading import steps
from httptask.errors import CredentialsError, InputError
from httptask.expressions import Context
from httptask.expressions.scan import scan, unescape
from httptask.hooks import hookimpl
from httptask.hooks.task import CompiledTask
from httptask.hooks.views import Claim, ResolvedRequest, SecretLookup, TaskCall

_NO_CONTEXT = Context.build()
_DEEPEST = MAX_DEPTH + 20  # the body of a response, and what it is put into


class ResolveInputs:
    """Implements ``resolve_inputs``."""

    @hookimpl
    def httptask_claims(self) -> list[Claim]:
        """Claim Conductor's expressions."""
        return [Claim("resolve_inputs", "conductor", "${...} expressions, secrets, JSON Schemas")]

    @hookimpl(trylast=True)
    def httptask_resolve_inputs(self, call: TaskCall) -> ResolvedRequest:
        """Evaluate, read and check the inputs."""
        used: set[str] = set()
        task, places = call.task, call.redactor.places
        lookup = _lookup(call, used)
        inputs = _evaluated(call, lookup)
        if too_deep(inputs, _DEEPEST):
            raise InputError(
                f"the inputs are nested deeper than {_DEEPEST} levels",
                code="input_too_deep",
                pointer=task.pointer,
                source=task.source,
            )
        bound: dict[str, str] = {}
        if task.reads_outputs:
            inputs = with_handles(inputs, _opener(call, bound))
        spec, options = _read(call, inputs)
        secrets = call.given_secrets | used | bound.keys()
        warnings = warnings_of(call, spec, lookup)
        resolved = ResolvedRequest(spec, options, secrets, bound, warnings)
        _check_schemas(task, inputs)
        if resolved.secrets:
            places.put()
        if used and call.inputs is None:
            places.resolved(lambda marks: _marked(call, marks), call.secrets)
        return resolved


def _evaluated(call: TaskCall, lookup: SecretLookup) -> Any:
    """Return the inputs with their values, and with what the task's connection says."""
    inputs: Any = call.inputs
    if inputs is None:
        inputs = call.task.template.evaluate(call.context, lookup)
    elif call.task.xml_text:
        inputs = _with_escapes(call.task, inputs)
    connection = call.task.connection
    if connection is None:
        return inputs
    if connection.auth is None:
        assert connection.fault is not None  # noqa: S101 - one of both is there
        raise connection.fault
    auth = connection.auth.evaluate(_NO_CONTEXT, lookup)
    return {**inputs, "httptask": {**inputs["httptask"], "auth": auth}}


def _with_escapes(task: CompiledTask, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs that a server resolved, the values in their XML text escaped.

    Raises:
        InputError: the text is not what the definition says, with values put in.
    """
    *above, last = steps(task.xml_text)
    written: Any = task.written
    result: dict[str, Any] = dict(inputs)
    place = result
    for key in above:
        written, place[key] = written[key], dict(place[key])
        place = place[key]
    literals = [""]
    for piece in scan(written[last]).pieces:
        if isinstance(piece, str):
            literals[-1] += unescape(piece)
        else:
            literals.append("")
    text = escaped_between(literals, str(place[last])) if any(literals) else place[last]
    if text is None:
        raise InputError(
            "the server's text of this body is not that of the definition, with values put in",
            code="xml_text_unmatched",
            pointer=task.pointer + task.xml_text,
            source=task.source,
        )
    place[last] = text
    return result


def _read(call: TaskCall, inputs: Mapping[str, Any]) -> tuple[HttpRequestSpec, HttpTaskOptions]:
    return parse_request(inputs, call.options_model, call.task.pointer, call.task.source)


def _marked(call: TaskCall, marks: SecretLookup) -> ResolvedRequest:
    """Return the inputs with marks in place of secrets."""
    return ResolvedRequest(*_read(call, _evaluated(call, marks)))


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
        return value

    return secret


def _opener(call: TaskCall, bound: dict[str, str]) -> Callable[[re.Match[str], str], str]:
    """Return what gives the value for a handle, and notes in ``bound`` where that may go."""

    def opened(handle: re.Match[str], key: str) -> str:
        run = call.execution.workflow_id
        kept = call.vault.open(run, handle) if call.vault is not None else None
        if kept is None:
            raise CredentialsError(
                "a cookie of an earlier task is not kept here",
                code="cookie_missing",
                pointer=call.task.pointer,
                retryable=False,
                hint="it can be read in the same run only, with the same data folder, for 30 days",
            )
        name = f"{kept.name} from {kept.origin}"
        bound[name] = kept.origin
        call.redactor.register(kept.value, name)
        if len(kept.value) < MIN_LENGTH:
            call.redactor.register_field(key)
        return kept.value

    return opened


def _place(task: CompiledTask, name: str) -> str:
    """Return the pointer of the field that reads a secret."""
    text = f"${{workflow.secrets.{name}}}"
    readers = (each.pointer for each in task.template.references if each.text == text)
    return task.pointer + next(readers, "")


def _check_schemas(task: CompiledTask, inputs: Mapping[str, Any]) -> None:
    """Check body and parameters against the schemas that the task carries.

    Raises:
        InputError: something breaks a schema; the pointer is the field in the author's file.
    """
    if (schema := task.schemas.get("requestSchema")) is not None:
        _check(schema, held_body(inputs), task.pointer)
    if (schema := task.schemas.get("parametersSchema")) is not None:
        _check(schema, held_parameters(inputs, schema), task.pointer)


def _check(schema: JsonSchema, held: Held | None, pointer: str) -> None:
    problems = list(held.problems(schema)) if held is not None else []
    if not problems:
        return
    (place, first), *others = problems
    more = "".join(f"; {pointer}{where}: {other.message}" for where, other in others)
    raise InputError(
        f"{first.message}{more}",
        code="request_schema",
        pointer=pointer + place,
        hint=first.hint,
    )

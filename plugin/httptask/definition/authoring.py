"""Checks of a task's inputs as an author wrote them, expressions still in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from httptask.definition.embedded_schemas import check_attached
from httptask.definition.explain import explain, unknown_key
from httptask.definition.field_types import AUTHORING, Expr, Model, is_expression, keys
from httptask.definition.findings import Finding
from httptask.definition.http_task import REFUSED_FIELDS, HttpRequestSpec
from httptask.definition.inputs import (
    SplitInputs,
    is_dropped,
    split_inputs,
    without_polling,
)
from httptask.definition.messages import did_you_mean, only_near
from httptask.definition.options import OTHER_BODIES, HttpTaskOptions
from httptask.definition.reading import escape
from httptask.definition.written import OPTIONS, WRAPPER

IGNORED_FIELDS: Final[Mapping[str, str]] = {
    str(field.alias): str(field.json_schema_extra["x-ignored"])
    for field in HttpRequestSpec.model_fields.values()
    if isinstance(field.json_schema_extra, dict)
}
"""Request fields that have no effect, and why."""

IGNORED_INPUTS: Final[Mapping[str, str]] = {
    "asyncComplete": IGNORED_FIELDS["asyncComplete"],
    "_secrets": "secrets are written as ${workflow.secrets.NAME}",
    "_masked": "nothing is masked by this list",
}
"""Keys beside the request that have no effect, and why."""

_ALMOST_THE_SAME: Final = 0.8


class TerminateInputs(Model):
    """``inputParameters`` of a TERMINATE task."""

    termination_status: Literal["COMPLETED", "FAILED", "TERMINATED"] = Field(
        description="How the workflow ends.", examples=["COMPLETED"]
    )
    termination_reason: Expr[str] | None = Field(
        default=None, description="Why it ends.", examples=["nothing to do"]
    )
    workflow_output: Expr[Any] = Field(
        default=None, description="The workflow's output.", examples=[{"id": 1}]
    )


def check_inputs(
    task: Mapping[str, Any],
    pointer: str = "",
    source: str = "",
    options_model: type[HttpTaskOptions] = HttpTaskOptions,
    template: Mapping[str, Any] | None = None,
) -> Iterator[Finding]:
    """Check ``inputParameters`` of one task as written; other types of task have free inputs.

    Args:
        task: the workflow task, as JSON.
        pointer: JSON Pointer of the task.
        source: the file.
        options_model: model of ``httptask``, with the plugins' kinds of authentication.
        template: ``inputTemplate`` of the task's definition; it may give what the task leaves out.
    """
    inputs = task.get("inputParameters")
    inputs = {} if inputs is None else inputs
    if not isinstance(inputs, dict):
        return
    below = f"{pointer}/inputParameters"
    if task.get("type") == "TERMINATE":
        yield from map(_plain_input, _validated(TerminateInputs, inputs, below, source))
    elif task.get("type") in ("HTTP", "HTTP_POLL"):
        parts = split_inputs(inputs if task.get("type") == "HTTP" else without_polling(inputs))
        yield from _request(parts, below, source, template or {})
        yield from _options(parts, below, source, options_model)
        yield from _beside(parts, inputs, below, source)


def _validated(model: type[Model], value: Any, pointer: str, source: str) -> list[Finding]:
    try:
        model.model_validate(value, context=AUTHORING)
    except ValidationError as error:
        return explain(error, value, pointer, source)
    return []


def _request(
    parts: SplitInputs, below: str, source: str, template: Mapping[str, Any]
) -> Iterator[Finding]:
    pointer = below + parts.pointer
    if parts.pointer and is_expression(parts.request):
        return
    ignored = IGNORED_FIELDS if parts.pointer else {**IGNORED_FIELDS, **IGNORED_INPUTS}
    for finding in _validated(HttpRequestSpec, parts.request, pointer, source):
        name = finding.pointer.removeprefix(f"{pointer}/")
        left_to_template = finding.code == "missing_key" and not parts.pointer and template
        if name in REFUSED_FIELDS:
            yield _refused(name, finding.pointer, source)
        elif finding.code == "unknown_key" and is_dropped(name):
            text = f"{finding.message}: a server drops it, and so does the engine"
            yield replace(finding, code="key_dropped", severity="warning", message=text)
        elif finding.code == "unknown_key" and name in keys(HttpTaskOptions):
            yield replace(finding, hint=f'it belongs in "{OPTIONS}"')
        elif name not in ignored and not left_to_template:
            yield finding
    if isinstance(parts.request, dict):
        yield from _ignored(parts.request, ignored, pointer, source)


def _ignored(
    given: Mapping[str, Any], known: Mapping[str, str], pointer: str, source: str
) -> Iterator[Finding]:
    for name, effect in known.items():
        if given.get(name) is not None and given[name] is not False:
            yield _warning(
                "field_ignored", f'"{name}" has no effect: {effect}', pointer, name, source
            )


def _options(
    parts: SplitInputs, below: str, source: str, model: type[HttpTaskOptions]
) -> Iterator[Finding]:
    if parts.options is None:
        return
    pointer = f"{below}/{OPTIONS}"
    for finding in _validated(model, parts.options, pointer, source):
        name = finding.pointer.removeprefix(f"{pointer}/")
        misplaced = finding.code == "unknown_key" and name in keys(HttpRequestSpec)
        yield replace(finding, hint=f'it belongs in "{WRAPPER}"') if misplaced else finding
    if isinstance(parts.options, dict):
        yield from check_attached(parts.options, pointer, source)
        if isinstance(parts.request, dict):
            yield from _both(parts.request, parts.options, below, parts.pointer, source)


def _both(
    request: Mapping[str, Any], options: Mapping[str, Any], below: str, where: str, source: str
) -> Iterator[Finding]:
    """Yield what is wrong between the request and the options."""
    if request.get("body") is not None:
        for name in OTHER_BODIES:
            if options.get(name) is not None:
                text = f'"{name}" and the request\'s "body" may not both be given'
                pointer = f"{below}/{OPTIONS}/{name}"
                yield Finding("rule_conflict", "error", text, pointer, "", source)
    codes = "acceptedStatusCodes"
    if request.get(codes) is not None and options.get(codes) is not None:
        text = f'"{codes}" has no effect: {OPTIONS}.{codes} wins'
        yield _warning("field_ignored", text, below + where, codes, source)


def _beside(
    parts: SplitInputs, inputs: Mapping[str, Any], below: str, source: str
) -> Iterator[Finding]:
    flat = keys(HttpRequestSpec)
    known = [WRAPPER, OPTIONS, *flat]
    free = [key for key in known if key not in inputs]
    yield from _ignored(parts.beside, IGNORED_INPUTS, below, source)
    for name in parts.beside:
        if name in REFUSED_FIELDS:
            yield _refused(name, f"{below}/{name}", source)
        elif name in flat and name not in IGNORED_INPUTS:
            text = f'"{name}" has no effect: {WRAPPER} beside it holds the request'
            yield _warning("flat_field_ignored", text, below, name, source)
        elif name not in IGNORED_INPUTS:
            found = unknown_key(name, known, free, below, source)
            if WRAPPER in found.hint or OPTIONS in found.hint:
                yield found
            elif only_near(name, flat) or did_you_mean(name, flat, _ALMOST_THE_SAME):
                yield _plain_input(found)


def _plain_input(found: Finding) -> Finding:
    """Return an unknown key as a server takes it: as an input that other tasks may read."""
    if found.code != "unknown_key":
        return found
    text = f"{found.message}: it is an input like any other"
    return replace(found, code="input_unknown", severity="warning", message=text)


def _warning(code: str, message: str, pointer: str, name: str, source: str) -> Finding:
    return Finding(code, "warning", message, f"{pointer}/{escape(name)}", "", source)


def _refused(name: str, pointer: str, source: str) -> Finding:
    text = f'"{name}" is not supported'
    return Finding("field_refused", "error", text, pointer, REFUSED_FIELDS[name], source)

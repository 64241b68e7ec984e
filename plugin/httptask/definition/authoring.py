"""Checks of a task's inputs as an author wrote them, expressions still in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from httptask.definition.explain import explain, unknown_key
from httptask.definition.findings import Finding
from httptask.definition.http_task import REFUSED_FIELDS, HttpRequestSpec
from httptask.definition.inputs import OPTIONS, WRAPPER, SplitInputs, split_inputs
from httptask.definition.marks import AUTHORING, Expr, Model, is_expression
from httptask.definition.options import HttpTaskOptions
from httptask.definition.reading import escape

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

OTHER_BODIES: Final = ("form", "multipart", "file")


class TerminateInputs(Model):
    """``inputParameters`` of a TERMINATE task."""

    termination_status: Expr[Literal["COMPLETED", "FAILED", "TERMINATED"]] = Field(
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
        yield from _validated(TerminateInputs, inputs, below, source)
    elif task.get("type") == "HTTP":
        parts = split_inputs(inputs)
        yield from _request(parts, below, source, template or {})
        yield from _options(parts, below, source, options_model)
        yield from _beside(parts, below, source)


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
    for finding in _validated(HttpRequestSpec, parts.request, pointer, source):
        name = finding.pointer.removeprefix(f"{pointer}/")
        left_to_template = finding.code == "missing_key" and not parts.pointer and template
        if name in REFUSED_FIELDS:
            yield _refused(name, finding.pointer, source)
        elif not left_to_template and not (name in IGNORED_INPUTS and not parts.pointer):
            yield finding
    if isinstance(parts.request, dict):
        known = IGNORED_FIELDS if parts.pointer else {**IGNORED_FIELDS, **IGNORED_INPUTS}
        yield from _ignored(parts.request, known, pointer, source)


def _ignored(
    given: Mapping[str, Any], known: Mapping[str, str], pointer: str, source: str
) -> Iterator[Finding]:
    for name, effect in known.items():
        if given.get(name) is not None:
            yield _warning(
                "field_ignored", f'"{name}" has no effect: {effect}', pointer, name, source
            )


def _options(
    parts: SplitInputs, below: str, source: str, model: type[HttpTaskOptions]
) -> Iterator[Finding]:
    if parts.options is None:
        return
    pointer = f"{below}/{OPTIONS}"
    yield from _validated(model, parts.options, pointer, source)
    if not isinstance(parts.options, dict) or not isinstance(parts.request, dict):
        return
    if parts.request.get("body") is not None:
        for name in OTHER_BODIES:
            if parts.options.get(name) is not None:
                text = f'"{name}" and the request\'s "body" may not both be given'
                yield Finding("rule_conflict", "error", text, f"{pointer}/{name}", "", source)
    codes = "acceptedStatusCodes"
    if parts.request.get(codes) is not None and parts.options.get(codes) is not None:
        text = f'"{codes}" has no effect: {OPTIONS}.{codes} wins'
        yield _warning("field_ignored", text, below + parts.pointer, codes, source)


def _beside(parts: SplitInputs, below: str, source: str) -> Iterator[Finding]:
    flat = {str(field.alias or name) for name, field in HttpRequestSpec.model_fields.items()}
    yield from _ignored(parts.beside, IGNORED_INPUTS, below, source)
    for name in parts.beside:
        if name in REFUSED_FIELDS:
            yield _refused(name, f"{below}/{name}", source)
        elif name in flat and name not in IGNORED_INPUTS:
            text = f'"{name}" has no effect: {WRAPPER} beside it holds the request'
            yield _warning("flat_field_ignored", text, below, name, source)
        elif name not in IGNORED_INPUTS:
            yield unknown_key(name, [WRAPPER, OPTIONS, *flat], below, source)


def _warning(code: str, message: str, pointer: str, name: str, source: str) -> Finding:
    return Finding(code, "warning", message, f"{pointer}/{escape(name)}", "", source)


def _refused(name: str, pointer: str, source: str) -> Finding:
    text = f'"{name}" is not supported'
    return Finding("field_refused", "error", text, pointer, REFUSED_FIELDS[name], source)

"""Files and dicts to models, with everything that is wrong or worth knowing about them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from httptask.definition.authoring import check_inputs
from httptask.definition.explain import HOMES, explain
from httptask.definition.field_types import AUTHORING, Model
from httptask.definition.file_kinds import other_kind
from httptask.definition.findings import Finding, Fix, Loaded
from httptask.definition.messages import only_near
from httptask.definition.options import HttpTaskOptions
from httptask.definition.reading import Document, escape, read_document, steps
from httptask.definition.structure import check_structure, raw_tasks
from httptask.definition.task_defs import check_limits
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask

M = TypeVar("M", bound=Model)

Source = str | Path | Mapping[str, Any] | Document
TaskDefs = Mapping[str, TaskDef]


def load_workflow(
    source: Source,
    *,
    options_model: type[HttpTaskOptions] = HttpTaskOptions,
    task_defs: TaskDefs | None = None,
) -> Loaded[WorkflowDef]:
    """Load a workflow definition; of a file that holds a list of them the first.

    Args:
        source: a file's path, or the document itself.
        options_model: model of ``httptask``, with the plugins' kinds of authentication.
        task_defs: registered task definitions by name; they may give inputs by template.

    Raises:
        DefinitionError: the source is not readable, or not strict JSON.
    """
    document = first_of(read_document(source))
    if other := other_kind(document, "workflow"):
        return Loaded(None, document.value, document.source, (other,))
    tasks = list(raw_tasks(document.value)) if isinstance(document.value, dict) else []
    findings = list(_inputs(tasks, document, options_model, task_defs or {}))
    if tasks:
        findings += check_structure(document.value, "", document.source)
    return _loaded(WorkflowDef, document, findings)


def first_of(document: Document) -> Document:
    """Return the first definition of a file that holds a list of them; others as they are."""
    value = document.value
    if isinstance(value, list) and value and isinstance(value[0], dict) and "tasks" in value[0]:
        return Document(value[0], document.source, document.base_dir)
    return document


def load_task(
    source: Source,
    *,
    options_model: type[HttpTaskOptions] = HttpTaskOptions,
    task_defs: TaskDefs | None = None,
) -> Loaded[WorkflowTask]:
    """Load one HTTP task, as ``httptask new`` writes it.

    Arguments and errors are those of ``load_workflow``.
    """
    document = read_document(source)
    if other := other_kind(document, "task"):
        return Loaded(None, document.value, document.source, (other,))
    findings: list[Finding] = []
    if isinstance(document.value, dict):
        tasks = [("", document.value), *raw_tasks(document.value)]
        findings += _inputs(tasks, document, options_model, task_defs or {})
        findings += _not_http(document)
        findings += check_structure(document.value, "", document.source)
    return _loaded(WorkflowTask, document, findings)


def load_task_defs(source: Source | list[Any]) -> Loaded[dict[str, TaskDef]]:
    """Load task definitions: one object, or a list of them.

    Raises:
        DefinitionError: the source is not readable, or not strict JSON.
    """
    document = read_document(source)
    one = not isinstance(document.value, list)
    findings: list[Finding] = []
    loaded: dict[str, TaskDef] = {}
    for index, item in enumerate([document.value] if one else document.value):
        pointer = "" if one else f"/{index}"
        if other := other_kind(Document(item, document.source), "task_defs"):
            findings.append(replace(other, pointer=pointer))
            continue
        model, problems = _validated(TaskDef, item, pointer, document.source)
        findings += problems
        if model is not None and model.name in loaded:
            text = f'"{model.name}" is defined twice'
            where = f"{pointer}/name"
            findings.append(
                Finding("duplicate_task_def", "error", text, where, "", document.source)
            )
        elif model is not None:
            findings += check_limits(model, pointer, document.source)
            loaded[model.name] = model
    broken = any(finding.severity == "error" for finding in findings)
    value = None if broken else loaded
    return Loaded(value, document.value, document.source, tuple(findings))


def _not_http(document: Document) -> Iterator[Finding]:
    if document.value.get("type") != "HTTP":
        text = 'a task on its own must be of type "HTTP"'
        near = only_near(str(document.value.get("type")), ["HTTP"])
        hint, fix = ('did you mean "HTTP"?', Fix("set", near)) if near else ("", None)
        yield Finding("wrong_value", "error", text, "/type", hint, document.source, fix)


def _inputs(
    tasks: Iterable[tuple[str, dict[str, Any]]],
    document: Document,
    options_model: type[HttpTaskOptions],
    task_defs: TaskDefs,
) -> Iterator[Finding]:
    for pointer, task in tasks:
        template = _template(task, task_defs)
        yield from check_inputs(task, pointer, document.source, options_model, template)


def _template(task: Mapping[str, Any], task_defs: TaskDefs) -> Mapping[str, Any]:
    embedded, name = task.get("taskDefinition"), task.get("name")
    if isinstance(embedded, dict):
        template = embedded.get("inputTemplate")
        return template if isinstance(template, dict) else {}
    registered = task_defs.get(name) if isinstance(name, str) else None
    return registered.input_template if registered else {}


def _loaded(model: type[M], document: Document, more: list[Finding]) -> Loaded[M]:
    value, findings = _validated(model, document.value, "", document.source)
    findings += more
    findings.sort(key=lambda finding: finding.severity)
    refused = any(finding.severity == "error" for finding in findings)
    return Loaded(None if refused else value, document.value, document.source, tuple(findings))


def _validated(
    model: type[M], value: Any, pointer: str, source: str
) -> tuple[M | None, list[Finding]]:
    """Return the model of a document; keys that a server drops are dropped, with a warning."""
    dropped: list[Finding] = []
    while True:
        try:
            return model.model_validate(value, context=AUTHORING), dropped
        except ValidationError as error:
            findings = explain(error, value, pointer, source)
        unknown = [found for found in findings if found.code == "unknown_key"]
        if not unknown or any(steps(found.pointer)[-1] in HOMES for found in unknown):
            return None, [*dropped, *findings]
        dropped += [_dropped(found) for found in unknown]
        value = _without(value, {found.pointer.removeprefix(pointer) for found in unknown})


def _dropped(found: Finding) -> Finding:
    text = f"{found.message}: a server drops it, and so does the engine"
    return replace(found, code="key_dropped", severity="warning", message=text)


def _without(value: Any, pointers: set[str], at: str = "") -> Any:
    """Return a document without the keys at some pointers."""
    if isinstance(value, dict):
        places = [(key, item, f"{at}/{escape(key)}") for key, item in value.items()]
        return {k: _without(item, pointers, to) for k, item, to in places if to not in pointers}
    if isinstance(value, list):
        return [_without(item, pointers, f"{at}/{index}") for index, item in enumerate(value)]
    return value

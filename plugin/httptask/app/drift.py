"""Which steps of workflow definitions a change of an API's description affects."""

from __future__ import annotations

import glob
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from httptask.catalog import DocumentChange
from httptask.catalog.drift import Difference
from httptask.catalog.schema_fields import ITEM
from httptask.definition.field_types import is_expression
from httptask.definition.file_kinds import is_task
from httptask.definition.findings import Finding, Severity
from httptask.definition.reading import Document, escape, read_document
from httptask.definition.schema_path import json_type
from httptask.definition.structure import raw_tasks
from httptask.definition.written import request_place, written_options, written_request
from httptask.errors import DefinitionError, ExpressionError
from httptask.expressions import compile_template

MAX_FILES: Final = 10_000
_STEP: Final = re.compile(r"\.?([A-Za-z_]\w*)|\[(?:\d+|\*)\]|\[['\"]([^'\"]*)['\"]\]", re.ASCII)
_BODY: Final = re.compile(r"\$\.response\.body(?=[.\[]|\Z)")
_VARIABLE: Final = re.compile(r"\{[^{}]*\}")
_OPTION: Final = {"path": "path", "query": "query", "cookie": "cookies"}


def affected(changes: Iterable[DocumentChange], flows: Iterable[Path]) -> list[Finding]:
    """Return what the changes mean for the steps of workflow definitions: errors first.

    Args:
        changes: what was updated.
        flows: files of definitions or tasks, and folders of them.

    Raises:
        DefinitionError: a file that is named cannot be read, or is neither.
    """
    by_operation: dict[str, list[Difference]] = defaultdict(list)
    for change in changes:
        for each in change.differences:
            by_operation[each.operation].append(each)
    found = [
        finding
        for document in _documents(flows)
        for finding in _in_document(document, by_operation)
    ]
    return sorted(dict.fromkeys(found), key=lambda each: (each.severity != "error", each.source))


def _documents(flows: Iterable[Path]) -> Iterator[Document]:
    for path in flows:
        if not path.is_dir():
            document = read_document(path)
            if not _has_tasks(document.value):
                message = "this is neither a workflow definition nor a task"
                raise DefinitionError(message, code="no_definition", source=str(path))
            yield document
            continue
        for file in sorted(path.rglob("*.json"))[:MAX_FILES]:
            try:
                document = read_document(file)
            except DefinitionError:
                continue  # a folder may hold anything
            if _has_tasks(document.value):
                yield document


def _has_tasks(value: Any) -> bool:
    return is_task(value) or (isinstance(value, Mapping) and isinstance(value.get("tasks"), list))


def _in_document(
    document: Document, by_operation: Mapping[str, list[Difference]]
) -> Iterator[Finding]:
    tasks = list(raw_tasks(document.value))
    if is_task(document.value):
        tasks.append(("", document.value))
    for pointer, task in tasks:
        inputs = task.get("inputParameters")
        if not isinstance(inputs, Mapping):
            continue
        operation = written_options(inputs).get("operation")
        name = operation.get("id") if isinstance(operation, Mapping) else None
        for difference in by_operation.get(name, ()) if isinstance(name, str) else ():
            step = _Step(difference, inputs, f"{pointer}/inputParameters", document.source)
            yield from step.findings()
            if difference.place[:1] == ("response",):
                yield from _readers(step, str(task.get("taskReferenceName")), tasks)


@dataclass(frozen=True, slots=True)
class _Step:
    """A task, and one difference of its operation.

    Attributes:
        difference: the difference.
        inputs: ``inputParameters`` of the task.
        pointer: where they stand.
        source: the file.
    """

    difference: Difference
    inputs: Mapping[str, Any]
    pointer: str
    source: str

    def findings(self) -> Iterator[Finding]:
        """Yield what the difference means for the task."""
        request, options = written_request(self.inputs), written_options(self.inputs)
        kind, place = self.difference.kind, self.difference.place
        first = place[0] if place else ""
        if kind in ("operation_gone", "operation_deprecated"):
            yield self.finding("/httptask/operation", certain=kind == "operation_gone")
        elif first == "auth":
            if isinstance(options.get("auth"), Mapping) or not place[1]:
                yield self.finding("/httptask/auth", certain=False)
        elif first == "server":
            if _is_below(str(request.get("uri")), place[1]):
                yield self.finding(f"{request_place(self.inputs)}/uri", certain=True)
        elif first == "media":
            if str(request.get("contentType")).startswith(place[1]):
                yield self.finding(f"{request_place(self.inputs)}/contentType", certain=True)
        elif first == "response":
            yield from self._outputs(options)
        else:
            yield from self._sent(request, options)

    def finding(self, below: str, *, certain: bool, hint: str = "") -> Finding:
        """Return the difference as a finding at a place below the inputs."""
        broken = certain and self.difference.severity == "breaking"
        severity: Severity = "error" if broken else "warning"
        if not hint and self.difference.kind == "operation_gone":
            hint = "httptask search finds what takes its place"
        message = f"{self.difference.operation}: {self.difference.message}"
        where = f"{self.pointer}{below}"
        return Finding(self.difference.kind, severity, message, where, hint, self.source)

    def _outputs(self, options: Mapping[str, Any]) -> Iterator[Finding]:
        outputs = options.get("output")
        for name, output in outputs.items() if isinstance(outputs, Mapping) else ():
            path = str(output.get("path") if isinstance(output, Mapping) else output)
            found = _BODY.match(path)
            if found and _reads(_steps(path[found.end() :]), self.difference.place[1:]):
                yield self.finding(f"/httptask/output/{escape(name)}", certain=True)

    def _sent(self, request: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[Finding]:
        first, steps = self.difference.place[0], list(self.difference.place[1:])
        if first == "body":
            at = request_place(self.inputs)
            holders: list[tuple[str, Any]] = [(f"{at}/body", request.get("body"))]
            holders += [(f"/httptask/{key}", options.get(key)) for key in ("form", "multipart")]
            holders = [each for each in holders if each[1] is not None] or holders[:1]
        elif first == "header":
            at = f"{request_place(self.inputs)}/headers"
            headers = request.get("headers")
            given = headers if isinstance(headers, Mapping) else {}
            steps = [next((each for each in given if each.lower() == steps[0].lower()), steps[0])]
            holders = [(at, given)]
        else:
            key = _OPTION[first]
            if first == "query" and re.search(
                rf"[?&]{re.escape(steps[0])}=", str(request.get("uri"))
            ):
                return
            holders = [(f"/httptask/{key}", options.get(key) or {})]
        for where, value in holders:
            yield from self._at(value, steps, where)

    def _at(self, value: Any, steps: list[str], where: str) -> Iterator[Finding]:
        """Yield what the difference means for a value that leads to the place of it."""
        if is_expression(value):
            if self.difference.kind != "field_gone":
                yield self.finding(where, certain=False, hint=f"see what {value} gives")
        elif not steps:
            yield from self._value(value, where)
        elif steps[0] == ITEM:
            for index, item in enumerate(value if isinstance(value, list) else ()):
                yield from self._at(item, steps[1:], f"{where}/{index}")
        elif isinstance(value, Mapping) and steps[0] in value:
            yield from self._at(value[steps[0]], steps[1:], f"{where}/{escape(steps[0])}")
        elif isinstance(value, Mapping) and [self.difference.kind, *steps[1:]] == [
            "field_required"
        ]:
            yield self.finding(where, certain=True, hint=f"give it {steps[0]!r}")

    @property
    def _is_required(self) -> bool:
        return self.difference.kind == "field_required"

    def _value(self, value: Any, where: str) -> Iterator[Finding]:
        """Yield what it means for the value itself."""
        kind, allowed = self.difference.kind, self.difference.value
        if kind == "field_gone" or (self._is_required and value is None):
            yield self.finding(where, certain=True)
        elif kind == "type_changed":
            own = json_type(value)
            if own not in allowed.types and not (own == "integer" and "number" in allowed.types):
                yield self.finding(where, certain=True)
        elif kind == "choice_gone" and value not in allowed.choices:
            yield self.finding(where, certain=True)


def _readers(
    step: _Step, reference: str, tasks: Iterable[tuple[str, Mapping[str, Any]]]
) -> Iterator[Finding]:
    """Yield where other tasks read from the response what is different in it."""
    for pointer, task in tasks:
        inputs = task.get("inputParameters")
        try:
            references = compile_template(inputs).references
        except ExpressionError:
            continue
        for each in references:
            path = [ITEM if isinstance(key, int) else key for key in each.prefix]
            place = ("output", "response", "body", *step.difference.place[1:])
            if each.task_ref == reference and _reads(path, place):
                reader = replace(step, pointer=f"{pointer}/inputParameters")
                yield reader.finding(each.pointer, certain=True, hint=f"{each.text} reads it")


def _steps(path: str) -> list[str]:
    """Return the names of a path below the body, as far as they are certain."""
    found, at = [], 0
    while step := _STEP.match(path, at):
        found.append(step[1] or step[2] or ITEM)
        at = step.end()
    return found


def _reads(path: list[str], place: tuple[str, ...]) -> bool:
    """Tell whether a path leads to a place or through it."""
    return len(path) >= len(place) and tuple(path[: len(place)]) == place


def _is_below(uri: str, server: str) -> bool:
    """Tell whether an address is one of a server, whose address may have ``{variables}``."""
    steps = re.split("[?#]", uri, maxsplit=1)[0].split("/")
    wanted = [_VARIABLE.sub("*", glob.escape(each)) for each in server.rstrip("/").split("/")]
    return len(steps) >= len(wanted) and all(map(fnmatchcase, steps, wanted))

"""Check a whole workflow definition, or one task on its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from httptask.check.almost import AlmostChecker
from httptask.check.flow import FlowChecker
from httptask.check.http_task import check_http_task
from httptask.check.joins import check_joins
from httptask.check.on_server import on_server
from httptask.check.option_conflicts import check_conflicts
from httptask.check.peers import Peers
from httptask.check.producers import Producers
from httptask.check.references import ReferenceChecker
from httptask.check.scope import Scope, placed_tasks
from httptask.check.scripts import check_scripts
from httptask.check.started import Named, none_known
from httptask.check.started_inputs import check_started, check_started_inputs
from httptask.check.unused_fields import unused_fields
from httptask.check.wires import Reads, check_wires
from httptask.definition.findings import Finding, Loaded
from httptask.definition.task_defs import effective_task_def, with_template
from httptask.definition.task_types import SUPPORTED_TYPES, runner_of
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.definition.written import (
    OPTIONS,
    WRAPPER,
    request_place,
    written_options,
    written_request,
)
from httptask.errors import HttpTaskError
from httptask.expressions import Template, compile_template
from httptask.hooks.compile import compile_task
from httptask.hooks.task import CompiledTask

NAME: Final = re.compile(r"(?!workflow\Z)[A-Za-z_][A-Za-z0-9_-]*")
"""What the reference of a task may be so that every expression finds it."""


def check_workflow(
    loaded: Loaded[WorkflowDef],
    task_defs: Mapping[str, TaskDef] | None = None,
    *,
    for_server: bool = False,
    open_outputs: bool = False,
    named: Named = none_known,
) -> list[Finding]:
    """Return everything that is wrong with, or worth knowing about, a workflow definition.

    Args:
        loaded: the definition as it was read, with the findings of reading it.
        task_defs: registered task definitions by name.
        for_server: whether a Conductor server is to run it, which knows more types of tasks.
        open_outputs: whether a plugin makes the outputs of HTTP tasks, of whatever names.
        named: finds the definitions that it may start.

    Returns:
        Errors first; ``run`` refuses a definition that has any.
    """
    findings = list(loaded.findings)
    if loaded.value is not None:
        if not for_server:
            findings += _unsupported(loaded.value, loaded.source)
        else:
            findings += on_server(loaded.value, loaded.source)
        producers = Producers(loaded.value, open_outputs, named)
        findings += _workflow_findings(producers, task_defs or {}, loaded.source)
        findings += unused_fields(loaded.value, task_defs, loaded.source)
    return sorted(findings, key=lambda finding: finding.severity != "error")


def check_task(
    loaded: Loaded[WorkflowTask], task_defs: Mapping[str, TaskDef] | None = None
) -> list[Finding]:
    """Return everything that is wrong with, or worth knowing about, a task on its own."""
    findings = list(loaded.findings)
    task = loaded.value
    if task is not None and task.type == "HTTP":
        completed = _completed(task, task_defs or {})
        try:
            findings += check_http_task(_prepared(completed, "", loaded.source), Peers({}))
        except HttpTaskError as error:
            findings.append(Finding.of(error))
        findings += _given(completed, "", lambda _text: None, loaded.source, findings)
    return sorted(findings, key=lambda finding: finding.severity != "error")


def _completed(task: WorkflowTask, task_defs: Mapping[str, TaskDef]) -> WorkflowTask:
    """Return a task with the inputs that its task definition gives."""
    inputs = with_template(
        task.input_parameters, effective_task_def(task, task_defs).input_template
    )
    return task.model_copy(update={"input_parameters": inputs})


def _unsupported(workflow: WorkflowDef, source: str) -> Iterator[Finding]:
    for pointer, task in workflow.walk():
        if task.type not in SUPPORTED_TYPES:
            yield Finding(
                "task_type_unsupported",
                "error",
                f"the embedded engine does not run tasks of type {task.type}",
                f"{pointer}/type",
                runner_of(task.type),
                source,
            )


def _workflow_findings(
    producers: Producers, task_defs: Mapping[str, TaskDef], source: str
) -> Iterator[Finding]:
    workflow = producers.workflow
    checker = ReferenceChecker(producers, source)
    flow = FlowChecker(workflow, producers, source)
    almost, peers = AlmostChecker(producers.tasks, source), Peers.of(workflow)
    everything = Scope(frozenset(task.task_reference_name for _, task in workflow.walk()))
    for placed in placed_tasks(workflow.tasks, "/tasks"):
        task, pointer = _completed(placed.task, task_defs), placed.pointer
        yield from _unreadable_name(task, pointer, source)
        where, inputs = f"{pointer}/inputParameters", _without_schemas(task)
        try:
            prepared = _prepared(task, pointer, source) if task.type == "HTTP" else None
            template = compile_template(inputs) if prepared is None else _read(prepared)
        except HttpTaskError as error:
            yield Finding.of(error)
            continue
        slips = list(almost.check(inputs, where))
        found = [*checker.check(template, where, placed.scope)]
        found += flow.read(template, where, placed.scope)
        found += check_scripts(almost.meant(task) if slips else task, pointer, producers, source)
        if (child := producers.started(task)) is not None:
            found += check_started(task, pointer, child.workflow, child.declared, source)
            found += check_started_inputs(task, pointer, child.workflow, producers.text, source)
        if prepared is not None:
            found += check_http_task(prepared, peers)
            found += _given(task, pointer, producers.text, source, found)
            found += almost.credentials(task, pointer)
        yield from _by_cause(slips, found)
    outputs = compile_template(workflow.output_parameters)
    yield from checker.check(outputs, "/outputParameters", everything)
    yield from flow.read(outputs, "/outputParameters", everything)
    yield from almost.check(workflow.output_parameters, "/outputParameters")
    yield from checker.undeclared()
    yield from flow.findings()
    yield from check_joins(workflow, checker.unjoined, source)


def _given(
    task: WorkflowTask, pointer: str, reads: Reads, source: str, told: Sequence[Finding]
) -> Iterator[Finding]:
    """Yield what does not fit what an HTTP task is given, but where its values are refused."""
    refused = {each.pointer for each in told if each.code == "request_schema"}
    for each in check_wires(task, pointer, reads, source):
        if refused.isdisjoint(_places_above(each.pointer)):
            yield each
    yield from check_conflicts(task, pointer, source)


def _by_cause(slips: Sequence[Finding], found: Sequence[Finding]) -> Iterator[Finding]:
    """Yield what is found; of a text with a slip only that, which is as bad as what it causes."""
    refused = {each.pointer for each in found if each.severity == "error"}
    for slip in slips:
        yield replace(slip, severity="error") if slip.pointer in refused else slip
    told = {slip.pointer for slip in slips}
    yield from (each for each in found if each.pointer not in told)


def _places_above(pointer: str) -> Iterator[str]:
    """Yield a pointer, and those of what holds it."""
    while pointer:
        yield pointer
        pointer = pointer.rpartition("/")[0]


def _unreadable_name(task: WorkflowTask, pointer: str, source: str) -> Iterator[Finding]:
    """Yield a warning for a name that no ``${...}`` finds, or that hides the workflow's own."""
    name = task.task_reference_name
    if NAME.fullmatch(name):
        return
    (found, *_) = compile_template(f"${{{name}.output}}").references or (None,)
    if found is None or found.root != "task" or found.task_ref != name:
        yield Finding(
            "reference_name",
            "warning",
            f"${{{name}.output}} does not read this task's output",
            f"{pointer}/taskReferenceName",
            "choose a name of letters, digits, _ and -, other than workflow",
            source,
        )


def _prepared(task: WorkflowTask, pointer: str, source: str) -> CompiledTask:
    base_dir = Path(source).parent if source else None
    return compile_task(task, pointer=pointer, source=source, base_dir=base_dir)


def _read(prepared: CompiledTask) -> Template:
    """Return the template of a task's inputs, without the parts that are not read as one."""
    template = prepared.template
    apart = (f"/{OPTIONS}/operation/", f"{request_place(prepared.written)}/outputFilter")
    return replace(
        template,
        references=tuple(e for e in template.references if not e.pointer.startswith(apart)),
        problems=tuple(e for e in template.problems if not e.pointer.startswith(apart)),
    )


def _without_schemas(task: WorkflowTask) -> Mapping[str, object]:
    """Return a task's inputs without the parts that are not templates."""
    inputs = task.input_parameters
    options, request = written_options(inputs), written_request(inputs)
    if not options:
        return inputs
    kept = {
        key: value
        for key, value in options.items()
        if not key.endswith("Schema") and key != "operation"
    }
    if "outputFilter" not in request:
        return {**inputs, OPTIONS: kept}
    own = {key: value for key, value in request.items() if key != "outputFilter"}
    return {**own, OPTIONS: kept} if request is inputs else {**inputs, WRAPPER: own, OPTIONS: kept}

"""Check what a SUB_WORKFLOW task gives the workflow that it starts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from httptask.check.literals import broken
from httptask.check.shape import Shape
from httptask.check.wires import Reads, check_values
from httptask.definition.findings import Finding, Fix
from httptask.definition.held import Held
from httptask.definition.json_schema import JsonSchema
from httptask.definition.messages import did_you_mean, only_near
from httptask.definition.reading import escape
from httptask.definition.workflow import WorkflowDef, WorkflowTask


def check_started(
    task: WorkflowTask, pointer: str, workflow: WorkflowDef, declared: frozenset[str], source: str
) -> Iterator[Finding]:
    """Yield a warning for each input that a workflow has not, where it has one that is not given.

    Args:
        task: the task that starts it.
        pointer: its JSON Pointer.
        workflow: the workflow.
        declared: the inputs that it declares.
        source: the definition's file.
    """
    given = task.input_parameters.keys()
    free = sorted(declared - given - workflow.input_template.keys())
    for name in given - declared if free else ():
        text = f"the workflow {workflow.name!r} declares no input {name!r}"
        hint = did_you_mean(name, free) or f"not given: {', '.join(free)}"
        at = f"{pointer}/inputParameters/{escape(name)}"
        fix = Fix.key(only_near(name, free))
        yield Finding("input_undeclared", "warning", text, at, hint, source, fix)


def check_started_inputs(
    task: WorkflowTask, pointer: str, workflow: WorkflowDef, reads: Reads, source: str
) -> Iterator[Finding]:
    """Yield a warning for each input that the ``inputSchema`` of a workflow does not take.

    Args:
        task: the task that starts it.
        pointer: its JSON Pointer.
        workflow: the workflow.
        reads: returns the shape of what a text reads, or None if nothing is known of it.
        source: the definition's file.
    """
    described = workflow.input_schema
    if described is None or described.type != "JSON" or not described.data:
        return
    schema = JsonSchema(described.data)
    where, given = f"{pointer}/inputParameters", task.input_parameters
    held = Held({**workflow.input_template, **given}, where, {})
    for each in broken(held, schema, "", source):
        text = f"by inputSchema of the workflow {workflow.name!r}, {each.message}"
        yield replace(each, code="input_schema", severity="warning", message=text)
    yield from check_values(given, Shape.of(schema.document), where, reads, source)

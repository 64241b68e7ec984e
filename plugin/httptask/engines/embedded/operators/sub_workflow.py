"""SUB_WORKFLOW and START_WORKFLOW: other runs, and the one that starts when a run fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from httptask.definition.explain import explain
from httptask.definition.field_types import AUTHORING
from httptask.definition.workflow import WorkflowDef
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.library import Library
from httptask.engines.embedded.operators.attempts import Attempt, run_attempts
from httptask.engines.embedded.payload import child_payload, filled
from httptask.engines.embedded.program import Step
from httptask.engines.embedded.run import Links
from httptask.errors import HttpTaskError
from httptask.expressions import readable

FAILURE_WORKFLOW: Final = "conductor.failure_workflow"
MAX_DEPTH: Final = 32
STATUS_OF_TASK: Final = {"COMPLETED": "COMPLETED", "FAILED": "FAILED", "TERMINATED": "CANCELED"}


class StartError(Exception):
    """A run cannot be started; the text is a server's."""


def run_sub_workflow(flow: Flow, step: Step) -> None:
    """Start a run and wait for its end; its output becomes the task's."""
    run_attempts(flow, step, _wait_for_child, shown=lambda inputs: _stored(flow, step, inputs))


def _stored(flow: Flow, step: Step, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the inputs as a server stores them."""
    given = step.fields.evaluate(flow.context()) if step.fields else {}
    param = step.task.sub_workflow_param
    literal = param and (param.workflow_definition or param.workflow_def)
    definition = literal if isinstance(literal, Mapping) else given.get("workflowDefinition")
    name, version = given.get("name"), given.get("version")
    if isinstance(definition, Mapping):
        name, version = definition.get("name", name), None
    else:
        found = flow.run.program.library.workflow(str(name), _number(version))
        if found is not None:
            version = found.version if version is None else version
            inputs = filled(found.input_template, inputs) if inputs else inputs
    return {
        "subWorkflowName": name,
        "subWorkflowVersion": _number(version),
        "subWorkflowDefinition": definition,
        "subWorkflowTaskToDomain": given.get("taskToDomain"),
        "workflowInput": inputs,
        "priority": given.get("priority"),
        "idempotencyKey": given.get("idempotencyKey"),
        "idempotencyStrategy": given.get("idempotencyStrategy"),
    }


def _number(version: Any) -> Any:
    return int(version) if isinstance(version, str) and version.isdigit() else version


def _wait_for_child(attempt: Attempt) -> None:
    flow, entry, given = attempt.flow, attempt.entry, attempt.inputs
    links = Links(
        parent_id=flow.run.id,
        parent_task_id=entry["taskId"],
        correlation_id=flow.run.links.correlation_id,
        priority=_number(given["priority"]) or 0,
        depth=flow.run.links.depth + 1,
    )
    try:
        definition = given["subWorkflowDefinition"]
        workflow = _definition(
            flow, given["subWorkflowName"], given["subWorkflowVersion"], definition
        )
        inputs = given["workflowInput"] or given
        if isinstance(definition, Mapping):
            inputs = {**inputs, "_systemMetadata": {"dynamic": True}}
        child = start(flow, attempt.key, workflow, inputs, links)
    except StartError as error:
        attempt.fail(str(error))
        return
    entry["status"], entry["subWorkflowId"] = "IN_PROGRESS", child
    entry["outputData"] = {"subWorkflowId": child}
    flow.emit("task_updated", entry)
    ended = flow.effects.run_ended(f"{attempt.key}/ended", child, attempt.seconds_left())
    if ended is None:
        flow.effects.terminate(f"{attempt.key}/terminate", [child], "Parent task timed out")
        attempt.time_out()
        return
    flow.clock = max(flow.clock, ended["endTime"])
    output = dict(ended["output"]) if isinstance(ended["output"], Mapping) else {}
    output.pop(FAILURE_WORKFLOW, None)
    entry["outputData"] = readable({"subWorkflowId": child, **output})
    entry["status"] = STATUS_OF_TASK.get(ended["status"], ended["status"])
    if entry["status"] != "COMPLETED":
        reason = ended.get("reasonForIncompletion")
        name = f"{workflow.name}.{workflow.version}/{child}"
        entry["reasonForIncompletion"] = f"Sub workflow {name} failure reason: {reason}"


def run_start_workflow(flow: Flow, step: Step) -> None:
    """Start a run and go on."""
    run_attempts(flow, step, _start)


def _start(attempt: Attempt) -> None:
    flow, entry = attempt.flow, attempt.entry
    request = attempt.inputs.get("startWorkflow")
    try:
        child = _requested(attempt, request)
    except StartError as error:
        attempt.fail(str(error))
        return
    entry["status"], entry["outputData"] = "COMPLETED", {"workflowId": child}
    entry["startTime"] = flow.clock


def _requested(attempt: Attempt, request: Any) -> str:
    flow = attempt.flow
    if request is None:
        raise StartError("Missing 'startWorkflow' in input data.")
    if not isinstance(request, Mapping) or not isinstance(request.get("input") or {}, Mapping):
        raise StartError("Error reading StartWorkflowRequest. 'startWorkflow' is not a request")
    if not request.get("name"):
        missing = "'name' -> Workflow name cannot be null or empty. "
        raise StartError(f"startWorkflow validation failed. {missing}")
    links = Links(
        correlation_id=request.get("correlationId") or flow.run.links.correlation_id,
        priority=_number(request.get("priority")) or 0,
        depth=flow.run.links.depth + 1,
    )
    workflow = _definition(
        flow, request["name"], _number(request.get("version")), request.get("workflowDef")
    )
    return start(flow, attempt.key, workflow, request.get("input") or {}, links)


def _definition(flow: Flow, name: Any, version: Any, given: Any) -> WorkflowDef:
    if isinstance(given, Mapping):
        try:
            return WorkflowDef.model_validate(given, context=AUTHORING)
        except ValidationError as error:
            found = explain(error, given)[0]
            raise StartError(
                f"the workflow definition is not valid: {found.pointer}: {found.message}"
            ) from None
    return find(flow.run.program.library, name, version)


def find(library: Library, name: Any, version: Any) -> WorkflowDef:
    """Return a definition of the library.

    Raises:
        StartError: there is none.
    """
    found = library.workflow(str(name), version)
    if found is None:
        shown = "null" if version is None else version
        raise StartError(f"No such workflow defined. name={name}, version={shown}")
    return found


def start(
    flow: Flow, key: str, workflow: WorkflowDef, given: Mapping[str, Any], links: Links
) -> str:
    """Start a run once and for all; return its id.

    Raises:
        StartError: the engine cannot run the definition, or runs start runs without end.
    """
    if links.depth > MAX_DEPTH:
        raise StartError(f"runs are nested more than {MAX_DEPTH} deep")
    child = flow.run.task_id(f"{key}/run")
    try:
        payload = child_payload(flow.run, workflow, given, links)
    except HttpTaskError as error:
        text = f"the workflow {workflow.name} cannot run: {error.message}"
        raise StartError(text) from None
    flow.effects.start_run(f"{key}/start", child, payload)
    return child


def start_failure_workflow(
    flow: Flow, status: str, reason: str, task_id: str, failed: Mapping[str, Any]
) -> str:
    """Start the workflow that the definition names for its failure; return its id, or why not.

    Args:
        flow: the flow of the whole run.
        status: how it ended.
        reason: its reasonForIncompletion.
        task_id: the task that ended it, or "".
        failed: the run's execution document.
    """
    program = flow.run.program
    name, version = program.workflow.failure_workflow, program.workflow.failure_workflow_version
    given = {
        **flow.run.input,
        "workflowId": flow.run.id,
        "reason": reason,
        "failureStatus": status,
        "failedWorkflow": dict(failed),
    }
    if task_id:
        given["failureTaskId"] = task_id
    links = replace(flow.run.links, parent_id="", parent_task_id="", depth=flow.run.links.depth + 1)
    try:
        workflow = find(program.library, name, version)
        return start(flow, "failureWorkflow", workflow, given, links)
    except StartError as error:
        return f"Error workflow {name} failed to start.  reason: {error}"

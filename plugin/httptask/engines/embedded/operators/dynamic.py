"""DYNAMIC and FORK_JOIN_DYNAMIC: tasks that are known only when their inputs are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from httptask.definition.field_types import AUTHORING
from httptask.definition.task_types import SUPPORTED_TYPES
from httptask.definition.workflow import WorkflowTask
from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.flow import Flow
from httptask.engines.embedded.operators.fork import open_branches
from httptask.engines.embedded.program import Step
from httptask.errors import DefinitionError, HttpTaskError
from httptask.expressions import java_text

Raw = dict[str, Any]


def run_dynamic(flow: Flow, step: Step) -> None:
    """Execute the task whose name an input gives; retries and limits are the DYNAMIC task's own."""
    inputs = flow.inputs(step, flow.context())
    name = step.task.dynamic_task_name_param or ""
    chosen = inputs.get(name)
    if chosen is None:
        raise Ending(
            "FAILED",
            "Cannot map a dynamic task based on the parameter and input. "
            f"Parameter= {name}, input= {java_text(inputs)}",
        )
    one = _compiled(flow, _dynamic_task(flow, step, java_text(chosen)), step.pointer)
    flow.execute(one)


def _dynamic_task(flow: Flow, step: Step, name: str) -> WorkflowTask:
    kind = name if name in SUPPORTED_TYPES else "SIMPLE"
    complete = {"type": kind, "task_definition": step.definition, "retry_count": None}
    if kind == "SIMPLE":
        complete["name"] = name
    return step.task.model_copy(update=complete)


def run_dynamic_fork(flow: Flow, step: Step) -> None:
    """Start a branch for each task that the inputs give."""
    inputs = flow.inputs(step, flow.context())
    tasks = _tasks(flow, step, inputs)
    names = [str(task["taskReferenceName"]) for task in tasks]
    tasks = list({str(task["taskReferenceName"]): task for task in reversed(tasks)}.values())[::-1]
    branches = tuple((_compiled(flow, _model(task), step.pointer),) for task in tasks)
    shown = {**inputs, "forkedTasks": names, "forkedTaskDefs": tasks}
    open_branches(flow, step, shown, branches, tasks)


def _compiled(flow: Flow, task: WorkflowTask, pointer: str) -> Step:
    try:
        return flow.run.compile(task, pointer)
    except HttpTaskError as error:
        raise Ending("FAILED", _refusal(error, task)) from None


def _refusal(error: HttpTaskError, task: WorkflowTask) -> str:
    if isinstance(error, DefinitionError) and error.code == "task_type_unsupported":
        return (
            f"Invalid task specified. Cannot find task by name {task.name} in the task definitions"
        )
    return error.message


def _model(task: Raw) -> WorkflowTask:
    return WorkflowTask.model_validate(task, context=AUTHORING)


def _tasks(flow: Flow, step: Step, inputs: Mapping[str, Any]) -> list[Raw]:
    """Return the definitions of the tasks, the inputs of each put in.

    Raises:
        Ending: the inputs give none.
    """
    if "forkTaskInputs" in inputs:
        found = _same(flow, step, inputs)
    elif step.task.dynamic_fork_tasks_param:
        found = _listed(step, inputs)
    elif step.task.dynamic_fork_join_tasks_param:
        found = _old_form(step, inputs)
    else:
        found = _same(flow, step, inputs)
    references = {str(task["taskReferenceName"]) for task in found}
    known = flow.run.program.by_ref.keys() & references
    if known:
        workflow, name = flow.run.program.workflow, min(known)
        raise Ending(
            "FAILED",
            "No dynamic tasks could be created for the Workflow: "
            f"{workflow.name}.{workflow.version}/{flow.run.id}, Dynamic Fork Task: {name}/{name} "
            f"attempted to create a duplicate task reference name: {name}",
        )
    return found


def _listed(step: Step, inputs: Mapping[str, Any]) -> list[Raw]:
    """Return the tasks of a list, completed by a map from their references to inputs."""
    name = str(step.task.dynamic_fork_tasks_param)
    tasks = inputs.get(name)
    wrong = Ending(
        "FAILED",
        f"Input '{name}' is invalid. Cannot deserialize a list of Workflow Tasks from "
        f"'{java_text(tasks)}'",
    )
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise wrong
    given = inputs.get(str(step.task.dynamic_fork_tasks_input_param_name))
    if not isinstance(given, Mapping):
        raise Ending(
            "FAILED",
            "Input to the dynamically forked tasks is not a map -> expecting a map of K,V  "
            f"but found {java_text(given)}",
        )
    found = []
    for task in tasks:
        own = task.get("inputParameters") or {}
        more = given.get(str(task.get("taskReferenceName"))) or {}
        whole = {**task, "inputParameters": {**own, **more}}
        whole.setdefault("name", task.get("taskReferenceName"))
        try:
            _model(whole)
        except ValidationError:
            raise wrong from None
        found.append(whole)
    return found


def _old_form(step: Step, inputs: Mapping[str, Any]) -> list[Raw]:
    name = str(step.task.dynamic_fork_join_tasks_param)
    given = inputs.get(name)
    listed = given.get("dynamicTasks") if isinstance(given, Mapping) else None
    if not isinstance(listed, list) or not all(isinstance(one, Mapping) for one in listed):
        raise _nothing(name)
    return [
        {
            "name": str(one.get("taskName")),
            "taskReferenceName": str(one.get("referenceName")),
            "type": one.get("type") or "SIMPLE",
            "inputParameters": one.get("input") or {},
        }
        for one in listed
    ]


def _nothing(name: str, inputs: Mapping[str, Any] | None = None) -> Ending:
    return Ending(
        "FAILED",
        f"Dynamic tasks could not be created. The value of {name} from task's input "
        f"{java_text(dict(inputs or {}))} has no dynamic tasks to be scheduled",
    )


def _same(flow: Flow, step: Step, inputs: Mapping[str, Any]) -> list[Raw]:
    """Return one task of the same kind for each entry of ``forkTaskInputs``."""
    listed = inputs.get("forkTaskInputs")
    if not isinstance(listed, list):
        raise _nothing("null", inputs)
    workflow = inputs.get("forkTaskWorkflow")
    name = inputs.get("forkTaskName") or inputs.get("forkTaskType")
    again = any(fork.step.task.type == "FORK_JOIN_DYNAMIC" for fork in flow.past_forks)
    prefix = f"{step.ref}_{name}" if again and name else name or step.ref
    found = []
    for index, one in enumerate(listed):
        own = dict(one) if isinstance(one, Mapping) else {"input": one}
        task: Raw = {
            "name": str(name or workflow or step.ref),
            "taskReferenceName": f"_{prefix}_{index}",
            "type": inputs.get("forkTaskType") or "SIMPLE",
            "inputParameters": {**own, "__index": index},
            "optional": step.task.optional,
        }
        if workflow:
            version = inputs.get("forkTaskWorkflowVersion")
            task["type"] = "SUB_WORKFLOW"
            task["subWorkflowParam"] = {"name": workflow}
            if version is not None:
                task["subWorkflowParam"]["version"] = int(version)
        found.append(task)
    return found

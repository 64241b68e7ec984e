"""What the engine does not run, found by pointer before anything does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from httptask.definition.task_defs import with_template
from httptask.definition.task_types import SUPPORTED_TYPES, runner_of
from httptask.definition.workflow import WorkflowTask
from httptask.engines.embedded.library import Library
from httptask.engines.embedded.times import WaitError, seconds_until, wait_seconds
from httptask.errors import DefinitionError

SCRIPT_EVALUATORS: Final = ("javascript", "graaljs")
EVALUATORS: Final = ("value-param", *SCRIPT_EVALUATORS)
END_STATUSES: Final = ("COMPLETED", "FAILED", "TERMINATED")


def check_task_type(task: WorkflowTask, pointer: str, library: Library) -> None:
    """Refuse a task that the engine does not run.

    Raises:
        DefinitionError: with the pointer, and what would run it.
    """
    kind = task.type
    if kind not in SUPPORTED_TYPES:
        raise DefinitionError(
            f"the embedded engine does not run tasks of type {kind}",
            code="task_type_unsupported",
            pointer=f"{pointer}/type",
            hint=runner_of(kind),
        )
    if kind == "SIMPLE" and not library.has_function(task.name):
        raise DefinitionError(
            f'there is no function for the SIMPLE task "{task.name}"',
            code="task_type_unsupported",
            pointer=f"{pointer}/type",
            hint=runner_of(kind),
        )
    check = _CHECKS.get(kind)
    if check is not None:
        check(task, pointer, library)


def _switch(task: WorkflowTask, pointer: str, _: Library) -> None:
    _evaluator(task.evaluator_type, f"{pointer}/evaluatorType")
    _cases(task, pointer)


def _evaluator(name: Any, pointer: str) -> None:
    if name not in EVALUATORS:
        raise DefinitionError(
            f"the embedded engine has no evaluator {name}",
            code="evaluator_unsupported",
            pointer=pointer,
            hint=f"one of {', '.join(EVALUATORS)}",
        )


def _inline(task: WorkflowTask, pointer: str, _: Library) -> None:
    name = task.input_parameters.get("evaluatorType")
    if name == "python":
        _evaluator(name, f"{pointer}/inputParameters/evaluatorType")


def _cases(task: WorkflowTask, pointer: str) -> None:
    if not task.decision_cases:
        raise _missing(f"a {task.type}", "a case in decisionCases", f"{pointer}/decisionCases")


def _decision(task: WorkflowTask, pointer: str, _: Library) -> None:
    _cases(task, pointer)
    if not (task.case_value_param or "").strip() and not (task.case_expression or "").strip():
        raise _missing("a DECISION", "caseValueParam or caseExpression", pointer)


def _missing(who: str, what: str, pointer: str) -> DefinitionError:
    return DefinitionError(f"{who} needs {what}", code="field_needed", pointer=pointer)


def _fork(task: WorkflowTask, pointer: str, _: Library) -> None:
    if not (task.fork_tasks and all(task.fork_tasks)):
        raise DefinitionError(
            "a FORK_JOIN needs branches with tasks", code="empty_tasks", pointer=pointer
        )


def _terminate(task: WorkflowTask, pointer: str, _: Library) -> None:
    status = task.input_parameters.get("terminationStatus")
    if status not in END_STATUSES:
        raise DefinitionError(
            f"terminationStatus is one of {', '.join(END_STATUSES)}",
            code="termination_status_invalid",
            pointer=f"{pointer}/inputParameters/terminationStatus",
        )
    if task.optional:
        raise DefinitionError(
            "a TERMINATE is not optional", code="field_conflict", pointer=f"{pointer}/optional"
        )


def _sub_workflow(task: WorkflowTask, pointer: str, library: Library) -> None:
    given = task.sub_workflow_param
    if given is None:
        raise _missing("a SUB_WORKFLOW", "subWorkflowParam", f"{pointer}/subWorkflowParam")
    if isinstance(given.workflow_definition or given.workflow_def, Mapping) or given.version:
        return
    if given.name is None or library.workflow(given.name) is None:
        raise DefinitionError(
            f"there is no definition of the workflow {given.name}",
            code="sub_workflow_missing",
            pointer=f"{pointer}/subWorkflowParam/name",
            hint="put its file beside this one, or name a folder with --workflow-defs",
        )


def _event(task: WorkflowTask, pointer: str, _: Library) -> None:
    sink = task.sink
    if not sink:
        raise _missing("an EVENT", "sink", f"{pointer}/sink")
    if "${" not in sink and sink.partition(":")[0] != "conductor":
        raise DefinitionError(
            f"the embedded engine does not publish to {sink}",
            code="sink_unsupported",
            pointer=f"{pointer}/sink",
            hint="a Conductor server with that queue does",
        )


def _dynamic(task: WorkflowTask, pointer: str, _: Library) -> None:
    if not task.dynamic_task_name_param:
        raise _missing("a DYNAMIC", "dynamicTaskNameParam", f"{pointer}/dynamicTaskNameParam")


def _dynamic_fork(task: WorkflowTask, pointer: str, _: Library) -> None:
    new, old = task.dynamic_fork_tasks_param, task.dynamic_fork_join_tasks_param
    inputs = task.input_parameters
    if new and old:
        raise DefinitionError(
            "dynamicForkTasksParam and dynamicForkJoinTasksParam exclude each other",
            code="field_conflict",
            pointer=f"{pointer}/dynamicForkJoinTasksParam",
        )
    named = {"forkTaskInputs", "forkTaskName", "forkTaskType", "forkTaskWorkflow"}
    if not new and not old and not named & inputs.keys():
        raise _missing("a FORK_JOIN_DYNAMIC", "dynamicForkTasksParam", pointer)


def _wait(task: WorkflowTask, pointer: str, _: Library) -> None:
    inputs = task.input_parameters
    duration, until = inputs.get("duration"), inputs.get("until")
    if duration is not None and until is not None:
        raise DefinitionError(
            "a WAIT takes duration or until, not both",
            code="field_conflict",
            pointer=f"{pointer}/inputParameters/until",
        )
    _literal_time("duration", duration, wait_seconds, pointer)
    _literal_time("until", until, lambda text: seconds_until(text, 0), pointer)


def _literal_time(name: str, value: Any, read: Callable[[str], float], pointer: str) -> None:
    if value in (None, "") or "${" in str(value):
        return
    try:
        read(str(value))
    except WaitError as error:
        raise DefinitionError(
            str(error),
            code="wait_invalid",
            pointer=f"{pointer}/inputParameters/{name}",
            hint='a duration such as "2 hours 30 min", or a time such as "2030-01-31 09:30 GMT"',
        ) from None


def _jq(task: WorkflowTask, pointer: str, library: Library) -> None:
    definition = task.task_definition or library.task_defs.get(task.name)
    template = definition.input_template if definition else {}
    if with_template(task.input_parameters, template).get("queryExpression") is None:
        where = f"{pointer}/inputParameters/queryExpression"
        raise _missing("a JSON_JQ_TRANSFORM", "queryExpression", where)


_CHECKS: Final[Mapping[str, Callable[[WorkflowTask, str, Library], None]]] = {
    "SWITCH": _switch,
    "INLINE": _inline,
    "DECISION": _decision,
    "FORK_JOIN": _fork,
    "TERMINATE": _terminate,
    "SUB_WORKFLOW": _sub_workflow,
    "EVENT": _event,
    "DYNAMIC": _dynamic,
    "FORK_JOIN_DYNAMIC": _dynamic_fork,
    "WAIT": _wait,
    "JSON_JQ_TRANSFORM": _jq,
}

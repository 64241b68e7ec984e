"""What the steps before a task give to it, when it is tested from here.

A step that was tested gives the result that it had. Steps that only compute are executed by the
embedded engine, in a folder that is gone afterwards; nothing is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pluggy

from httptask.app.engine import Engine
from httptask.core.result import TaskResult, TaskStatus
from httptask.definition.structure import raw_tasks
from httptask.editor.services import Draft
from httptask.editor.upstream import line_before, tasks_before
from httptask.engines.embedded.functions import FunctionCall
from httptask.errors import InputError
from httptask.expressions import Context, Reference, compile_template
from httptask.settings import Settings
from httptask.trial.missing import missing_references

Task = Mapping[str, Any]
COMPUTED: Final = frozenset({"INLINE", "LAMBDA", "JSON_JQ_TRANSFORM", "SET_VARIABLE"})
_FLOW: Final = frozenset({"SWITCH", "DECISION", "FORK_JOIN"})
_JOINS: Final = frozenset({"JOIN", "EXCLUSIVE_JOIN"})
_LISTS: Final = ("decisionCases", "defaultCase", "forkTasks")
_RECORDED: Final = "recorded_step"
_SECONDS: Final = 30


def steps_read(draft: Draft) -> list[Task]:
    """Return the steps before that the draft's task reads, and those that they read, in order."""
    wanted, variables = _read(draft.task)
    found: list[Task] = []
    for task in tasks_before(draft):
        sets = variables and task.get("type") == "SET_VARIABLE"
        if task.get("taskReferenceName") in wanted or sets:
            found.append(task)
            refs, reads = _read(task)
            wanted, variables = wanted | refs, variables or reads
    return found[::-1]


def steps_json(draft: Draft, context: Context) -> list[dict[str, Any]]:
    """Return ``{reference, computed, missing}`` of each step that the task reads.

    ``missing`` are the expressions in it that neither ``context`` nor another step gives.
    """
    found = steps_read(draft)
    given = {str(task.get("taskReferenceName")) for task in found}
    return [
        {
            "reference": str(task.get("taskReferenceName")),
            "computed": task.get("type") in COMPUTED,
            "missing": [
                each.text.removeprefix("${").removesuffix("}")
                for each in missing_references(_template(task), context)
                if each.task_ref not in given
            ],
        }
        for task in found
    ]


def _template(task: Task) -> Any:
    return compile_template(task.get("inputParameters") or {})


def _read(task: Task) -> tuple[set[str], bool]:
    """Return the references that a task reads, and whether it reads variables."""
    references: Sequence[Reference] = _template(task).references
    refs = {each.task_ref for each in references if each.task_ref}
    return refs, any(each.root == "workflow.variables" for each in references)


@dataclass(frozen=True, slots=True)
class Before:
    """Executes the steps before.

    Attributes:
        settings: the machine's side.
        manager: the plugins.
    """

    settings: Settings
    manager: pluggy.PluginManager

    def run(self, draft: Draft, context: Context) -> Mapping[str, Any]:
        """Return the execution of what the task reads; empty if nothing of it computes.

        Args:
            draft: the task, and the workflow around it.
            context: the inputs of the test, and the results that steps had.

        Raises:
            InputError: a step fails, or has no result yet.
        """
        read = steps_read(draft)
        names = {str(task.get("taskReferenceName")) for task in read}
        computed = {str(each["taskReferenceName"]) for each in read if each["type"] in COMPUTED}
        untested = sorted(names - computed - set(context.tasks))
        if untested:
            text = f"steps have no result yet: {', '.join(untested)}"
            raise InputError(text, code="inputs_missing", hint="test them, or give the values")
        if not computed:
            return {}
        outputs = {ref: task.get("output") for ref, task in context.tasks.items()}
        with TemporaryDirectory() as folder:
            return self._execution(_workflow(draft, names), context, outputs, Path(folder))

    def _execution(
        self, workflow: Task, context: Context, outputs: Mapping[str, Any], folder: Path
    ) -> Mapping[str, Any]:
        def recorded(call: FunctionCall) -> TaskResult:
            return TaskResult(TaskStatus.COMPLETED, outputs.get(call.execution.task_ref) or {})

        with Engine.open(
            settings=replace(self.settings, data=folder),
            manager=self.manager,
            functions={_RECORDED: recorded},
        ) as engine:
            found = engine.run(workflow, input=context.workflow["input"])
        if found["status"] != "COMPLETED":
            reason = str(found.get("reasonForIncompletion") or found["status"])
            raise InputError(
                f"a step before fails: {reason}", code="step_before_failed", hint="mend that step"
            )
        return found


def _workflow(draft: Draft, names: set[str]) -> dict[str, Any]:
    """Return the definition of the steps before: what computes, and recorded results."""
    flow = draft.workflow or {}
    kept = {key: flow[key] for key in ("inputTemplate", "variables") if key in flow}
    tasks = [each for task in _line(draft, names) for each in _plain(task, names)]
    return {
        **kept,
        "name": "steps_before",
        "version": 1,
        "schemaVersion": 2,
        "timeoutSeconds": _SECONDS,
        "timeoutPolicy": "TIME_OUT_WF",
        "tasks": tasks,
    }


def _line(draft: Draft, names: set[str]) -> Iterator[Task]:
    """Yield the steps of the line that are read or hold one that is, and what joins them."""
    joins = False
    for task in line_before(draft):
        joins = joins if task.get("type") in _JOINS else _holds(task, names)
        if joins:
            yield task


def _holds(task: Task, names: set[str]) -> bool:
    inside = [each for _, each in raw_tasks(dict(task))]
    return any(each.get("taskReferenceName") in names for each in (task, *inside))


def _plain(task: Task, names: set[str]) -> Iterator[Task]:
    """Yield what a step becomes: itself, or one that gives its recorded result."""
    kind = task.get("type")
    if kind in _JOINS or (kind in COMPUTED and task.get("taskReferenceName") in names):
        yield task
    elif kind in _FLOW and _holds(task, names):
        yield {**task, **{key: _lists(task[key], names) for key in _LISTS if key in task}}
    else:
        yield _recorded(task)
        if _holds(task, names):
            yield from _lists(task.get("loopOver") or [], names)


def _recorded(task: Task) -> Task:
    ref = task["taskReferenceName"]
    return {"name": _RECORDED, "taskReferenceName": ref, "type": "SIMPLE", "inputParameters": {}}


def _lists(value: Any, names: set[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _lists(each, names) for key, each in value.items()}
    if value and isinstance(value[0], list):
        return [_lists(each, names) for each in value]
    return [each for task in value for each in _plain(task, names)]

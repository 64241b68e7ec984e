"""A workflow definition compiled once; what the engine cannot run is refused here, by pointer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from httptask.core.json_text import encode_sorted
from httptask.definition.reading import escape
from httptask.definition.task_defs import effective_task_def, with_template
from httptask.definition.workflow import (
    SUPPORTED_TYPES,
    TaskDef,
    WorkflowDef,
    WorkflowTask,
)
from httptask.engines.embedded.scripts import Script, compile_script
from httptask.errors import DefinitionError, ExpressionError
from httptask.expressions import Template, compile_template

MAX_NESTING: Final = 32
MAX_TASKS: Final = 5_000
SCRIPT_EVALUATORS: Final = ("javascript", "graaljs")
EVALUATORS: Final = ("value-param", *SCRIPT_EVALUATORS)
END_STATUSES: Final = ("COMPLETED", "FAILED", "TERMINATED")

_ITERATION = re.compile(r"__\d+\Z")


@dataclass(frozen=True, slots=True)
class Step:
    """One task of the definition, compiled.

    Attributes:
        task: the task, with its inputs and the task definition that applies.
        definition: that task definition.
        pointer: JSON Pointer of the task in the author's file.
        inputs: ``inputParameters``, completed by the task definition's template.
        script: SWITCH: the expression; DO_WHILE: the condition; None where there is none.
        items: DO_WHILE: what the list is, or None.
        cases: SWITCH: tasks by result.
        default: SWITCH: tasks for any other result.
        branches: FORK_JOIN: tasks of each branch.
        body: DO_WHILE: tasks of one pass.
        reads: references of the tasks whose values this one or a nested one reads; None: any.
    """

    task: WorkflowTask
    definition: TaskDef
    pointer: str
    inputs: Template
    script: Script | None
    items: Template | None
    cases: Mapping[str, tuple[Step, ...]]
    default: tuple[Step, ...]
    branches: tuple[tuple[Step, ...], ...]
    body: tuple[Step, ...]
    reads: frozenset[str] | None

    @property
    def ref(self) -> str:
        """Return the task reference name."""
        return self.task.task_reference_name

    def nested(self) -> Iterator[Step]:
        """Yield this step and all nested ones."""
        yield self
        for steps in (*self.cases.values(), self.default, *self.branches, self.body):
            for step in steps:
                yield from step.nested()


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled definition.

    Attributes:
        workflow: the definition.
        task_defs: registered task definitions that it uses, by name.
        steps: the tasks in order.
        output: ``outputParameters``, or None when the last task's output is the workflow's.
        by_ref: every step by task reference name.
        env_names: names read by ``${workflow.env.NAME}``; None when a name is computed.
        document: what is needed to compile the program again, as JSON.
    """

    workflow: WorkflowDef
    task_defs: Mapping[str, TaskDef]
    steps: tuple[Step, ...]
    output: Template | None
    by_ref: Mapping[str, Step]
    env_names: frozenset[str] | None
    document: Mapping[str, Any]

    def base(self, reference: str) -> str:
        """Return a reference name without the iterations that loops put behind it."""
        while reference not in self.by_ref and (match := _ITERATION.search(reference)):
            reference = reference[: match.start()]
        return reference


def compile_program(
    workflow: WorkflowDef, task_defs: Mapping[str, TaskDef] | None = None
) -> Program:
    """Compile a definition.

    Args:
        workflow: the definition.
        task_defs: registered task definitions by name.

    Raises:
        DefinitionError: the engine cannot run it; pointer and hint say what and why.
        ExpressionError: a script is outside the supported part of the language.
    """
    used = {task.name for _, task in workflow.walk()}
    defs = {name: found for name, found in (task_defs or {}).items() if name in used}
    compiler = _Compiler(defs)
    steps = compiler.steps(workflow.tasks, "/tasks", 1)
    if not steps:
        raise DefinitionError("the workflow has no tasks", pointer="/tasks")
    written = workflow.output_parameters
    output = compile_template(written, "/outputParameters") if written else None
    templates = [step.inputs for step in compiler.by_ref.values()]
    templates += [output] if output else []
    document = {
        "definition": _written(workflow),
        "taskDefs": {name: _written(found) for name, found in defs.items()},
    }
    return Program(workflow, defs, steps, output, compiler.by_ref, _env_names(templates), document)


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a JSON document, whatever the order of its keys."""
    return hashlib.sha256(encode_sorted(document)).hexdigest()


def _written(model: WorkflowDef | TaskDef) -> dict[str, Any]:
    return model.model_dump(by_alias=True, exclude_unset=True)


class _Compiler:
    def __init__(self, defs: Mapping[str, TaskDef]) -> None:
        self._defs = defs
        self.by_ref: dict[str, Step] = {}

    def steps(self, tasks: Sequence[WorkflowTask], pointer: str, depth: int) -> tuple[Step, ...]:
        if depth > MAX_NESTING:
            raise DefinitionError(
                f"tasks are nested more than {MAX_NESTING} deep", code="too_deep", pointer=pointer
            )
        found = tuple(
            self.step(task, f"{pointer}/{index}", depth) for index, task in enumerate(tasks)
        )
        for index, task in enumerate(tasks):
            following = tasks[index + 1].type if index + 1 < len(tasks) else ""
            if task.type == "FORK_JOIN" and following != "JOIN":
                raise DefinitionError(
                    "a FORK_JOIN must be followed by a JOIN",
                    code="join_missing",
                    pointer=f"{pointer}/{index}",
                )
        return found

    def step(self, task: WorkflowTask, pointer: str, depth: int) -> Step:
        _check_type(task, pointer)
        if task.task_reference_name in self.by_ref:
            raise DefinitionError(
                f'"{task.task_reference_name}" is already the taskReferenceName of another task',
                code="duplicate_reference",
                pointer=f"{pointer}/taskReferenceName",
            )
        definition = effective_task_def(task, self._defs)
        inputs = with_template(task.input_parameters, definition.input_template)
        template = compile_template(inputs, f"{pointer}/inputParameters")
        template = template.filled(definition.input_template)
        items = _items(task)
        complete = {"input_parameters": inputs, "task_definition": definition}
        below, inner = task.model_copy(update=complete), depth + 1
        cases = {
            name: self.steps(tasks, f"{pointer}/decisionCases/{escape(name)}", inner)
            for name, tasks in task.decision_cases.items()
        }
        default = self.steps(task.default_case, f"{pointer}/defaultCase", inner)
        branches = tuple(
            self.steps(branch, f"{pointer}/forkTasks/{index}", inner)
            for index, branch in enumerate(task.fork_tasks)
        )
        body = self.steps(task.loop_over, f"{pointer}/loopOver", inner)
        children = (*cases.values(), default, *branches, body)
        own = [template, items] if items else [template]
        step = Step(
            below, definition, pointer, template, _script(task, pointer), items,
            cases, default, branches, body, _reads(own, children),
        )  # fmt: skip
        self.by_ref[step.ref] = step
        if len(self.by_ref) > MAX_TASKS:
            raise DefinitionError(f"more than {MAX_TASKS} tasks", code="too_many", pointer=pointer)
        return step


def _check_type(task: WorkflowTask, pointer: str) -> None:
    if task.type not in SUPPORTED_TYPES:
        raise DefinitionError(
            f"the embedded engine does not run tasks of type {task.type}",
            code="task_type_unsupported",
            pointer=f"{pointer}/type",
            hint=f"it runs {', '.join(SUPPORTED_TYPES)}; a Conductor server runs the others",
        )
    if task.type == "SWITCH" and task.evaluator_type not in EVALUATORS:
        raise DefinitionError(
            f"the embedded engine has no evaluator {task.evaluator_type}",
            code="evaluator_unsupported",
            pointer=f"{pointer}/evaluatorType",
            hint=f"one of {', '.join(EVALUATORS)}",
        )
    if task.type == "FORK_JOIN" and not (task.fork_tasks and all(task.fork_tasks)):
        raise DefinitionError(
            "a FORK_JOIN needs branches with tasks", code="empty_tasks", pointer=pointer
        )
    status = task.input_parameters.get("terminationStatus")
    if task.type == "TERMINATE" and status not in END_STATUSES and "${" not in str(status):
        raise DefinitionError(
            f"terminationStatus is one of {', '.join(END_STATUSES)}",
            code="termination_status_invalid",
            pointer=f"{pointer}/inputParameters/terminationStatus",
        )


def _script(task: WorkflowTask, pointer: str) -> Script | None:
    if task.type == "SWITCH" and task.evaluator_type in SCRIPT_EVALUATORS:
        return _compiled(task.expression, f"{pointer}/expression")
    if task.type == "DO_WHILE" and (task.loop_condition or "").strip():
        return _compiled(task.loop_condition, f"{pointer}/loopCondition")
    return None


def _compiled(text: str | None, pointer: str) -> Script:
    try:
        return compile_script(text or "")
    except ExpressionError as error:
        error.pointer = pointer
        raise


def _items(task: WorkflowTask) -> Template | None:
    """Return what a loop goes through: ``items``, the input ``_items``, or Orkes' ``items``."""
    if task.type != "DO_WHILE":
        return None
    written = task.items
    if written is None:
        written = task.input_parameters.get("_items")
    if written is None and not (task.loop_condition or "").strip():
        written = task.input_parameters.get("items")
    return None if written is None else compile_template(written)


def _reads(own: Iterable[Template], children: Iterable[Iterable[Step]]) -> frozenset[str] | None:
    found: set[str] = set()
    for template in own:
        for reference in template.references:
            if reference.root in ("dynamic", "context"):
                return None
            if reference.task_ref is not None:
                found.add(reference.task_ref)
    for steps in children:
        for step in steps:
            if step.reads is None:
                return None
            found |= step.reads
    return frozenset(found)


def _env_names(templates: Iterable[Template]) -> frozenset[str] | None:
    names: set[str] = set()
    for template in templates:
        for reference in template.references:
            if reference.root == "workflow.env":
                if not reference.path and not reference.prefix:
                    return None
                names.add(str((reference.path or reference.prefix)[0]))
            elif reference.root in ("dynamic", "context"):
                return None
    return frozenset(names)

"""A workflow definition compiled once; what the engine cannot run is refused here, by pointer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from httptask.core.first_use import cached_property
from httptask.core.json_text import encode_sorted
from httptask.definition.reading import escape
from httptask.definition.task_defs import effective_task_def, with_template
from httptask.definition.workflow import TaskDef, WorkflowDef, WorkflowTask
from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.library import Library, written
from httptask.engines.embedded.refusals import SCRIPT_EVALUATORS, check_task_type
from httptask.errors import DefinitionError, ExpressionError
from httptask.expressions import Template, compile_template
from httptask.scripts import Script, compile_script

MAX_NESTING: Final = 32
MAX_TASKS: Final = 5_000

_ITERATION: Final = re.compile(r"__\d+\Z")
_OPEN: Final = ("DYNAMIC", "FORK_JOIN_DYNAMIC", "SUB_WORKFLOW", "START_WORKFLOW")
"""Types of tasks that may need what the definition does not name."""


@dataclass(frozen=True, slots=True)
class Step:
    """One task of the definition, compiled.

    Attributes:
        task: the task, with its inputs and the task definition that applies.
        definition: that task definition.
        pointer: JSON Pointer of the task in the author's file.
        inputs: ``inputParameters``, completed by the task definition's template.
        script: SWITCH, DECISION: the expression; DO_WHILE: the condition; else None.
        fields: SUB_WORKFLOW: ``subWorkflowParam``; EVENT: ``sink``; else None.
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
    fields: Template | None
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


@dataclass(frozen=True)
class Program:
    """A compiled definition.

    Attributes:
        workflow: the definition.
        library: what it may need besides.
        steps: the tasks in order.
        output: ``outputParameters``, or None when the last task's output is the workflow's.
        by_ref: every step by task reference name.
        env_names: names read by ``${workflow.env.NAME}``; None when a name is computed.
    """

    workflow: WorkflowDef
    library: Library
    steps: tuple[Step, ...]
    output: Template | None
    by_ref: Mapping[str, Step]
    env_names: frozenset[str] | None

    @cached_property
    def document(self) -> Mapping[str, Any]:
        """Return what is needed to compile the program again, as JSON."""
        defs, workflows = self.library.task_defs, self.library.workflows
        return {
            "definition": written(self.workflow),
            "taskDefs": {name: written(found) for name, found in defs.items()},
            "workflows": [written(one) for one in workflows],
        }

    def is_in_fork(self, reference: str) -> bool:
        """Tell whether a task is in a branch of a fork; tasks that a run adds always are."""
        branches = (step.branches for step in self.by_ref.values())
        inner = {one.ref for each in branches for branch in each for step in branch
                 for one in step.nested()}  # fmt: skip
        return reference in inner or reference not in self.by_ref

    def base(self, reference: str) -> str:
        """Return a reference name without the iterations that loops put behind it."""
        return base_name(reference, self.by_ref)

    def compile_more(
        self, task: WorkflowTask, pointer: str, functions: Mapping[str, Function] | None
    ) -> Mapping[str, Step]:
        """Compile a task that is known only while a run goes on; return all steps in it.

        Args:
            task: the task.
            pointer: JSON Pointer of the task that gives it.
            functions: what executes SIMPLE tasks; None takes any for granted.

        Raises:
            DefinitionError: the engine cannot run it.
        """
        library = self.library
        if functions is not None:
            library = replace(library, functions=functions, unchecked=False)
        compiler = _Compiler(library)
        compiler.step(task, pointer, 1)
        return compiler.by_ref


def base_name(reference: str, *known: Mapping[str, Step]) -> str:
    """Return a reference name without the iterations that loops put behind it."""
    while not any(reference in steps for steps in known):
        match = _ITERATION.search(reference)
        if match is None:
            break
        reference = reference[: match.start()]
    return reference


def compile_program(workflow: WorkflowDef, library: Library | None = None) -> Program:
    """Compile a definition.

    Args:
        workflow: the definition.
        library: what the definition may need besides.

    Raises:
        DefinitionError: the engine cannot run it; pointer and hint say what and why.
        ExpressionError: a script has a syntax error.
    """
    library = _needed(workflow, library or Library())
    compiler = _Compiler(library)
    steps = compiler.steps(workflow.tasks, "/tasks", 1)
    if not steps:
        raise DefinitionError("the workflow has no tasks", pointer="/tasks")
    output = workflow.output_parameters
    template = compile_template(output, "/outputParameters") if output else None
    templates = [step.inputs for step in compiler.by_ref.values()]
    templates += [template] if template else []
    templates += [compile_template(written(one)) for one in library.workflows]
    env_names = _env_names(templates)
    return Program(workflow, library, steps, template, compiler.by_ref, env_names)


def _needed(workflow: WorkflowDef, library: Library) -> Library:
    """Return the part of a library that a definition may need."""
    tasks = [task for _, task in workflow.walk()]
    if any(task.type in _OPEN for task in tasks) or workflow.failure_workflow:
        return library
    used = {task.name for task in tasks}
    defs = {name: one for name, one in library.task_defs.items() if name in used}
    return replace(library, task_defs=defs, workflows=())


def digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a JSON document, whatever the order of its keys."""
    return hashlib.sha256(encode_sorted(document)).hexdigest()


class _Compiler:
    def __init__(self, library: Library) -> None:
        self._library = library
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
            if task.type in ("FORK_JOIN", "FORK_JOIN_DYNAMIC") and following != "JOIN":
                raise DefinitionError(
                    f"a {task.type} must be followed by a JOIN",
                    code="join_missing",
                    pointer=f"{pointer}/{index}",
                )
        return found

    def step(self, task: WorkflowTask, pointer: str, depth: int) -> Step:
        check_task_type(task, pointer, self._library)
        if task.task_reference_name in self.by_ref:
            raise DefinitionError(
                f'"{task.task_reference_name}" is already the taskReferenceName of another task',
                code="duplicate_reference",
                pointer=f"{pointer}/taskReferenceName",
            )
        definition = effective_task_def(task, self._library.task_defs)
        more = {} if task.type == "SUB_WORKFLOW" else definition.input_template
        inputs = with_template(task.input_parameters, more)
        template = compile_template(inputs, f"{pointer}/inputParameters").filled(more)
        fields = _fields(task)
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
        own = [one for one in (template, items, fields) if one is not None]
        step = Step(
            below, definition, pointer, template, _script(task, pointer), fields, items,
            cases, default, branches, body, _reads(own, children),
        )  # fmt: skip
        self.by_ref[step.ref] = step
        if len(self.by_ref) > MAX_TASKS:
            raise DefinitionError(f"more than {MAX_TASKS} tasks", code="too_many", pointer=pointer)
        return step


def _script(task: WorkflowTask, pointer: str) -> Script | None:
    if task.type == "SWITCH" and task.evaluator_type in SCRIPT_EVALUATORS:
        return _compiled(task.expression, f"{pointer}/expression")
    if task.type == "DECISION" and (task.case_expression or "").strip():
        return _compiled(task.case_expression, f"{pointer}/caseExpression")
    if task.type == "DO_WHILE" and (task.loop_condition or "").strip():
        return _compiled(task.loop_condition, f"{pointer}/loopCondition")
    return None


def _compiled(text: str | None, pointer: str) -> Script:
    try:
        return compile_script(text or "")
    except ExpressionError as error:
        error.pointer = pointer
        raise


def _fields(task: WorkflowTask) -> Template | None:
    """Return the fields of a task, beside its inputs, that take expressions."""
    if task.type == "EVENT":
        return compile_template({"sink": task.sink})
    if task.type == "SUB_WORKFLOW" and task.sub_workflow_param is not None:
        given = task.sub_workflow_param.model_dump(mode="json", by_alias=True, exclude_unset=True)
        definition = given.pop("workflowDefinition", None) or given.pop("workflowDef", None)
        if isinstance(definition, str):
            given["workflowDefinition"] = definition
        return compile_template(given)
    return None


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

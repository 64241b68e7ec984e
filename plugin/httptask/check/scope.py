"""Which tasks a task may refer to: those that have ended by the time it is scheduled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from httptask.definition.reading import escape
from httptask.definition.workflow import WorkflowTask

Refs = frozenset[str]
Branch = tuple[Refs, ...]
"""References of a fork's branch, one set for each of its tasks and what is nested in that."""

_CHOICES: Final = ("SWITCH", "DECISION")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a reference may read at one place.

    Attributes:
        visible: references of the tasks that may have ended.
        conditional: those of them that run in one case of a SWITCH only.
        open: branches of forks that no JOIN has waited for.
        choices: the SWITCH tasks before.
        variables: names of those that a task before has set, whichever cases were taken.
    """

    visible: Refs = frozenset()
    conditional: Refs = frozenset()
    open: tuple[Branch, ...] = ()
    choices: tuple[WorkflowTask, ...] = ()
    variables: frozenset[str] = frozenset()

    @property
    def running(self) -> Refs:
        """Return references of the tasks that may still run."""
        return frozenset().union(*(refs for branch in self.open for refs in branch))

    def seeing(self, refs: Refs) -> Scope:
        """Return the scope with more tasks that may have ended."""
        return replace(self, visible=self.visible | refs)

    def within(self, task: WorkflowTask, case: str) -> Scope:
        """Return the scope in a case of a SWITCH: the same case of others like it was taken."""
        condition = _condition(task)
        same = [each for each in self.choices if condition and _condition(each) == condition]
        taken = [inner for each in same for inner in each.decision_cases.get(case, ())]
        sure = frozenset().union(*map(_refs, taken)) - frozenset().union(*map(_conditional, taken))
        variables = self.variables.union(*map(_set_by, taken))
        return replace(self, conditional=self.conditional - sure, variables=variables)

    def after(self, task: WorkflowTask) -> Scope:
        """Return the scope of what follows a task."""
        return Scope(
            self.visible | _refs(task),
            self.conditional | _conditional(task),
            _joined(self.open, task.join_on) if task.type == "JOIN" else self.open + _opened(task),
            (*self.choices, task) if task.type in _CHOICES else self.choices,
            self.variables | _set_by(task),
        )


@dataclass(frozen=True, slots=True)
class Placed:
    """A task in its place.

    Attributes:
        pointer: JSON Pointer of the task.
        task: the task.
        scope: what it may refer to.
    """

    pointer: str
    task: WorkflowTask
    scope: Scope


def placed_tasks(
    tasks: Sequence[WorkflowTask], pointer: str, before: Scope | None = None
) -> Iterator[Placed]:
    """Yield every task of a list, nested ones included, with what it may refer to."""
    scope = before or Scope()
    for index, task in enumerate(tasks):
        here = f"{pointer}/{index}"
        yield Placed(here, task, scope.seeing(_own_loop(task)))
        yield from _nested(task, here, scope)
        scope = scope.after(task)


def _nested(task: WorkflowTask, here: str, scope: Scope) -> Iterator[Placed]:
    inside = scope.seeing(frozenset({task.task_reference_name}))
    for name, case in task.decision_cases.items():
        where = f"{here}/decisionCases/{escape(name)}"
        yield from placed_tasks(case, where, inside.within(task, name))
    yield from placed_tasks(task.default_case, f"{here}/defaultCase", inside)
    for index, branch in enumerate(task.fork_tasks):
        yield from placed_tasks(branch, f"{here}/forkTasks/{index}", inside)
    body = inside.seeing(_own_loop(task))
    yield from placed_tasks(task.loop_over, f"{here}/loopOver", body)


def _refs(task: WorkflowTask) -> Refs:
    return frozenset(inner.task_reference_name for _, inner in task.walk())


def _own_loop(task: WorkflowTask) -> Refs:
    """A loop's condition and inputs see the loop's own body."""
    return _refs(task) if task.type == "DO_WHILE" else frozenset()


def ends_workflow(task: WorkflowTask) -> bool:
    """Tell whether nothing follows a task, whatever it does."""
    if task.type == "TERMINATE":
        return True
    return task.type in _CHOICES and all(any(map(ends_workflow, arm)) for arm in _arms(task))


def _arms(task: WorkflowTask) -> list[Sequence[WorkflowTask]]:
    return [*task.decision_cases.values(), task.default_case]


def _conditional(task: WorkflowTask) -> Refs:
    """Return references of the tasks that need not have run once a task has, at any depth.

    They are in cases of a SWITCH; not in that case which alone does not end the workflow.
    """
    chooses = task.type in _CHOICES
    going_on = [arm for arm in _arms(task) if not any(map(ends_workflow, arm))] if chooses else []
    found: list[Refs] = []
    for _, tasks in task.children():
        is_sure = not chooses or (len(going_on) == 1 and tasks is going_on[0])
        found += map(_conditional if is_sure else _refs, tasks)
    return frozenset().union(*found)


def _set_by(task: WorkflowTask) -> frozenset[str]:
    """Return names of the variables that are set once a task has ended, at any depth."""
    if task.type == "SET_VARIABLE":
        return frozenset(task.input_parameters)
    arms = [tasks for _, tasks in task.children()]
    if task.type not in _CHOICES:
        return frozenset().union(*(_set_by(inner) for tasks in arms for inner in tasks))
    going_on = [arm for arm in _arms(task) if not any(map(ends_workflow, arm))]
    sets = [frozenset[str]().union(*map(_set_by, arm)) for arm in going_on]
    return frozenset.intersection(*sets) if sets else frozenset()


def _condition(task: WorkflowTask) -> tuple[object, ...] | None:
    """Return what a SWITCH chooses by; None for other tasks, and where it may change."""
    inputs = task.input_parameters
    if task.type not in _CHOICES or "workflow.variables" in str(inputs):
        return None
    name = task.case_value_param if task.type == "DECISION" else task.expression
    if task.case_expression is None and name in inputs:
        return ("value", inputs[name])
    return (task.case_expression, task.expression, inputs)


def _opened(task: WorkflowTask) -> tuple[Branch, ...]:
    """Return the branches that a task leaves open."""
    if task.type == "FORK_JOIN":
        return tuple(tuple(map(_refs, branch)) for branch in task.fork_tasks)
    found: tuple[Branch, ...] = ()
    for _, tasks in task.children():
        scope = Scope()
        for inner in tasks:
            scope = scope.after(inner)
        found += scope.open
    return found


def _joined(branches: tuple[Branch, ...], names: Sequence[str]) -> tuple[Branch, ...]:
    """Return what is still open when a JOIN has waited for the named tasks."""
    wanted = frozenset(names)
    left = []
    for branch in branches:
        ended = max((at + 1 for at, refs in enumerate(branch) if refs & wanted), default=0)
        left.append(branch[ended:])
    return tuple(branch for branch in left if branch)

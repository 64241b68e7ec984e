"""Names of the tasks that dynamic forks make, as far as the definition has them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from httptask.definition.workflow import WorkflowTask


@dataclass(frozen=True, slots=True)
class ForkedNames:
    """Reference names of tasks that are made as a workflow runs.

    Attributes:
        written: the names that stand in the definition.
        open: whether there may be others.
    """

    written: frozenset[str] = frozenset()
    open: bool = False

    @classmethod
    def of(cls, tasks: Iterable[WorkflowTask]) -> Self:
        """Return the names that the dynamic forks among some tasks make."""
        every = list(tasks)
        forks = [task for task in every if task.type == "FORK_JOIN_DYNAMIC"]
        counted = [_counted(fork) for fork in forks]
        known = {name for names in counted for name in names or ()}
        if None not in counted:
            return cls(frozenset(known))
        for fork in forks:
            given = fork.input_parameters.get(fork.dynamic_fork_tasks_input_param_name or "")
            known.update(given if isinstance(given, Mapping) else ())
        known.update(name for task in every for name in _references(task.input_parameters))
        return cls(frozenset(known), open=True)


def _counted(fork: WorkflowTask) -> list[str] | None:
    """Return the names of one task for each entry of a list, or None if they are not known."""
    inputs = fork.input_parameters
    listed, ref = inputs.get("forkTaskInputs"), fork.task_reference_name
    name = inputs.get("forkTaskName") or inputs.get("forkTaskType") or ref
    if not isinstance(listed, list) or not isinstance(name, str) or "${" in name:
        return None
    prefixes = (name, f"{ref}_{name}")
    return [f"_{prefix}_{index}" for prefix in prefixes for index in range(len(listed))]


def _references(value: Any) -> Iterator[str]:
    """Yield each text that stands as ``taskReferenceName`` in a value."""
    if isinstance(value, Mapping):
        name = value.get("taskReferenceName")
        if isinstance(name, str):
            yield name
    for item in value.values() if isinstance(value, Mapping) else value:
        if isinstance(item, (Mapping, list)):
            yield from _references(item)

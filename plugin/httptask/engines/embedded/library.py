"""What a run may need beside its definition: functions, and definitions of other workflows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded.functions import Function


@dataclass(frozen=True, slots=True)
class Library:
    """Functions, task definitions and workflow definitions, by their names.

    Attributes:
        functions: what executes SIMPLE tasks, by name.
        task_defs: registered task definitions, by name.
        workflows: definitions that a run may start.
        unchecked: functions are taken to be there, as when a run is only read.
    """

    functions: Mapping[str, Function] = field(default_factory=dict)
    task_defs: Mapping[str, TaskDef] = field(default_factory=dict)
    workflows: tuple[WorkflowDef, ...] = ()
    unchecked: bool = False

    def has_function(self, name: str) -> bool:
        """Tell whether there is a function for SIMPLE tasks of a name."""
        return self.unchecked or name in self.functions

    def workflow(self, name: str, version: Any = None) -> WorkflowDef | None:
        """Return a definition: of a version, or the latest one; None when there is none."""
        found = [one for one in self.workflows if one.name == name]
        if isinstance(version, int) and version:
            found = [one for one in found if one.version == version]
        return max(found, key=lambda one: one.version, default=None)


def written(model: WorkflowDef | TaskDef) -> dict[str, Any]:
    """Return a definition as it was written, as JSON."""
    return model.model_dump(by_alias=True, exclude_unset=True)

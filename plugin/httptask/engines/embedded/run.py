"""What belongs to one run, and the types that cross the engine's border."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from httptask.core.execution import Execution
from httptask.core.result import TaskResult
from httptask.definition.workflow import WorkflowTask
from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.program import Program, Step, base_name
from httptask.errors import EngineError
from httptask.expressions import Context

HttpStep = Callable[[WorkflowTask, Context, Execution], TaskResult]
"""Executes one HTTP task; injected, so that the engine knows nothing of the pipeline."""

MayRepeat = Callable[[WorkflowTask, Context], bool]
"""Tells whether a call that a crash interrupted may be made again without being asked."""

EventKind = Literal[
    "workflow_started", "task_scheduled", "task_updated", "waiting", "workflow_finished"
]

_TASK_IDS: Final = uuid.UUID("0b4f7a52-6a55-5d0c-8a39-7f8d4e3c2b11")


@dataclass(frozen=True, slots=True)
class RunEvent:
    """Something that happened in a run.

    Attributes:
        kind: ``task_updated`` comes whenever a task's status changes after it was scheduled;
            ``waiting`` when there is nothing to do before some time, or before a message.
        workflow_id: id of the run.
        document: the task (its entry of ``tasks[]``), the execution document without tasks, or
            what the run waits for (see ``Wait``).
    """

    kind: EventKind
    workflow_id: str
    document: Mapping[str, Any]


Watcher = Callable[[RunEvent], None]


@dataclass(frozen=True, slots=True)
class Wait:
    """What a run waits for.

    Attributes:
        reference: the task that waits.
        topic: what a message for it is addressed to; "" when only time helps.
        until: when the wait ends by itself, in the run's time; None: never.
        now: the run's time.
        run_id: the run whose end it waits for, or "".
    """

    reference: str
    topic: str
    until: int | None
    now: int
    run_id: str = ""

    def to_json(self, run_id: str) -> dict[str, Any]:
        """Return what the run waits for, and the command that ends it."""
        left = None if self.until is None else max(0, self.until - self.now)
        kind, command = "time", ""
        if self.run_id:
            kind, command = "run", f"httptask runs terminate {self.run_id}"
        elif self.topic:
            kind, command = "completion", f"httptask runs complete {run_id} {self.reference}"
        return {
            "referenceTaskName": self.reference,
            "waitsFor": kind,
            "until": self.until,
            "remainingMs": left,
            "command": command,
        }


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a run's definition comes from.

    Attributes:
        source: the file it was read from, or "".
        base_dir: folder below which file bodies may be read, or None when none may.
    """

    source: str = ""
    base_dir: Path | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the origin as the journal keeps it."""
        return {
            "source": self.source,
            "baseDir": None if self.base_dir is None else str(self.base_dir),
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Origin:
        """Return the origin that a journal keeps."""
        folder = document.get("baseDir")
        return cls(document.get("source") or "", None if folder is None else Path(folder))


@dataclass(frozen=True, slots=True)
class Links:
    """How a run is linked to others.

    Attributes:
        parent_id: the run whose SUB_WORKFLOW task started it, or "".
        parent_task_id: that task, or "".
        correlation_id: an id of the caller's, or "".
        priority: the caller's; it has no effect here.
        depth: how many runs started one another before it.
    """

    parent_id: str = ""
    parent_task_id: str = ""
    correlation_id: str = ""
    priority: int = 0
    depth: int = 0

    def to_json(self) -> dict[str, str | int]:
        """Return the links as the journal keeps them."""
        return {
            "parentId": self.parent_id,
            "parentTaskId": self.parent_task_id,
            "correlationId": self.correlation_id,
            "priority": self.priority,
            "depth": self.depth,
        }

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Links:
        """Return the links that a journal keeps."""
        return cls(
            document["parentId"],
            document["parentTaskId"],
            document["correlationId"],
            document["priority"],
            document["depth"],
        )


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what never changes while it goes on.

    Attributes:
        id: the workflow id.
        program: the compiled definition.
        inputs: the workflow's inputs, template values filled in: the one it began with, under "",
            and those that it went on with, by the key of the task since which they count.
        created: when it was started, milliseconds since the epoch.
        env: what ``${workflow.env.NAME}`` reads; frozen when the run starts.
        origin: where the definition comes from.
        reopened: when it was last continued after it had ended; 0: never.
        again: keys of task executions that failed and are followed by another one because
            somebody asked for it.
        cut: when the waits ended that the end of the run cut off and that are followed by another
            attempt, by the key of their step.
        had_failed: the names of tasks that had failed before they were executed again, by the
            field of a task that they stand in.
        links: how it is linked to other runs.
        functions: what executes SIMPLE tasks, by name; none when the run is only read.
        dynamic: tasks that were compiled while it goes on, by task reference name.
    """

    id: str
    program: Program
    inputs: Mapping[str, Mapping[str, Any]]
    created: int
    env: Mapping[str, Any] = field(default_factory=dict)
    origin: Origin = Origin()
    reopened: int = 0
    again: frozenset[str] = frozenset()
    cut: Mapping[str, int] = field(default_factory=dict)
    had_failed: tuple[Mapping[str, list[str]], ...] = ()
    links: Links = Links()
    functions: Mapping[str, Function] = field(default_factory=dict)
    dynamic: dict[str, Step] = field(default_factory=dict)

    @property
    def input(self) -> Mapping[str, Any]:
        """Return the input that it was last given."""
        return list(self.inputs.values())[-1]

    def function(self, name: str) -> Function:
        """Return the function for SIMPLE tasks of a name.

        Raises:
            EngineError: there is none here; the run had one when it was started.
        """
        if name not in self.functions:
            raise EngineError(
                f'there is no function for the SIMPLE task "{name}"',
                code="function_missing",
                hint="name the module with --functions, as when the run was started",
            )
        return self.functions[name]

    def compile(self, task: WorkflowTask, pointer: str) -> Step:
        """Compile a task that is known only now.

        Raises:
            DefinitionError: the engine cannot run it.
        """
        steps = self.program.compile_more(task, pointer, self.functions or None)
        self.dynamic.update(steps)
        return steps[task.task_reference_name]

    def base(self, reference: str) -> str:
        """Return a reference name without the iterations that loops put behind it."""
        return base_name(reference, self.program.by_ref, self.dynamic)

    def task_id(self, key: str) -> str:
        """Return the id of a task instance; the same whenever the run is replayed."""
        return str(uuid.uuid5(_TASK_IDS, f"{self.id}/{key}"))

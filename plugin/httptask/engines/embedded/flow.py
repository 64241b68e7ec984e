"""The interpreter of one sequence of tasks: a whole workflow, or one branch of a fork."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from httptask.engines.embedded.effects import BranchResult, Effects
from httptask.engines.embedded.endings import Ending
from httptask.engines.embedded.entries import (
    FAILED,
    OPEN,
    OWN_NAMES,
    SUCCESS,
    Entry,
    in_order,
    view,
)
from httptask.engines.embedded.limits import timeout_text
from httptask.engines.embedded.program import Step
from httptask.engines.embedded.run import EventKind, Run
from httptask.expressions import Context, readable, readable_tasks

MAX_EXECUTIONS: Final = 100_000
"""Task executions of one flow; a loop that never ends is stopped there."""

AT_ONCE: Final = ("NOOP", "SET_VARIABLE", "INLINE", "LAMBDA", "JSON_JQ_TRANSFORM")
"""Types of tasks that a server executes as it schedules them."""

Emit = Callable[[EventKind, Mapping[str, Any]], None]
Operator = Callable[["Flow", Step], None]


@dataclass(slots=True)
class OpenFork:
    """A fork whose branches have not all been joined.

    Attributes:
        entry: the FORK's entry.
        step: the FORK_JOIN or FORK_JOIN_DYNAMIC.
        steps: the tasks of each branch.
        branches: ids of the branches not yet joined, by their index.
    """

    entry: Entry
    step: Step
    steps: tuple[tuple[Step, ...], ...]
    branches: dict[int, str]


@dataclass(slots=True)
class Flow:
    """One sequence of tasks while it is interpreted.

    Attributes:
        run: the run.
        id: workflow id of the run, or of the branch.
        effects: the world.
        operators: what executes a task, by task type.
        emit: called with each entry that is new or changes.
        variables: workflow variables.
        changed: those set in this flow.
        tasks: what ``${REF...}`` reads, by task reference name.
        clock: end of the last task, milliseconds since the epoch; the only time there is, so that
            a replay takes the same decisions.
        since: key of the task since which the workflow's input is another, or "".
        iterations: passes of the loops that this place is in, outermost first.
        entries: the flow's own tasks; those of forks' branches stand in ``branches``.
        branches: the tasks of joined branches, by the FORK's task id and the branch's index.
        forks: forks whose branches have not all been joined.
        past_forks: all forks of this flow.
        join_on: what the JOIN after a dynamic fork waits for.
        softened: statuses of tasks that failed and are optional, by task id.
        executions: how many tasks were executed.
        siblings: ids of the other branches of a fork, by the references of their tasks.
    """

    run: Run
    id: str
    effects: Effects
    operators: Mapping[str, Operator]
    emit: Emit
    variables: dict[str, Any]
    clock: int
    tasks: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    since: str = ""
    iterations: tuple[int, ...] = ()
    changed: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    branches: dict[str, dict[int, Sequence[Entry]]] = field(default_factory=dict)
    forks: list[OpenFork] = field(default_factory=list)
    past_forks: list[OpenFork] = field(default_factory=list)
    join_on: list[str] | None = None
    softened: dict[str, str] = field(default_factory=dict)
    executions: int = 0
    siblings: Mapping[str, str] = field(default_factory=dict)

    def run_all(self, steps: Sequence[Step]) -> None:
        """Execute tasks one after the other.

        Raises:
            Ending: the workflow ends, or the loop around these tasks.
        """
        for at, step in enumerate(steps):
            try:
                self.execute(step)
            except Ending as ending:
                if ending.in_loop and step.task.type in ("HTTP", *AT_ONCE):
                    self._begin_next(steps[at + 1 : at + 2])
                raise
            self._check_time()

    def execute(self, step: Step) -> None:
        """Execute one task."""
        if self.siblings:
            self._see_siblings(step)
        key = self.key(step)
        if key in self.run.inputs:
            self.since = key
        if self.effects.skipped(f"{key}/skipped"):
            self._skip(step)
            return
        self.operators[step.task.type](self, step)

    def _skip(self, step: Step) -> None:
        """Note that a task is not executed: as on a server, it stands before all others."""
        entry = self._entry(step, step.task.name, {})
        entry["status"], entry["endTime"] = "SKIPPED", self.clock
        self.entries.insert(len(self.entries) if self.iterations else 0, entry)
        self.show(step, entry)
        self.emit("task_updated", entry)

    def _see_siblings(self, step: Step) -> None:
        """Let a task of a branch read what tasks of other branches have done by now."""
        read = {ref: self.siblings[ref] for ref in step.reads or () if ref in self.siblings}
        if not read:
            return

        def seen() -> dict[str, Any]:
            return {
                ref: view(entry)
                for branch in sorted(set(read.values()))
                for entry in self.effects.peek(branch).entries
                if read.get(ref := self.run.base(entry["referenceTaskName"])) == branch
            }

        self.tasks.update(readable_tasks(self.effects.once(f"{self.key(step)}/seen", seen)))

    def _begin_next(self, steps: Iterable[Step]) -> None:
        """Do what a server does for the next task before it notices that the loop has failed."""
        for step in steps:
            if step.task.type == "HTTP":
                inputs = self.inputs(step, self.context())
                self.schedule(step, {**inputs, "asyncComplete": step.task.async_complete})
            elif step.task.type in AT_ONCE:
                self.execute(step)

    def _check_time(self) -> None:
        workflow = self.run.program.workflow
        began = max(self.run.created, self.run.reopened)
        limit, passed = workflow.timeout_seconds, (self.clock - began) // 1000
        if limit and workflow.timeout_policy == "TIME_OUT_WF" and passed >= limit:
            text = timeout_text("Workflow", passed, limit, workflow.timeout_policy)
            raise Ending("TIMED_OUT", text)

    def name(self, reference: str) -> str:
        """Return a reference name as it stands in ``tasks[]`` at this place."""
        return "__".join([reference, *map(str, self.iterations)])

    def context(self, status: str = "RUNNING", task_id: str | None = None) -> Context:
        """Return what expressions read at this moment."""
        workflow = self.run.program.workflow
        return Context(
            workflow={
                "input": self.run.inputs[self.since],
                "variables": dict(self.variables),
                "output": {},
                "status": status,
                "workflowId": self.run.id,
                "workflowType": workflow.name,
                "version": workflow.version,
                "schemaVersion": workflow.schema_version,
                "parentWorkflowId": self.run.links.parent_id or None,
                "parentWorkflowTaskId": self.run.links.parent_task_id or None,
                "correlationId": self.run.links.correlation_id or None,
                "reasonForIncompletion": None,
            },
            tasks=dict(self.tasks),
            env=self.run.env,
            task_id=task_id,
        )

    def inputs(self, step: Step, context: Context) -> dict[str, Any]:
        """Return a task's inputs, expressions resolved, secrets left as placeholders."""
        resolved: dict[str, Any] = step.inputs.evaluate(context)
        return resolved

    def schedule(self, step: Step, inputs: Mapping[str, Any], *, retry: int = 0) -> Entry:
        """Add a task to ``tasks[]``, status SCHEDULED.

        Raises:
            Ending: the flow has executed too many tasks.
        """
        self.executions += 1
        if self.executions > MAX_EXECUTIONS:
            raise Ending("FAILED", f"more than {MAX_EXECUTIONS} tasks were executed")
        kind = step.task.name if step.task.type == "SIMPLE" else step.task.type
        kind = OWN_NAMES.get(kind, kind)
        if self.entries and self.entries[-1]["status"] in SUCCESS:
            self.entries[-1]["executed"] = True
        name = kind if step.task.type in OWN_NAMES else step.task.name
        entry = {**self._entry(step, kind, inputs, retry), "taskDefName": name}
        self.entries.append(entry)
        self.emit("task_scheduled", entry)
        return entry

    def _entry(self, step: Step, kind: str, inputs: Mapping[str, Any], retry: int = 0) -> Entry:
        """Return a task's entry before anything happens to it."""
        return {
            "taskType": kind,
            "status": "SCHEDULED",
            "referenceTaskName": self.name(step.ref),
            "taskId": self.run.task_id(self.key(step, retry)),
            "workflowInstanceId": self.run.id,
            "workflowType": self.run.program.workflow.name,
            "retryCount": retry,
            "retried": False,
            "executed": False,
            "iteration": self.iterations[-1] if self.iterations else 0,
            "scheduledTime": self.clock,
            "startTime": self.clock,
            "endTime": 0,
            "callbackAfterSeconds": 0,
            "pollCount": 0,
            "inputData": inputs,
            "outputData": {},
        }

    def key(self, step: Step, retry: int = 0) -> str:
        """Return the name of a task execution's durable step: ``REF__ITERATION#RETRY``."""
        name = self.name(step.ref)
        return f"{name}#{retry}" if retry else name

    def end(self, step: Step, entry: Entry, status: str = "COMPLETED", reason: str = "") -> None:
        """End a task.

        Raises:
            Ending: it failed, and is not optional; a permissive one ends only the loop around it.
        """
        entry["endTime"] = max(self.clock, entry["startTime"])
        optional = step.task.optional and status in FAILED | {"TIMED_OUT"}
        if optional:
            self.softened[entry["taskId"]] = status
        if step.task.permissive and status not in SUCCESS:
            entry["permissive"] = True
        entry["status"] = "COMPLETED_WITH_ERRORS" if optional else status
        if reason:
            entry["reasonForIncompletion"] = reason
        self.show(step, entry)
        self.emit("task_updated", entry)
        if entry["status"] not in SUCCESS and (self.iterations or not step.task.permissive):
            raise Ending.failed(entry, in_loop=step.task.permissive)

    def show(self, step: Step, entry: Entry) -> None:
        """Let expressions read a task from now on."""
        self.tasks[step.ref] = view(entry)

    def absorb(self, fork: OpenFork, index: int, result: BranchResult) -> None:
        """Take over what a branch of a fork has done."""
        self.branches.setdefault(fork.entry["taskId"], {})[index] = result.entries
        for entry in result.entries:
            entry["outputData"] = readable(entry["outputData"])
            if not entry["retried"]:
                self.tasks[self.run.base(entry["referenceTaskName"])] = view(entry)
        self.variables.update(result.variables)
        self.changed.update(result.variables)
        self.clock = max(self.clock, result.clock)
        self.executions += len(result.entries)
        fork.branches.pop(index, None)

    def ordered(self) -> list[Entry]:
        """Return all tasks, those of branches included, in the order of ``tasks[]``."""
        return in_order(self.entries, self.branches)

    def cancel_open(self, entries: Iterable[Entry] | None = None) -> None:
        """Mark the tasks that have not ended, of all or of some, as cancelled."""
        for entry in self.ordered() if entries is None else entries:
            if entry["status"] in OPEN:
                entry["status"] = "CANCELED"
                entry["endTime"] = max(self.clock, entry["startTime"])
                self.emit("task_updated", entry)

    def failed_at_once(self, ending: Ending) -> bool:
        """Tell whether a task failed that a server executes as it schedules it.

        It then looks at the loop around it once more, and never at a JOIN that waits for it.
        """
        failed = (one for one in self.ordered() if one["taskId"] == ending.task_id)
        return any(one["taskType"] in AT_ONCE for one in failed)

    def permissive_failures(self) -> list[Entry]:
        """Return the tasks that failed for good and did not stop the others."""
        return [
            entry
            for entry in self.ordered()
            if entry["status"] in FAILED and not entry["retried"] and entry.get("permissive")
        ]

    def result(self, ending: Ending | None) -> BranchResult:
        """Return what a branch hands back."""
        end = None if ending is None else ending.to_json()
        return BranchResult(self.ordered(), self.changed, self.clock, end)

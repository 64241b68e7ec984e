"""Interpret a run, or one branch of it, on given effects: live, or replayed from its record."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from httptask.definition.field_types import AUTHORING
from httptask.definition.workflow import WorkflowTask
from httptask.engines.embedded.effects import BranchResult, Effects, Unrecorded
from httptask.engines.embedded.endings import Ending, failure_text
from httptask.engines.embedded.flow import Emit, Flow
from httptask.engines.embedded.operators import OPERATORS
from httptask.engines.embedded.operators.fork import abandon, collect_partial, join_all
from httptask.engines.embedded.run import Run
from httptask.expressions import readable_tasks


def silent(_kind: str, _document: Mapping[str, Any]) -> None:
    """Emit nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a run, or its state so far.

    Attributes:
        flow: the workflow's flow, its tasks and variables.
        status: the workflow's status; RUNNING when it is not at its end.
        reason: reasonForIncompletion.
        output: the workflow's output.
        task_id: the task that ended it before its last task, or "".
    """

    flow: Flow
    status: str
    reason: str
    output: Any
    task_id: str = ""


def start_flow(run: Run, effects: Effects, emit: Emit) -> Flow:
    """Return the flow of a whole run, before its first task."""
    variables = copy.deepcopy(run.program.workflow.variables)
    return Flow(run, run.id, effects, OPERATORS, emit, variables, run.created)


def interpret(flow: Flow) -> Outcome:
    """Run a workflow to its end."""
    ending = _run_all(flow, flow.run.program.steps)
    if ending is None:
        ending = _late_failure(flow)
    if ending is None:
        output = _output(flow, "RUNNING")
        _harden_last(flow)
        return Outcome(flow, "COMPLETED", "", output)
    outcome = ended(flow, ending)
    flow.cancel_open()
    return outcome


def _harden_last(flow: Flow) -> None:
    """Give an optional task that failed its own status back when nothing came after it."""
    last = flow.entries[-1] if flow.entries else None
    if last is not None and not last["iteration"] and last["taskId"] in flow.softened:
        last["status"] = flow.softened[last["taskId"]]


def ended(flow: Flow, ending: Ending) -> Outcome:
    """Return the outcome of a workflow that ended before its last task."""
    output = ending.output if ending.output is not None else _output(flow, ending.status)
    return Outcome(flow, ending.status, ending.reason, output, ending.task_id)


def so_far(flow: Flow) -> Outcome:
    """Replay a workflow up to what has not happened yet."""
    try:
        return interpret(flow)
    except Unrecorded:
        collect_partial(flow)
        return Outcome(flow, "RUNNING", "", {})


def branch_flow(
    run: Run,
    payload: Mapping[str, Any],
    flow_id: str,
    effects: Effects,
    emit: Emit,
) -> Flow:
    """Return the flow of a branch, before its first task."""
    return Flow(
        run, flow_id, effects, OPERATORS, emit,
        variables=dict(payload["variables"]),
        clock=payload["clock"],
        tasks=readable_tasks(payload["tasks"]),
        since=payload["since"],
        iterations=tuple(payload["iterations"]),
        siblings=_siblings(run, payload, flow_id),
    )  # fmt: skip


def _siblings(run: Run, payload: Mapping[str, Any], flow_id: str) -> dict[str, str]:
    """Return the ids of the other branches of a branch's fork, by the references in them."""
    fork = run.program.by_ref.get(payload["fork"]) or run.dynamic[payload["fork"]]
    prefix = flow_id.rpartition("/")[0]
    return {
        inner.ref: f"{prefix}/{index}"
        for index, branch in enumerate(fork.branches)
        if index != payload["index"]
        for step in branch
        for inner in step.nested()
    }


def interpret_branch(flow: Flow, payload: Mapping[str, Any]) -> BranchResult:
    """Run a branch to its end."""
    fork = flow.run.program.by_ref.get(payload["fork"]) or flow.run.dynamic[payload["fork"]]
    if "written" in payload:
        task = WorkflowTask.model_validate(payload["written"], context=AUTHORING)
        return flow.result(_run_all(flow, [flow.run.compile(task, fork.pointer)]))
    return flow.result(_run_all(flow, fork.branches[payload["index"]]))


def branch_so_far(flow: Flow, payload: Mapping[str, Any]) -> BranchResult:
    """Replay a branch up to what has not happened yet."""
    try:
        return interpret_branch(flow, payload)
    except Unrecorded:
        collect_partial(flow)
        return flow.result(None)


def _run_all(flow: Flow, steps: Any) -> Ending | None:
    try:
        flow.run_all(steps)
        join_all(flow, "end")
    except Ending as ending:
        abandon(flow, "end")
        return ending
    return None


def _late_failure(flow: Flow) -> Ending | None:
    failed = flow.permissive_failures()
    if not failed:
        return None
    texts = [failure_text(entry, entry["status"]) for entry in failed]
    return Ending("FAILED", ". ".join(texts), task_id=failed[0]["taskId"])


def _output(flow: Flow, status: str) -> Any:
    program = flow.run.program
    if program.output is not None:
        return program.output.evaluate(flow.context(status))
    ordered = flow.ordered()
    return ordered[-1]["outputData"] if ordered else {}

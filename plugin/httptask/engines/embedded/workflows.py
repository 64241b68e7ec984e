"""The bodies of the two dbos workflows: a run, and a branch of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dbos import DBOS

from httptask.engines.embedded.document import finished
from httptask.engines.embedded.host import Host, current
from httptask.engines.embedded.interpreter import (
    branch_flow,
    interpret_branch,
    start_flow,
)
from httptask.engines.embedded.live import Live
from httptask.engines.embedded.payload import run_of
from httptask.engines.embedded.run import EventKind, Run


def run_root(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Interpret a run; return its document."""
    host, run_id = current(), str(DBOS.workflow_id)
    run = host.runs.get(run_id)
    if run is None:
        run = host.runs[run_id] = run_of(run_id, payload, functions=host.functions)
    try:
        host.emit(run.id, "workflow_started", {"workflowId": run.id, "status": "RUNNING"})
        flow = start_flow(run, Live(host, run, run.id), _emitter(host, run))
        found = finished(flow)
        summary = {name: found[name] for name in found if name != "tasks"}
        host.emit(run.id, "workflow_finished", summary)
        return found
    finally:
        host.signal(run.id)


def run_branch(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Interpret a branch; return what it hands back to its run."""
    host, branch = current(), str(DBOS.workflow_id)
    try:
        run = host.run_of(payload["run"])
        flow = branch_flow(run, payload, branch, Live(host, run, branch), _emitter(host, run))
        return interpret_branch(flow, payload).to_json()
    finally:
        host.signal(branch)


def _emitter(host: Host, run: Run) -> Callable[[EventKind, Mapping[str, Any]], None]:
    def emit(kind: EventKind, found: Mapping[str, Any]) -> None:
        host.emit(run.id, kind, found)

    return emit

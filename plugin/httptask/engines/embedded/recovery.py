"""Going on with runs whose process is gone, and with runs that an interrupted call has ended."""

from __future__ import annotations

import re
import time
from typing import Any, Final

from dbos import StepInfo

from httptask.engines.embedded.attempt import OUTCOME_UNKNOWN
from httptask.engines.embedded.host import UNFINISHED, Host
from httptask.engines.embedded.slots import Slot
from httptask.engines.embedded.store import Store
from httptask.errors import EngineError

_JOIN: Final = re.compile(r"/join/\d+\Z")
_CANCEL: Final = "/cancel"


def adopt(host: Host, run_id: str) -> None:
    """Take over an unfinished run, its branches included, from a process that is dead.

    Raises:
        EngineError: the process is alive.
    """
    store = host.store
    taken = _take_over(store, run_id)
    try:
        mine = [row.workflow_id for row in store.family(run_id) if row.status in UNFINISHED]
        host.adopt(mine)
        _wait_until_claimed(host, run_id)
    finally:
        for slot in taken:
            slot.release()


def _take_over(store: Store, run_id: str) -> list[Slot]:
    """Lock the slots of the processes that had the run; none of them is alive then."""
    owners = _owners(store, run_id)
    taken: list[Slot] = []
    for name in sorted(owners):
        slot = store.slots.take_over(name)
        if slot is not None:
            taken.append(slot)
    if len(taken) < len(owners) or _owners(store, run_id) != owners:
        for slot in taken:
            slot.release()
        raise EngineError(
            f"another process is executing run {run_id}",
            code="run_active",
            hint="wait for it, or cancel the run",
        )
    return taken


def _owners(store: Store, run_id: str) -> set[str]:
    rows = (row for row in store.family(run_id) if row.status in UNFINISHED)
    return {row.executor_id for row in rows if row.executor_id}


def _wait_until_claimed(host: Host, run_id: str) -> None:
    while any(row.status == "ENQUEUED" for row in host.store.family(run_id)):
        host.check_stop()
        time.sleep(0.02)


def rewind(host: Host, run_id: str) -> bool:
    """Take a finished run back to the interrupted calls that ended it.

    Returns:
        Whether there were any.
    """
    store = host.store
    plan = _plan(store, run_id)
    if not plan:
        return False
    host.resend.add(run_id)
    queue = host.queue()
    stopped = [row.workflow_id for row in store.family(run_id) if row.status == "CANCELLED"]
    for workflow_id, step in plan:
        store.client.rewind_workflow(workflow_id, start_step=step, queue_name=queue)
    if stopped:
        host.adopt(stopped)
    return True


def _plan(store: Store, workflow_id: str) -> list[tuple[str, int]]:
    """Return the workflows to take back and the step to take each back to, branches first."""
    steps = [step for step in store.steps(workflow_id) if not _is_cancel(step)]
    if not steps:
        return []
    last = steps[-1]
    if _error_code(last["output"]) == OUTCOME_UNKNOWN:
        return [(workflow_id, last["function_id"])]
    if not _JOIN.search(last["function_name"]):
        return []
    branches = [step["child_workflow_id"] for step in steps if step["child_workflow_id"]]
    below = [
        entry for branch in branches if _ended(store, branch) for entry in _plan(store, branch)
    ]
    return [*below, (workflow_id, last["function_id"])] if below else []


def _is_cancel(step: StepInfo) -> bool:
    return step["function_name"].endswith(_CANCEL) and step["output"] is None


def _ended(store: Store, branch: str) -> bool:
    """Tell whether a branch ended the whole workflow."""
    row = store.row(branch, values=True)
    output: Any = row.output if row is not None and row.status == "SUCCESS" else None
    return isinstance(output, dict) and output.get("end") is not None


def _error_code(record: Any) -> str:
    error = record.get("error") if isinstance(record, dict) else None
    return str(error.get("code", "")) if isinstance(error, dict) else ""

"""Effects on what is recorded: nothing is executed, nothing is written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dbos import StepInfo, WorkflowStatus

from httptask.engines.embedded.effects import BranchResult, Call, Unrecorded
from httptask.engines.embedded.interpreter import branch_flow, branch_so_far, silent
from httptask.engines.embedded.run import Run
from httptask.engines.embedded.store import Store
from httptask.errors import EngineError


class Replay:
    """What a run or branch has recorded, as effects; ``Unrecorded`` is raised at its end."""

    def __init__(self, store: Store, run: Run, id: str) -> None:  # noqa: A002
        self._store = store
        self._run = run
        self._records: dict[str, StepInfo] = {
            step["function_name"]: step for step in store.steps(id)
        }

    def _recorded(self, key: str) -> Any:
        step = self._records.get(key)
        if step is None:
            raise Unrecorded
        if step["error"] is not None:
            raise EngineError(str(step["error"]), code="step_broken")
        return step["output"]

    def call(self, call: Call) -> Mapping[str, Any]:
        """Return the record of a call."""
        found: Mapping[str, Any] = self._recorded(call.key)
        return found

    def once(
        self,
        key: str,
        work: Callable[[], Mapping[str, Any]],
        seconds: float | None = None,
    ) -> Mapping[str, Any]:
        """Return the record of something done."""
        del work, seconds
        found: Mapping[str, Any] = self._recorded(key)
        return found

    def start_run(self, key: str, run_id: str, payload: Mapping[str, Any]) -> None:
        """Start nothing."""

    def run_ended(self, key: str, run_id: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Return how a run ended."""
        del run_id, seconds
        found: Mapping[str, Any] | None = self._recorded(key)
        return found

    def terminate(self, key: str, runs: Sequence[str], reason: str) -> None:
        """Terminate nothing."""

    def pause(self, key: str, seconds: float, jitter_ms: int = 0) -> int:
        """Return the recorded end of a pause, if it is over."""
        del seconds, jitter_ms
        return int(self._recorded(key))

    def receive(self, key: str, topic: str, seconds: float | None) -> Mapping[str, Any] | None:
        """Return the recorded completion."""
        del topic, seconds
        found: Mapping[str, Any] | None = self._recorded(key)
        return found

    def spawn(self, branch: str, payload: Mapping[str, Any]) -> None:
        """Start nothing."""

    def first_done(self, key: str, branches: Sequence[str]) -> int:
        """Return which branch ended first."""
        del branches
        return int(self._recorded(key))

    def result(self, branch: str) -> BranchResult:
        """Return what a branch handed back."""
        return branch_result(self._store, branch)

    def cancel(self, key: str, branches: Sequence[str]) -> None:
        """Cancel nothing."""

    def peek(self, branch: str) -> BranchResult:
        """Return what a branch has done so far."""
        return peek(self._store, self._run, branch)


def branch_result(store: Store, branch: str) -> BranchResult:
    """Return what a branch that has ended handed back.

    Raises:
        EngineError: it was cancelled, or the engine could not go on with it.
    """
    row = store.row(branch, values=True)
    if row is None or row.status != "SUCCESS":
        state = row.status if row else "missing"
        raise EngineError(f"branch {branch} did not end: {state}", code="branch_broken")
    return BranchResult(**_loaded(row.output))


def peek(store: Store, run: Run, branch: str) -> BranchResult:
    """Return what a branch has done so far, or all of it when it has ended."""
    row = store.row(branch, values=True)
    if row is None:
        return BranchResult()
    if row.status == "SUCCESS":
        return BranchResult(**_loaded(row.output))
    payload = payload_of(row)
    flow = branch_flow(run, payload, branch, Replay(store, run, branch), silent)
    return branch_so_far(flow, payload)


def run_document(store: Store, run_id: str) -> dict[str, Any]:
    """Return the document of a run that has ended."""
    row = store.row(run_id, values=True)
    if row is not None and row.status == "SUCCESS":
        found: dict[str, Any] = _loaded(row.output)
        return found
    return {"status": "TERMINATED", "output": {}, "endTime": row.updated_at if row else 0}


def payload_of(row: WorkflowStatus) -> dict[str, Any]:
    """Return what a run or branch was started with.

    Raises:
        EngineError: a stored file that holds part of it is gone.
    """
    found: dict[str, Any] = _loaded(row.input)["args"][0]
    return found


def _loaded(value: Any) -> Any:
    if not isinstance(value, dict):
        raise EngineError("a stored value cannot be read", code="file_missing")
    return value

"""A task as a server hands it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from httptask.core.execution import Execution
from httptask.core.json_text import decode, encode
from httptask.definition.task_defs import with_template
from httptask.hooks.task import PreparedTask

DEFAULT_RESPONSE_TIMEOUT: Final = 3600
MARK: Final = "httptask"
"""Key of the notes that a worker leaves in the output of a task that is not finished."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """One task to execute.

    Attributes:
        document: the task as polled, secrets included: never log it.
        task: its definition, compiled.
        execution: its identity, the same for each delivery.
    """

    document: Mapping[str, Any]
    task: PreparedTask
    execution: Execution

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Assignment:
        """Read a polled task.

        Raises:
            ExpressionError: its template is nested too deeply.
        """
        workflow_task = document.get("workflowTask") or {}
        definition = _definition(document)
        written = with_template(
            workflow_task.get("inputParameters") or {}, definition.get("inputTemplate") or {}
        )
        iteration = int(document.get("iteration") or 0)
        ref = str(document["referenceTaskName"])
        if iteration:
            ref = ref.removesuffix(f"__{iteration}")
        task = _prepared(
            str(document.get("taskDefName") or ""),
            ref,
            encode(written),
            bool(workflow_task.get("asyncComplete")),
        )
        execution = Execution(
            workflow_id=str(document["workflowInstanceId"]),
            task_ref=ref,
            iteration=iteration,
            retry=int(document.get("retryCount") or 0),
            task_id=str(document["taskId"]),
        )
        return cls(document, task, execution)

    @property
    def task_id(self) -> str:
        """Return the id of this task instance."""
        return self.execution.task_id

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Return the inputs as the server resolved them."""
        return self.document.get("inputData") or {}

    @property
    def deliveries(self) -> int:
        """Return how often the server handed this task over, this time included."""
        return int(self.document.get("pollCount") or 1)

    @property
    def first_delivery(self) -> float:
        """Return when it was handed over first: seconds since the epoch, by the server's clock."""
        return float(self.document.get("startTime") or 0) / 1000

    @property
    def note(self) -> Mapping[str, Any]:
        """Return what a worker noted down in the output of the unfinished task."""
        note = (self.document.get("outputData") or {}).get(MARK)
        return note if isinstance(note, Mapping) else {}

    @property
    def response_timeout(self) -> int:
        """Return the seconds of silence after which the server gives the worker up; 0 is never."""
        seconds = _definition(self.document).get("responseTimeoutSeconds")
        return DEFAULT_RESPONSE_TIMEOUT if seconds is None else int(seconds)

    @property
    def retries_left(self) -> int:
        """Return how many more attempts the server will make after a failure."""
        allowed = (self.document.get("workflowTask") or {}).get("retryCount")
        if allowed is None:
            allowed = _definition(self.document).get("retryCount") or 0
        return max(int(allowed) - self.execution.retry, 0)

    @property
    def retry_delay(self) -> float:
        """Return the seconds that the server waits before the next attempt, at the least."""
        definition = _definition(self.document)
        delay = int(definition.get("retryDelaySeconds") or 0)
        match definition.get("retryLogic"):
            case "LINEAR_BACKOFF":
                delay *= int(definition.get("backoffScaleFactor") or 1) * (self.execution.retry + 1)
            case "EXPONENTIAL_BACKOFF":
                delay *= 2**self.execution.retry
        cap = int(definition.get("maxRetryDelaySeconds") or 0)
        return float(min(delay, cap) if cap else delay)


def _definition(document: Mapping[str, Any]) -> Mapping[str, Any]:
    embedded = (document.get("workflowTask") or {}).get("taskDefinition")
    found = embedded or document.get("taskDefinition")
    return found if isinstance(found, Mapping) else {}


@lru_cache(maxsize=256)
def _prepared(name: str, ref: str, written: bytes, async_complete: bool) -> PreparedTask:
    return PreparedTask.of(decode(written), name=name, ref=ref, async_complete=async_complete)

"""A task as a server hands it over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from httptask.core.execution import Execution, Kept
from httptask.core.json_text import decode_own, encode
from httptask.definition.inputs import as_http
from httptask.definition.task_defs import with_template
from httptask.errors import EngineError
from httptask.hooks.task import CompiledTask

_LARGEST: Final = 2**53
_MOST_DOUBLINGS: Final = 60
DEFAULT_RESPONSE_TIMEOUT: Final = 3600
PAUSED: Final = "paused"
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
    task: CompiledTask
    execution: Execution

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Assignment:
        """Read a polled task.

        Raises:
            ExpressionError: its template is nested too deeply.
            EngineError: it is not a task as servers hand them over.
        """
        workflow_task = _object(document, "workflowTask")
        definition = _definition(document)
        for key in ("inputData", "outputData"):
            _object(document, key)
        written = with_template(
            _object(workflow_task, "inputParameters"), _object(definition, "inputTemplate")
        )
        if _is_poll(document):
            written = as_http(written, _object(document, "inputData"))
        iteration = _number(document, "iteration")
        ref = _name(document, "referenceTaskName")
        if iteration:
            ref = ref.removesuffix(f"__{iteration}")
        task = _prepared(
            str(document.get("taskDefName") or ""),
            ref,
            _text(written),
            bool(workflow_task.get("asyncComplete")),
        )
        execution = Execution(
            workflow_id=_name(document, "workflowInstanceId"),
            task_ref=ref,
            iteration=iteration,
            retry=_number(document, "retryCount"),
            task_id=_name(document, "taskId"),
        )
        return cls(document, task, execution)

    @property
    def task_id(self) -> str:
        """Return the id of this task instance."""
        return self.execution.task_id

    @property
    def definition(self) -> dict[str, Any]:
        """Return the task's definition, with the inputs that its task definition gives."""
        return {
            "name": self.task.name or self.task.ref,
            "taskReferenceName": self.task.ref,
            "type": "HTTP",
            "inputParameters": self.task.written,
        }

    @property
    def says_its_request(self) -> bool:
        """Tell whether the definition has the request; a dynamic task's inputs may bring it."""
        return bool(self.task.written.keys() & {"http_request", "uri"})

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Return the inputs as the server resolved them."""
        return self.own_inputs(_object(self.document, "inputData"))

    def own_inputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return inputs of the server as those of an HTTP task."""
        if not _is_poll(self.document):
            return inputs
        return as_http(inputs, _object(self.document, "inputData"))

    @property
    def output(self) -> Mapping[str, Any]:
        """Return the output that the task has so far."""
        return _object(self.document, "outputData")

    @property
    def deliveries(self) -> int:
        """Return how often the server handed this task over, this time included."""
        return _number(self.document, "pollCount") or 1

    @property
    def first_delivery(self) -> float:
        """Return when it was handed over first: seconds since the epoch, by the server's clock."""
        return _number(self.document, "startTime") / 1000

    @property
    def note(self) -> Mapping[str, Any]:
        """Return what a worker noted down in the output of the unfinished task."""
        note = self.output.get(MARK)
        return note if isinstance(note, Mapping) else {}

    @property
    def kept(self) -> Kept | None:
        """Return what an earlier part of the task kept, if it goes on after a pause."""
        kept = self.note.get("kept") if self.note.get("state") == PAUSED else None
        return kept if isinstance(kept, Mapping) else None

    @property
    def paused_at(self) -> int:
        """Return at which delivery an earlier part of the task paused; 0: none did."""
        return _number(self.note, "deliveries") if self.kept is not None else 0

    @property
    def response_timeout(self) -> int:
        """Return the seconds of silence after which the server gives the worker up; 0 is never."""
        return _number(
            _definition(self.document), "responseTimeoutSeconds", DEFAULT_RESPONSE_TIMEOUT
        )

    @property
    def retries_left(self) -> int:
        """Return how many more attempts the server will make after a failure."""
        by_definition = _number(_definition(self.document), "retryCount")
        allowed = _number(_object(self.document, "workflowTask"), "retryCount", by_definition)
        return max(allowed - self.execution.retry, 0)

    @property
    def retry_delay(self) -> float:
        """Return the seconds that the server waits before the next attempt, at the least."""
        definition = _definition(self.document)
        delay = _number(definition, "retryDelaySeconds")
        match definition.get("retryLogic"):
            case "LINEAR_BACKOFF":
                scale = _number(definition, "backoffScaleFactor") or 1
                delay *= scale * (self.execution.retry + 1)
            case "EXPONENTIAL_BACKOFF":
                delay *= 2 ** min(self.execution.retry, _MOST_DOUBLINGS)
        cap = _number(definition, "maxRetryDelaySeconds")
        return float(min(delay, cap) if cap else delay)


def _is_poll(document: Mapping[str, Any]) -> bool:
    return _object(document, "workflowTask").get("type") == "HTTP_POLL"


def _definition(document: Mapping[str, Any]) -> Mapping[str, Any]:
    embedded = _object(document, "workflowTask").get("taskDefinition")
    found = embedded or document.get("taskDefinition")
    return found if isinstance(found, Mapping) else {}


def _object(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise _malformed(f"its {key} is not an object")
    return found


def _number(document: Mapping[str, Any], key: str, default: int = 0) -> int:
    """Return a whole number; what is null or not a number in a sensible range is the default."""
    found = document.get(key)
    if isinstance(found, bool) or not isinstance(found, (int, float)):
        return default
    return int(found) if 0 <= found <= _LARGEST else default


def _name(document: Mapping[str, Any], key: str) -> str:
    found = document.get(key)
    if not isinstance(found, str) or not found:
        raise _malformed(f"its {key} is not a text")
    return found


def _text(written: Mapping[str, Any]) -> bytes:
    try:
        return encode(written)
    except (ValueError, RecursionError):
        raise _malformed("its inputParameters cannot be written as JSON") from None


def _malformed(why: str) -> EngineError:
    return EngineError(
        f"the server handed over a task that cannot be read: {why}",
        code="task_malformed",
        retryable=False,
        hint="look at what lies between the worker and the server",
    )


@lru_cache(maxsize=256)
def _prepared(name: str, ref: str, written: bytes, async_complete: bool) -> CompiledTask:
    return CompiledTask.of(decode_own(written), name=name, ref=ref, async_complete=async_complete)

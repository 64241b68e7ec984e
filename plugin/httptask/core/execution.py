"""Which task of which workflow execution a call belongs to."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Kept = Mapping[str, Any]
"""What layers keep of an execution, as JSON; it holds no secret."""

_NAMESPACE = uuid.UUID("6f3a5b0e-7f0e-5b6c-9d1e-2f6f3c1b7a90")


def forget(kept: Kept) -> None:
    """Keep nothing."""
    del kept


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an execution that an engine can pause and go on with.

    Attributes:
        resume: what an earlier part kept last, or None.
        keep: stores such a value.
    """

    resume: Kept | None = None
    keep: Callable[[Kept], None] = forget


@dataclass(frozen=True, slots=True)
class Execution:
    """The identity of one task execution.

    Attributes:
        workflow_id: id of the workflow execution.
        task_ref: task reference name.
        iteration: number of the loop pass, 0 outside loops.
        retry: engine retries made before this one.
        task_id: id of this task instance.
        seconds: how long it may take before the engine gives it up; None: as long as it likes.
        part: which part of it is executed, where the engine goes on after a pause.
    """

    workflow_id: str
    task_ref: str
    iteration: int = 0
    retry: int = 0
    task_id: str = ""
    seconds: float | None = field(default=None, compare=False)
    part: Part | None = field(default=None, compare=False, repr=False)

    @property
    def idempotency_key(self) -> str:
        """Return the key that stays the same for every repetition of this task."""
        return str(uuid.uuid5(_NAMESPACE, f"{self.workflow_id}/{self.task_ref}/{self.iteration}"))

    @classmethod
    def fresh(cls, task_ref: str) -> Execution:
        """Return the identity of a single call outside any workflow execution."""
        return cls(str(uuid.uuid4()), task_ref, task_id=str(uuid.uuid4()))

"""How a workflow ends before its last task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from httptask.engines.embedded.entries import Entry


@dataclass(eq=False)
class Ending(Exception):  # noqa: N818 - control flow
    """The workflow, or the loop around this place, ends here.

    Attributes:
        status: the workflow's status.
        reason: reasonForIncompletion.
        output: the workflow's output when a TERMINATE task gives it; None otherwise.
        in_loop: only the innermost loop fails: a permissive task in it did.
        task_id: the task that ended it, or "".
    """

    status: str
    reason: str
    output: Mapping[str, Any] | None = None
    in_loop: bool = False
    task_id: str = ""

    @property
    def by_terminate(self) -> bool:
        """Tell whether a TERMINATE task ended it."""
        return self.output is not None

    def to_json(self) -> dict[str, Any]:
        """Return the ending as the journal keeps it."""
        document: dict[str, Any] = {
            "status": self.status,
            "reason": self.reason,
            "output": self.output,
            "taskId": self.task_id,
        }
        return {**document, "inLoop": True} if self.in_loop else document

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Ending:
        """Return the ending that a journal keeps."""
        in_loop = document.get("inLoop", False)
        status, reason, output = document["status"], document["reason"], document["output"]
        return cls(status, reason, output, in_loop, document.get("taskId", ""))

    @classmethod
    def failed(cls, entry: Entry, *, in_loop: bool = False) -> Ending:
        """Return the ending that a failed task brings about."""
        status = _status(entry)
        text = failure_text(entry, status)
        return cls(status, text, in_loop=in_loop, task_id=entry["taskId"])


def failure_text(entry: Entry, status: str) -> str:
    """Return a server's words for a failed task."""
    reason = entry.get("reasonForIncompletion", "null")
    return f"Task {entry['taskId']} failed with status: {status} and reason: '{reason}'"


def _status(entry: Entry) -> str:
    return {"TIMED_OUT": "TIMED_OUT", "CANCELED": "TERMINATED"}.get(entry["status"], "FAILED")

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
    """

    status: str
    reason: str
    output: Mapping[str, Any] | None = None
    in_loop: bool = False

    @property
    def by_terminate(self) -> bool:
        """Tell whether a TERMINATE task ended it."""
        return self.output is not None

    def to_json(self) -> dict[str, Any]:
        """Return the ending as the journal keeps it."""
        document = {"status": self.status, "reason": self.reason, "output": self.output}
        return {**document, "inLoop": True} if self.in_loop else document

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Ending:
        """Return the ending that a journal keeps."""
        in_loop = document.get("inLoop", False)
        return cls(document["status"], document["reason"], document["output"], in_loop)

    @classmethod
    def failed(cls, entry: Entry, *, in_loop: bool = False) -> Ending:
        """Return the ending that a failed task brings about."""
        return cls(_status(entry), failure_text(entry), in_loop=in_loop)


def failure_text(entry: Entry) -> str:
    """Return a server's words for a failed task; the status in them is the workflow's."""
    reason = entry.get("reasonForIncompletion") or ""
    return f"Task {entry['taskId']} failed with status: {_status(entry)} and reason: '{reason}'"


def _status(entry: Entry) -> str:
    return "TIMED_OUT" if entry["status"] == "TIMED_OUT" else "FAILED"

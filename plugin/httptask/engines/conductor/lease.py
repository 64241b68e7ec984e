"""Tells the server, while a call lasts, that somebody works on it.

A server forgets a task's queue entry when it hands the task over, and hands a long one over again
at its next sweep (20 to 40 s) although a worker is at it. Each heartbeat therefore puts the
entry back, out of sight for ``LEASE`` seconds: while signs come nobody else is given the task, and
when they stop the task is handed over again, which costs none of its retries. The more tasks a
worker has, the rarer the signs of each: the server gets about 50 requests a second from all.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from httptask.engines.conductor.assignment import Assignment
from httptask.engines.conductor.client import ConductorClient, segment
from httptask.engines.conductor.report import in_progress
from httptask.errors import EngineError

FIRST: Final = 12.0
EVERY: Final = 10.0
LEASE: Final = 30
MANY: Final = 250
"""Tasks beyond which each has rarer signs."""

_ENDED: Final = frozenset({"CANCELED", "TIMED_OUT", "SKIPPED"})

_log = logging.getLogger("httptask.worker")


@dataclass(slots=True)
class _Lease:
    assignment: Assignment
    due: float
    every: float
    cancelled: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def seconds(self) -> int:
        return max(int(self.every * LEASE / EVERY), 2)


class Leases:
    """The leases of the tasks that this process works on.

    Args:
        client: the server.
        worker_id: the worker's name.
        extended: called after each heartbeat.
    """

    def __init__(
        self, client: ConductorClient, worker_id: str, extended: Callable[[], None]
    ) -> None:
        self._client, self._worker_id, self._extended = client, worker_id, extended
        self._held: dict[str, _Lease] = {}
        self._lock = threading.Lock()

    def take(self, assignment: Assignment) -> threading.Event:
        """Begin a lease; the event is set when the server has ended the task."""
        usual = EVERY * max(len(self._held) / MANY, 1.0)
        every = min(usual, (assignment.response_timeout or usual * 3) / 3)
        lease = _Lease(assignment, time.monotonic() + min(FIRST, every), every)
        with self._lock:
            self._held[assignment.task_id] = lease
        return lease.cancelled

    def give_up(self, assignment: Assignment) -> None:
        """End a lease: its task has a result."""
        with self._lock:
            lease = self._held.pop(assignment.task_id, None)
        if lease is not None:
            with lease.lock:  # a heartbeat on its way must not come after the result
                pass

    def cancel_all(self) -> None:
        """Ask every running task to give up."""
        with self._lock:
            for lease in self._held.values():
                lease.cancelled.set()

    def holds(self, task_id: str) -> bool:
        """Tell whether this process works on a task."""
        with self._lock:
            return task_id in self._held

    def beat(self) -> None:
        """Send the heartbeats that are due."""
        now = time.monotonic()
        with self._lock:
            due = [lease for lease in self._held.values() if lease.due <= now]
        for lease in due:
            lease.due = now + lease.every
            try:
                with lease.lock:
                    self._extend(lease)
            except EngineError as error:
                lease.due = now + min(lease.every, 2.0)
                _log.warning("task %s: no heartbeat was sent: %s", lease.assignment.task_id, error)

    def _extend(self, lease: _Lease) -> None:
        task_id = lease.assignment.task_id
        found = self._client.call("GET", f"/tasks/{segment(task_id)}", timeout=5.0, attempts=1)
        if _has_ended(found):
            _log.info("task %s: the server has ended it", task_id)
            lease.cancelled.set()
        if lease.cancelled.is_set() or not self.holds(task_id):
            return
        report = in_progress(lease.assignment, lease.seconds, "running")
        body = report.to_json(self._worker_id)
        self._client.call("POST", "/tasks", body=body, timeout=5.0, attempts=1)
        self._extended()


def _has_ended(found: Mapping[str, Any] | None) -> bool:
    return found is not None and found.get("status") in _ENDED

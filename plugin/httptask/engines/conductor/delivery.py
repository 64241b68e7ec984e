"""Delivers results, now or when the server is back."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any, Final

from httptask.core.json_text import encode
from httptask.engines.conductor.assignment import MARK
from httptask.engines.conductor.client import ConductorClient
from httptask.engines.conductor.journal import Journal
from httptask.errors import EngineError

RETRY_SECONDS: Final = 1.0
LONGEST_RETRY: Final = 15.0

_log = logging.getLogger("httptask.worker")


class Delivery:
    """Results on their way to the server; each is on disk until the server has it.

    Args:
        client: the server.
        journal: where results wait.
    """

    def __init__(self, client: ConductorClient, journal: Journal) -> None:
        self._client, self._journal = client, journal
        self._next, self._pause = 0.0, RETRY_SECONDS
        self._asked: set[str] = set()

    def post(self, task_id: str, report: Mapping[str, Any]) -> None:
        """Deliver a result, or leave it for later."""
        data = encode(report)
        self._journal.done(task_id, data)
        try:
            self._send(task_id, report, data)
        except EngineError as error:
            _log.warning("task %s: the result waits on disk: %s", task_id, error)

    def deliver_waiting(self, older_than: float = 2.0) -> int:
        """Deliver what waits; return how many results still wait."""
        if older_than and time.monotonic() < self._next:
            return len(self._journal.undelivered(older_than))
        waiting = self._journal.undelivered(older_than)
        for index, entry in enumerate(waiting):
            try:
                report = entry.report or {}
                self._send(entry.task_id, report, encode(report))
            except EngineError:
                self._next = time.monotonic() + self._pause
                self._pause = min(self._pause * 2, LONGEST_RETRY)
                return len(waiting) - index
            _log.info("task %s: the result is delivered", entry.task_id)
        self._next, self._pause = 0.0, RETRY_SECONDS
        return 0

    def ask_for_abandoned(self, worker_id: str) -> None:
        """Ask the server to hand over again the tasks of dead processes."""
        for entry in self._journal.abandoned():
            if entry.task_id in self._asked:
                continue
            body = {
                "workflowInstanceId": entry.workflow_id,
                "taskId": entry.task_id,
                "workerId": worker_id,
                "status": "IN_PROGRESS",
                "callbackAfterSeconds": 0,
            }
            try:
                self._client.call("POST", "/tasks", body=body, attempts=1)
            except EngineError as error:
                if error.code == "server_not_found":
                    self._journal.forget(entry.task_id)
                    continue
                _log.warning("abandoned tasks wait: %s", error)
                return
            self._asked.add(entry.task_id)
            _log.info("task %s: requested again, its process is gone", entry.task_id)

    def _send(self, task_id: str, report: Mapping[str, Any], data: bytes) -> None:
        try:
            self._client.call("POST", "/tasks", body=data, attempts=2)
        except EngineError as error:
            if error.code == "server_not_found":
                _log.warning("task %s: the server no longer knows it", task_id)
                self._journal.forget(task_id)
                return
            if error.code != "server_refused" or error.retryable:
                raise
            self._client.call("POST", "/tasks", body=_refused(report, error), attempts=2)
        if _is_returned(report):
            self._journal.forget(task_id)
        else:
            self._journal.delivered(task_id)


def _is_returned(report: Mapping[str, Any]) -> bool:
    """Tell whether a report gives a task back: then nothing is known of it any more."""
    note = (report.get("outputData") or {}).get(MARK)
    return isinstance(note, Mapping) and note.get("state") == "returned"


def _refused(report: Mapping[str, Any], error: EngineError) -> dict[str, Any]:
    reason = f"the server refuses the result: {error.message}"
    return {
        **report,
        "status": "FAILED_WITH_TERMINAL_ERROR",
        "outputData": {},
        "reasonForIncompletion": reason,
    }

"""The worker's loop: poll, execute, deliver, and look after what takes long."""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Literal

from httptask.engines.conductor.assignment import Assignment
from httptask.engines.conductor.client import ConductorClient, segment
from httptask.engines.conductor.delivery import Delivery
from httptask.engines.conductor.executor import Course, Decision, Executor
from httptask.engines.conductor.figures import Figures
from httptask.engines.conductor.journal import Journal
from httptask.engines.conductor.lease import Leases
from httptask.engines.conductor.naming import POLL_QUEUE
from httptask.engines.conductor.pacing import Pacing
from httptask.engines.conductor.report import Report, in_progress
from httptask.errors import EngineError, HttpTaskError

HOUSEKEEPING_SECONDS: Final = 0.5
PRUNE_SECONDS: Final = 60.0
LARGEST_BATCH: Final = 4
"""Tasks asked for at once: a server marks them one by one before it responds, and the first waits
for the last."""

FULL_SECONDS: Final = 5.0
FULL_AGAIN: Final = 60.0
"""Seconds that every thread is busy before the worker says so, and until it says so again."""

POLLS_SECONDS: Final = 0.5
"""Seconds between two looks at the queue of HTTP_POLL tasks."""

_POLLS: Final = f"/tasks/poll/batch/{segment(POLL_QUEUE)}"

POLLERS: Final = 8
"""Polls at a time while tasks queue up: the server marks the tasks of one while others run."""

TaskLogs = Literal["auto", "all", "failures"]
"""Traces that go to task logs: all, those of failures, or all as long as no tasks queue up."""

_log = logging.getLogger("httptask.worker")


class Worker:
    """Executes the HTTP tasks of one queue in this process.

    Args:
        client: the server.
        executor: executes one delivery.
        journal: the worker's memory.
        queue: name of the queue, as ``HTTP@NAMESPACE``.
        worker_id: name under which the server lists this worker.
        threads: tasks at a time.
        figures: what is counted.
        task_logs: which traces go to the tasks' logs on the server.
    """

    def __init__(
        self,
        client: ConductorClient,
        executor: Executor,
        journal: Journal,
        *,
        queue: str,
        worker_id: str,
        threads: int,
        figures: Figures,
        task_logs: TaskLogs = "auto",
    ) -> None:
        self._client, self._executor, self._journal = client, executor, journal
        self._path = f"/tasks/poll/batch/{segment(queue)}"
        self._worker_id, self._threads, self._figures = worker_id, threads, figures
        self._leases = Leases(client, worker_id, figures.leases.inc)
        self._delivery = Delivery(client, journal)
        self._pacing, self._task_logs = Pacing(threads), task_logs
        self._stop, self._abandon = threading.Event(), threading.Event()
        self._running: set[str] = set()
        self._slots = threading.Condition()
        self._free = threads
        self._full_since, self._full_told = time.monotonic(), -FULL_AGAIN
        figures.threads.set(threads)
        self._next_polls = 0.0

    def stop(self) -> None:
        """Ask for a graceful stop: no more polls; what runs goes on."""
        self._stop.set()
        with self._slots:
            self._slots.notify_all()

    def run(self, grace: float = 30.0) -> None:
        """Work until ``stop``; then finish what runs.

        Args:
            grace: seconds that running tasks have after ``stop``; what is not done by then is
                given back to the server, unless that could repeat a call that must not be.
        """
        keeper = threading.Thread(target=self._keep_house, name="httptask-keeper", daemon=True)
        keeper.start()
        with ThreadPoolExecutor(self._threads, thread_name_prefix="httptask") as pool:
            helpers = [
                threading.Thread(target=self._work, args=(pool, True), daemon=True)
                for _ in range(POLLERS - 1)
            ]
            for helper in helpers:
                helper.start()
            self._work(pool)
            for helper in helpers:
                helper.join()
            _log.info("stopping: %d tasks are under way", self._threads - self._free)
            self._wait_for_rest(grace)
        self._abandon.set()
        keeper.join()
        waiting = self._delivery.deliver_waiting(older_than=0.0)
        _log.info("stopped%s", f": {waiting} results wait on disk" if waiting else "")

    def _wait_for_rest(self, grace: float) -> None:
        until = time.monotonic() + grace
        with self._slots:
            while self._free < self._threads and time.monotonic() < until:
                self._slots.wait(min(until - time.monotonic(), 0.5))
        if self._free < self._threads:
            _log.warning("%d tasks were not done in time", self._threads - self._free)
            self._abandon.set()
            self._leases.cancel_all()

    def _work(self, pool: ThreadPoolExecutor, helping: bool = False) -> None:
        while not self._stop.is_set():
            for document in self._poll(self._reserved(helping)):
                pool.submit(self._handle, document)

    def _reserved(self, helping: bool) -> int:
        """Take slots for a poll; a poller that helps waits until tasks queue up."""
        with self._slots:
            if helping:
                self._slots.wait_for(lambda: self._pacing.backlog or self._stop.is_set())
            wanted = self._pacing.slots_before_poll
            self._slots.wait_for(
                lambda: self._free >= wanted or self._stop.is_set(), self._pacing.patience
            )
            self._slots.wait_for(lambda: self._free or self._stop.is_set())
            count = 0 if self._stop.is_set() else min(self._free, LARGEST_BATCH)
            self._free -= count
            return count

    def _poll(self, count: int) -> list[Mapping[str, Any]]:
        if not count:
            return []
        found = self._fetch(count)
        pause = self._pacing.after_poll(len(found), count) if found is not None else 0.0
        with self._slots:
            self._free += count - len(found or ())
            self._slots.notify_all()
        if pause:
            self._stop.wait(pause)
        return found or []

    def _fetch(self, count: int) -> list[Mapping[str, Any]] | None:
        """Return the tasks of one poll; None, after a pause, when the server does not respond."""
        since = time.time()
        try:
            found = self._asked(self._path, count)
            if len(found) < count and self._polls_are_due():
                found += self._asked(_POLLS, count - len(found))
        except EngineError as error:
            if error.code == "server_unreachable":
                self._journal.lost_poll(since - 1, time.time() + 1)
            self._figures.polls.labels("failed").inc()
            if self._pacing.failures == 0:
                _log.warning("cannot poll for tasks: %s", error)
            self._stop.wait(self._pacing.after_failure())
            return None
        if self._pacing.failures:
            _log.info("the server responds again")
        self._figures.last_poll.set(time.time())
        self._figures.polls.labels("tasks" if found else "empty").inc()
        return found

    def _asked(self, path: str, count: int) -> list[Mapping[str, Any]]:
        query = {"workerid": self._worker_id, "count": count, "timeout": 0}
        return _tasks(self._client.call("GET", path, query=query, repeat=False, attempts=1))

    def _polls_are_due(self) -> bool:
        """Tell whether to ask for HTTP_POLL tasks: now and then, as they wait in any case."""
        now = time.monotonic()
        with self._slots:
            if now < self._next_polls:
                return False
            self._next_polls = now + POLLS_SECONDS
            return True

    def _handle(self, document: Mapping[str, Any]) -> None:
        task_id = str(document.get("taskId"))
        with self._slots:
            twice = task_id in self._running
            self._running.add(task_id)
        try:
            if twice:
                self._figures.deliveries.labels("ignored").inc()
                return
            self._execute(document)
        except Exception as error:  # noqa: BLE001 - one task must not end the worker
            _log.error("task %s: the worker failed: %s", task_id, described(error))
        finally:
            with self._slots:
                self._free += 1
                if not twice:
                    self._running.discard(task_id)
                # Pollers wait for one of the first two, a graceful stop for the last.
                if self._free in {1, self._pacing.slots_before_poll, self._threads}:
                    self._slots.notify_all()

    def _execute(self, document: Mapping[str, Any]) -> None:
        try:
            assignment = Assignment.of(document)
        except HttpTaskError as error:
            self._refuse(document, error)
            return
        decision = self._executor.decide(assignment)
        self._figures.deliveries.labels(decision.course.name.lower()).inc()
        if decision.course in (Course.RUN, Course.RUN_IF_REPEATABLE):
            self._run(assignment, decision)
        elif decision.course is Course.REPORT and decision.report is not None:
            self._delivery.post(assignment.task_id, decision.report)

    def _run(self, assignment: Assignment, decision: Decision) -> None:
        cancelled = self._leases.take(assignment)
        self._figures.running.inc()
        began = time.perf_counter()
        try:
            report, result = self._executor.run(
                assignment,
                only_if_repeatable=decision.course is Course.RUN_IF_REPEATABLE,
                cancelled=cancelled,
                log_success=self._logs_success(),
            )
        finally:
            self._figures.running.dec()
            self._leases.give_up(assignment)
        if result.error is not None and result.error.code == "cancelled":
            self._give_back(assignment)
            return
        self._figures.seconds.observe(time.perf_counter() - began)
        self._figures.tasks.labels(str(result.status)).inc()
        self._log_result(assignment, report)
        self._delivery.post(assignment.task_id, report.to_json(self._worker_id))

    def _logs_success(self) -> bool:
        return self._task_logs == "all" or (self._task_logs == "auto" and not self._pacing.backlog)

    def _give_back(self, assignment: Assignment) -> None:
        """Return a task to the server's queue, or drop one that the server has ended."""
        if not self._abandon.is_set():
            self._journal.forget(assignment.task_id)
            return
        if not self._executor.is_repeatable(assignment):
            report = self._executor.unknown_outcome(assignment)
        else:
            report = in_progress(assignment, 0, "returned")
        self._delivery.post(assignment.task_id, report.to_json(self._worker_id))

    def _refuse(self, document: Mapping[str, Any], error: HttpTaskError) -> None:
        """Say that a task cannot be read, if it says which one it is."""
        ids = document.get("taskId"), document.get("workflowInstanceId")
        if not all(isinstance(each, str) and each for each in ids):
            _log.error("the server handed over a task without an id: %s", error.message)
            return
        report = Report(
            str(document.get("workflowInstanceId")),
            str(document.get("taskId")),
            "FAILED_WITH_TERMINAL_ERROR",
            reason=error.message,
        )
        self._journal.begin(report.task_id, report.workflow_id)
        self._delivery.post(report.task_id, report.to_json(self._worker_id))

    def _log_result(self, assignment: Assignment, report: Report) -> None:
        level = logging.INFO if report.status in ("COMPLETED", "IN_PROGRESS") else logging.WARNING
        execution = assignment.execution
        _log.log(
            level,
            "%s %s workflow=%s task=%s%s",
            execution.task_ref,
            report.status,
            execution.workflow_id,
            execution.task_id,
            f" reason={report.reason}" if report.reason else "",
        )
        for notice in report.notices:
            _log.info("task %s: %s", execution.task_id, notice)

    def _keep_house(self) -> None:
        pruned, looked = time.monotonic(), 0.0
        while not self._abandon.wait(HOUSEKEEPING_SECONDS):
            try:
                self._tell_if_full(time.monotonic())
                self._leases.beat()
                self._figures.waiting.set(self._delivery.deliver_waiting())
                now = time.monotonic()
                if now - looked > 5.0:
                    looked = now
                    self._delivery.ask_for_abandoned(self._worker_id)
                if now - pruned > PRUNE_SECONDS:
                    pruned = now
                    self._journal.prune()
            except Exception as error:  # noqa: BLE001 - the next round may go well
                _log.error("housekeeping failed: %s", described(error))

    def _tell_if_full(self, now: float) -> None:
        """Say that tasks wait in the queue because every thread has one."""
        if self._free or not self._pacing.backlog:
            self._full_since = now
        elif now - self._full_since >= FULL_SECONDS and now - self._full_told >= FULL_AGAIN:
            self._full_told = now
            _log.warning(
                "all %d threads have been busy for %.0f s: further tasks wait in the queue; "
                "--threads (up to 2000) and --processes make room",
                self._threads,
                now - self._full_since,
            )


def _tasks(response: Any) -> list[Mapping[str, Any]]:
    """Return the tasks of a poll's response; what is not a task in the list is passed over.

    Raises:
        EngineError: it is something else.
    """
    if isinstance(response, list):
        tasks = [each for each in response if isinstance(each, Mapping)]
        if len(tasks) < len(response):
            _log.error(
                "the response to a poll has %d entries that are not tasks",
                len(response) - len(tasks),
            )
        return tasks
    if response is None:
        return []
    raise EngineError("the response to a poll is not a list of tasks", code="server_refused")


def described(error: BaseException) -> str:
    """Return what failed and where, without the error's text: that may hold a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames[-4:]))
    return f"{type(error).__name__} in {where}"

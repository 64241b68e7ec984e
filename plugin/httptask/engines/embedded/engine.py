"""The embedded engine as callers see it."""

from __future__ import annotations

import copy
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Self

from dbos import error as dbos_error

from httptask.core.closing import Closing
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded.attempt import repeats_by_method
from httptask.engines.embedded.entries import FAILED
from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.host import UNFINISHED, Host
from httptask.engines.embedded.library import Library
from httptask.engines.embedded.own_thread import off_the_loop
from httptask.engines.embedded.payload import run_id as new_id
from httptask.engines.embedded.payload import run_of, start_payload
from httptask.engines.embedded.program import Program, compile_program
from httptask.engines.embedded.prune import Pruned, prune
from httptask.engines.embedded.recovery import adopt, rewind
from httptask.engines.embedded.replay import payload_of
from httptask.engines.embedded.run import HttpStep, Links, MayRepeat, Origin, Watcher
from httptask.engines.embedded.runs import (
    RunInfo,
    find_waiting,
    found_row,
    get_document,
    list_runs,
)
from httptask.engines.embedded.stopping import Stopped
from httptask.engines.embedded.store import Durability, Store, failures_told
from httptask.engines.embedded.workflows import run_branch, run_root
from httptask.errors import EngineError, InputError
from httptask.expressions import conductor_env

COMPLETIONS: Final = (
    "COMPLETED",
    "FAILED",
    "FAILED_WITH_TERMINAL_ERROR",
    "CANCELED",
    "IN_PROGRESS",
)


class Engine(Closing):
    """Runs workflow definitions durably; open it with ``Engine.open``.

    A run is executed by one process at a time, in the thread that calls ``run``; branches of forks
    and resumed runs have threads of their own. When the process ends, however it ends, the run
    stays as it is recorded and ``resume`` goes on with it: a recorded task is never executed
    again, one that was under way may be.
    """

    def __init__(
        self,
        store: Store,
        step: HttpStep,
        may_repeat: MayRepeat,
        env: Mapping[str, str],
        functions: Mapping[str, Function],
    ) -> None:
        self._store = store
        self._env = env
        self._functions = functions
        self._host = Host(store, step, may_repeat, functions)
        self._launching = threading.Lock()
        self._launched = False
        self._closed = False
        self._last: tuple[tuple[object, ...], Program] | None = None

    @classmethod
    @failures_told()
    def open(
        cls,
        store: Path,
        step: HttpStep,
        *,
        files: Path,
        durability: Durability = "normal",
        may_repeat: MayRepeat = repeats_by_method,
        env: Mapping[str, str] | None = None,
        functions: Mapping[str, Function] | None = None,
    ) -> Self:
        """Open a store; dbos is launched only when a workflow runs.

        Args:
            store: folder of the journal; made when it is missing.
            step: executes one HTTP task.
            files: folder of the content-addressed files.
            durability: ``normal`` survives the end of the process, ``full`` also a loss of power.
            may_repeat: tells whether a call that a crash interrupted may be made again unasked;
                not asked where the method is written in the task and is GET, HEAD or OPTIONS.
            env: what ``${workflow.env.NAME}`` reads; None: variables ``CONDUCTOR_ENV_NAME``.
            functions: what executes SIMPLE tasks, by name.

        Raises:
            EngineError: the store cannot be opened.
        """
        given = conductor_env(os.environ) if env is None else env
        try:
            named = {} if functions is None else functions
            return cls(Store(store, files, durability), step, may_repeat, given, named)
        except OSError as error:
            raise EngineError(
                f"the store {store} cannot be opened: {error}", code="store_unusable"
            ) from error

    def close(self) -> None:
        """Stop what runs in this process and let go of the store."""
        if not self._closed:
            self._closed = True
            self._host.close()
            self._store.close()

    @property
    def stopping(self) -> threading.Event:
        """Return the event that is set when the engine closes; a step may watch it."""
        return self._host.stopping

    @failures_told()
    def run(
        self,
        workflow: WorkflowDef,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the definition's own word
        *,
        workflow_id: str | None = None,
        task_defs: Mapping[str, TaskDef] | None = None,
        workflows: Sequence[WorkflowDef] = (),
        correlation_id: str = "",
        priority: int = 0,
        origin: Origin | None = None,
        on_event: Watcher | None = None,
    ) -> dict[str, Any]:
        """Run a workflow to its end and return its execution document.

        Args:
            workflow: the definition.
            input: the workflow's input.
            workflow_id: an id of the caller's: a run of that id with the same definition and input
                is gone on with when it is unfinished, and returned when it is finished.
            task_defs: registered task definitions by name.
            workflows: definitions that it may start.
            correlation_id: an id of the caller's, for itself and the runs that it starts.
            priority: the caller's; it has no effect here.
            origin: where the definition comes from.
            on_event: called with what happens, from whatever thread it happens in.

        Raises:
            DefinitionError: the engine cannot run the definition.
            InputError: the id is not one, or belongs to another definition or input.
            EngineError: another process executes that run, or dbos fails.
        """
        program = self._compiled(workflow, task_defs, workflows)
        links = Links(correlation_id=correlation_id, priority=priority)
        run_id = new_id(workflow_id)
        payload = start_payload(program, input or {}, self._env, origin or Origin(), links)
        if workflow_id is not None and self._store.row(run_id) is not None:
            return self._again(run_id, payload["digest"], on_event)
        run = run_of(run_id, payload, program)
        try:
            return self._watched(run_id, on_event, lambda: self._launch().start(run, payload))
        except dbos_error.DBOSWorkflowIDInUseError:
            return self._again(run_id, payload["digest"], on_event)

    def _compiled(
        self,
        workflow: WorkflowDef,
        task_defs: Mapping[str, TaskDef] | None,
        workflows: Sequence[WorkflowDef],
    ) -> Program:
        """Compile a definition; the last one is kept, as hosts run the same one many times."""
        last = self._last
        given = (workflow, task_defs, workflows)
        if last is None or any(old is not new for old, new in zip(last[0], given, strict=True)):
            library = Library(self._functions, task_defs or {}, tuple(workflows))
            last = self._last = (given, compile_program(workflow, library=library))
        return last[1]

    def _again(self, run_id: str, wanted: str, on_event: Watcher | None) -> dict[str, Any]:
        if payload_of(found_row(self._store, run_id))["digest"] != wanted:
            raise InputError(
                f"run {run_id} has another definition or input",
                code="run_differs",
                hint="choose another id",
            )
        return self.resume(run_id, on_event=on_event)

    @failures_told()
    def resume(
        self, run_id: str, *, resend: bool = False, on_event: Watcher | None = None
    ) -> dict[str, Any]:
        """Go on with an unfinished run and return its document; a finished one is returned.

        Args:
            run_id: its id.
            resend: make calls again that a crash interrupted and that may not be repeated unasked;
                also when such a call has already ended the run.
            on_event: called with what happens; recorded tasks are told again.

        Raises:
            InputError: there is no such run.
            EngineError: another process executes it, or it belongs to another version.
        """
        row = found_row(self._store, run_id, values=False)
        if row.status in UNFINISHED:
            get_document(self._store, run_id)
            return self._watched(run_id, on_event, lambda: self._adopted(run_id, resend=resend))
        if row.status == "SUCCESS" and resend:
            return self._watched(run_id, on_event, lambda: self._rewound(run_id))
        return self.get(run_id)

    def _adopted(self, run_id: str, *, resend: bool) -> dict[str, Any]:
        host = self._launch()
        if resend:
            host.resend.add(run_id)
        adopt(host, run_id)
        host.first_done([run_id])
        return self.get(run_id)

    def _rewound(self, run_id: str) -> dict[str, Any]:
        if self.get(run_id)["status"] in FAILED:
            host = self._launch()
            if rewind(host, run_id):
                host.first_done([run_id])
        return self.get(run_id)

    @failures_told()
    def get(self, run_id: str) -> dict[str, Any]:
        """Return a run's execution document; of an unfinished one what it has done so far.

        Raises:
            InputError: there is no such run.
            EngineError: it belongs to another version, or a stored file is gone.
        """
        return get_document(self._store, run_id)

    @failures_told()
    def origin(self, run_id: str) -> Origin:
        """Return where a run's definition comes from.

        Raises:
            InputError: there is no such run.
        """
        return Origin.of(payload_of(found_row(self._store, run_id))["origin"])

    @failures_told()
    def definition(self, run_id: str) -> dict[str, Any]:
        """Return a run's definition as it was given, as JSON.

        Raises:
            InputError: there is no such run.
        """
        found: dict[str, Any] = payload_of(found_row(self._store, run_id))["definition"]
        return found

    @failures_told()
    def list(self, *, limit: int = 100, offset: int = 0) -> list[RunInfo]:
        """Return the runs, newest first."""
        return list_runs(self._store, limit=limit, offset=offset)

    @failures_told()
    def cancel(self, run_id: str) -> dict[str, Any]:
        """Cancel a run and its branches, whoever executes it, and return its document.

        A call that is under way is not interrupted; its outcome is not recorded.

        Raises:
            InputError: there is no such run.
        """
        row = found_row(self._store, run_id, values=False)
        if row.status in UNFINISHED:
            waiting = [one.workflow_id for one in self._store.family(run_id)]
            entries = self.get(run_id)["tasks"]
            self._store.client.cancel_workflow(run_id, cancel_children=True)
            for entry in entries:
                if entry["status"] == "IN_PROGRESS":
                    for workflow_id in waiting:
                        self._store.client.send(workflow_id, {"wake": True}, entry["taskId"])
        return self.get(run_id)

    @failures_told()
    def complete_task(
        self,
        run_id: str,
        reference: str,
        *,
        status: str = "COMPLETED",
        output: Mapping[str, Any] | None = None,
        reason: str = "",
    ) -> None:
        """Complete a task that waits for it (``asyncComplete``).

        Args:
            run_id: the run.
            reference: its task reference name, with or without iterations.
            status: COMPLETED, FAILED or FAILED_WITH_TERMINAL_ERROR.
            output: put over the task's output.
            reason: reasonForIncompletion.

        Raises:
            InputError: there is no such run, no such task waits, or the status is another.
        """
        if status not in COMPLETIONS:
            raise InputError(f"a task is completed with one of {', '.join(COMPLETIONS)}")
        workflow_id, entry = find_waiting(self._store, run_id, reference)
        message = {
            "status": status,
            "output": copy.deepcopy(dict(output or {})),
            "reason": reason,
            "time": time.time_ns() // 1_000_000,
        }
        self._store.client.send(workflow_id, message, entry["taskId"])

    @failures_told()
    def prune(
        self,
        older_than: timedelta,
        *,
        interrupted: bool = False,
        grace: timedelta | None = None,
    ) -> Pruned:
        """Remove runs that ended before a while, and stored files that no run refers to.

        Args:
            older_than: how long ago they must have ended.
            interrupted: also remove unfinished runs of dead processes, started that long ago.
            grace: how old an unreferenced file must be; an hour when None.
        """
        if grace is None:
            return prune(self._store, older_than, interrupted=interrupted)
        return prune(self._store, older_than, interrupted=interrupted, grace=grace)

    def _launch(self) -> Host:
        with self._launching:
            if self._closed:
                raise EngineError("the engine is closed", code="engine_closed")
            if not self._launched:
                self._host.launch(run_root, run_branch)
                self._launched = True
            return self._host

    def _watched(
        self, run_id: str, on_event: Watcher | None, work: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        if on_event is not None:
            self._host.watchers[run_id] = on_event
        try:
            return off_the_loop(work)
        except dbos_error.DBOSWorkflowIDInUseError:
            raise
        except (Stopped, sqlite3.ProgrammingError):  # a closed connection says the latter
            text = f"the engine was closed while run {run_id} was going on"
            raise EngineError(text, code="engine_closed") from None
        except dbos_error.DBOSException as error:
            return self._after(run_id, error)
        finally:
            self._host.watchers.pop(run_id, None)
            self._host.forget(run_id)

    def _after(self, run_id: str, error: dbos_error.DBOSException) -> dict[str, Any]:
        """Return the document of a run that was cancelled while it ran here."""
        row = self._store.row(run_id)
        if row is not None and row.status == "CANCELLED":
            return self.get(run_id)
        raise EngineError(f"dbos failed: {error}", code="dbos_failed") from error

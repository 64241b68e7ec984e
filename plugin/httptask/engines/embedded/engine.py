"""The embedded engine as callers see it."""

from __future__ import annotations

import atexit
import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, InvalidStateError
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Self

from httptask.core.closing import Closing
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded import reopen
from httptask.engines.embedded.attempt import Attempt, repeats_by_method
from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.host import Ended, Host
from httptask.engines.embedded.journal import OPEN, Journal, Reader, Row
from httptask.engines.embedded.leaving import Stopped
from httptask.engines.embedded.library import Library
from httptask.engines.embedded.payload import compiled, start_payload
from httptask.engines.embedded.payload import run_id as new_id
from httptask.engines.embedded.program import Program, compile_program
from httptask.engines.embedded.prune import GRACE, Pruned, prune
from httptask.engines.embedded.records import Records
from httptask.engines.embedded.run import HttpStep, Links, MayRepeat, Origin, Watcher
from httptask.engines.embedded.runs import (
    RunInfo,
    check_interpreter,
    find,
    found_row,
    get_document,
    list_runs,
    waiting_topic,
)
from httptask.engines.embedded.schema import Durability, store_failed
from httptask.errors import EngineError, InputError
from httptask.expressions import conductor_env

COMPLETIONS: Final = (
    "COMPLETED", "FAILED", "FAILED_WITH_TERMINAL_ERROR", "CANCELED", "IN_PROGRESS"
)  # fmt: skip
TERMINATED: Final = "the run was terminated"

_open: weakref.WeakSet[Engine] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Leave what runs in other threads when the interpreter ends: it can be resumed."""
    for engine in list(_open):
        engine.close()


@contextlib.contextmanager
def failures_told() -> Iterator[None]:
    """Turn failures of the database into errors of ours; they never carry a value."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_failed(error) from error
    except Stopped:
        raise EngineError("the engine is closed", code="engine_closed") from None


class Handle:
    """A run that goes on in a thread of its own.

    Attributes:
        id: the run's id.
    """

    def __init__(self, run_id: str, future: Future[dict[str, Any]]) -> None:
        self.id = run_id
        self._future = future

    def result(self, timeout: float | None = None) -> dict[str, Any]:
        """Wait for the run; return its execution document.

        Raises:
            TimeoutError: it is not at its end in so many seconds; it goes on.
            EngineError: the run is left unfinished.
        """
        return self._future.result(timeout)

    def done(self) -> bool:
        """Tell whether ``result`` would return, or raise, at once."""
        return self._future.done()


class Engine(Closing):
    """Runs workflow definitions durably; open it with ``Engine.open``.

    Any number of runs go on at once, each executed by one process. When a process ends, however it
    ends, its runs stay as they are recorded and ``resume`` goes on with them: a recorded task is
    never executed again, one that was under way may be. Whatever the machine does to a run leaves
    it unfinished; only the workflow's own logic ends it. An engine may be used from any thread, and
    after a fork.
    """

    def __init__(
        self, store: Path, files: Path, durability: Durability, attempt: Attempt,
        env: Mapping[str, str], functions: Mapping[str, Function],
    ) -> None:  # fmt: skip
        self._path = store.absolute() / "journal.db"
        self._records = Records(files.absolute())
        self._durability = durability
        self._attempt = attempt
        self._env = env
        self._functions = functions
        self._closed = False
        self._last: tuple[tuple[object, ...], Program] | None = None
        self._begin_process()
        _open.add(self)

    def _begin_process(self) -> None:
        """Begin anew in a process: a forked child shares neither connection nor lock."""
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._opened_reader: Reader | None = None
        self._opened_host: Host | None = None
        self._futures: set[Future[dict[str, Any]]] = set()

    @classmethod
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
        """Open a store; nothing is read or written before it is asked for.

        Args:
            store: folder of the journal; made when a workflow runs.
            step: executes one HTTP task.
            files: folder of the content-addressed files.
            durability: ``normal`` survives the end of the process, ``full`` also a loss of power.
            may_repeat: tells whether a call that a crash interrupted may be made again unasked;
                not asked where the method is written in the task and is GET, HEAD or OPTIONS.
            env: what ``${workflow.env.NAME}`` reads; None: variables ``CONDUCTOR_ENV_NAME``.
            functions: what executes SIMPLE tasks, by name.

        Raises:
            EngineError: the store cannot be one.
        """
        if durability not in ("normal", "full"):
            raise EngineError(f"durability is normal or full, not {durability}", code="option")
        place = next((each for each in (store, *store.parents) if each.exists()), store)
        if place.exists() and not place.is_dir():
            raise EngineError(
                f"the store {store} cannot be opened: {place} is not a folder",
                code="store_unusable",
            )
        given = conductor_env(os.environ) if env is None else env
        named = {} if functions is None else functions
        return cls(store, files, durability, Attempt(step, may_repeat), given, named)

    def close(self) -> None:
        """Leave what runs in this process and let go of the store."""
        with self._mine():
            self._closed = True
            host, reader = self._opened_host, self._opened_reader
            self._opened_host = self._opened_reader = None
        error = EngineError("the engine was closed; the run goes on later", code="engine_closed")
        for future in list(self._futures):
            _settle(partial(future.set_exception, error))
        for each in (host, reader):
            if each is not None:
                each.close()

    @contextlib.contextmanager
    def _mine(self) -> Iterator[None]:
        if self._pid != os.getpid():
            self._begin_process()
        with self._lock:
            yield

    @property
    def _reader(self) -> Reader:
        with self._mine():
            self._check_open()
            reader = self._opened_reader
            if reader is not None and reader.is_missing:
                reader.close()
                reader = None
            if reader is None:
                with self._openable():
                    reader = self._opened_reader = Reader(self._path, self._records)
            return reader

    @property
    def _host(self) -> Host:
        with self._mine():
            self._check_open()
            if self._opened_host is None:
                with self._openable():
                    journal = Journal(self._path, self._records, self._durability)
                self._opened_host = Host(journal, self._attempt, self._functions)
            return self._opened_host

    def _check_open(self) -> None:
        if self._closed:
            raise EngineError("the engine is closed", code="engine_closed")

    @contextlib.contextmanager
    def _openable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise EngineError(
                f"the store {self._path.parent} cannot be opened: {error}", code="store_unusable"
            ) from error

    # executing

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
        detached: bool = False,
    ) -> dict[str, Any]:
        """Run a workflow to its end and return its execution document.

        Args:
            workflow: the definition.
            input: the workflow's input.
            workflow_id: an id of the caller's: a run of that id with the same definition and input
                is gone on with when it is unfinished, and returned when it is finished.
            task_defs: registered task definitions by name.
            workflows: definitions that it may start.
            correlation_id: an id of the caller's, for the run and those that it starts.
            priority: the caller's; it has no effect here.
            origin: where the definition comes from.
            on_event: called with what happens, from whatever thread it happens in.
            detached: return as soon as there is nothing to do but wait.

        Raises:
            DefinitionError: the engine cannot run the definition.
            InputError: the id is not one, or belongs to another definition or input.
            EngineError: another process executes that run, or it is left unfinished.
        """
        program = self._compiled(workflow, task_defs, workflows)
        links = Links(correlation_id=correlation_id, priority=priority)
        run_id, work = self._prepared(
            program, input, workflow_id, links, origin, on_event, detached=detached
        )
        return self._here(run_id, work)

    def start(
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
    ) -> Handle:
        """Start a workflow in a thread of its own; see ``run``."""
        program = self._compiled(workflow, task_defs, workflows)
        links = Links(correlation_id=correlation_id, priority=priority)
        run_id, work = self._prepared(program, input, workflow_id, links, origin, on_event)
        return self._elsewhere(run_id, work)

    def _prepared(
        self,
        program: Program,
        given: Mapping[str, Any] | None,
        workflow_id: str | None,
        links: Links,
        origin: Origin | None,
        on_event: Watcher | None,
        *,
        detached: bool = False,
    ) -> tuple[str, Callable[[], dict[str, Any]]]:
        run_id = new_id(workflow_id)
        payload = start_payload(program, given or {}, self._env, origin or Origin(), links)

        def work() -> dict[str, Any]:
            ended = self._host.start(run_id, payload, program, watch=on_event, detached=detached)
            if ended is not None:
                return self._document(run_id, ended)
            earlier = found_row(self._reader, run_id)
            if self._reader.start(earlier.number)["digest"] != payload["digest"]:
                raise InputError(
                    f"run {run_id} has another definition or input",
                    code="run_differs",
                    hint="choose another id",
                )
            return self._resumed(run_id, on_event, detached=detached)

        return run_id, work

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

    def resume(
        self,
        run_id: str,
        *,
        resend: bool = False,
        on_event: Watcher | None = None,
        detached: bool = False,
    ) -> dict[str, Any]:
        """Go on with an unfinished run and return its document; a finished one is returned.

        Args:
            run_id: its id.
            resend: make calls again that were interrupted and that may not be repeated unasked;
                also when such a call has already ended the run.
            on_event: called with what happens; recorded tasks are told again.
            detached: return as soon as there is nothing to do but wait.

        Raises:
            InputError: there is no such run.
            EngineError: another process executes it, it is paused, or it belongs to another
                version.
        """

        def work() -> dict[str, Any]:
            row = found_row(self._reader, run_id)
            if row.status not in OPEN:
                document = self.get(run_id)
                if not (resend and reopen.resend(self._host.journal, row, document)):
                    return document
            return self._resumed(run_id, on_event, resend=resend, detached=detached)

        return self._here(run_id, work)

    def retry(
        self, run_id: str, *, resend: bool = False, on_event: Watcher | None = None
    ) -> dict[str, Any]:
        """Go on with a run that failed, timed out or was terminated, from its failed tasks.

        What is done stays; each failed task gets one more attempt with the same idempotency key.

        Args:
            run_id: its id.
            resend: also make calls again that were interrupted and may have had their effect.
            on_event: called with what happens; recorded tasks are told again.

        Raises:
            InputError: there is no such run, it has not failed, or nothing of it can be retried.
        """

        def work() -> dict[str, Any]:
            row = self._ended_row(run_id)
            document = self.get(run_id)
            if row.status == "COMPLETED":
                raise InputError(
                    f"run {run_id} is COMPLETED", code="nothing_to_retry", hint="see --from REF"
                )
            reopen.retry(self._host.journal, row, document, resend=resend)
            return self._resumed(run_id, on_event)

        return self._here(run_id, work)

    def rerun(
        self, run_id: str, reference: str, *, on_event: Watcher | None = None
    ) -> dict[str, Any]:
        """Execute a task of a run that has ended, and all tasks scheduled after it, again.

        Args:
            run_id: its id.
            reference: the task's reference name; in a loop the last pass, or ``REF__N``.
            on_event: called with what happens; recorded tasks are told again.

        Raises:
            InputError: there is no such run, or no such task in it; or it has not ended.
        """

        def work() -> dict[str, Any]:
            row = self._ended_row(run_id)
            check_interpreter(row)
            program = compiled(self._reader.start(row.number))
            reopen.rerun(self._host.journal, row, self.get(run_id), reference, program)
            return self._resumed(run_id, on_event)

        return self._here(run_id, work)

    def _ended_row(self, run_id: str) -> Row:
        row = found_row(self._reader, run_id)
        if row.status in OPEN:
            raise InputError(
                f"run {run_id} has not ended",
                code="run_unfinished",
                hint=f"httptask resume {run_id} goes on with it",
            )
        return row

    def _resumed(
        self,
        run_id: str,
        on_event: Watcher | None,
        *,
        resend: bool = False,
        detached: bool = False,
    ) -> dict[str, Any]:
        row = found_row(self._reader, run_id)
        if row.status not in OPEN:
            return self.get(run_id)
        check_interpreter(row)
        ended = self._host.resume(run_id, watch=on_event, resend=resend, detached=detached)
        return self._document(run_id, ended)

    def _document(self, run_id: str, ended: Ended) -> dict[str, Any]:
        return self.get(run_id) if ended.document is None else ended.document

    @failures_told()
    def _here(self, run_id: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Do the work: in this thread when it is the main one, which Ctrl-C reaches.

        Another thread only waits for it, so that it need not wait for a call when the engine is
        closed.
        """
        if threading.current_thread() is threading.main_thread():
            return work()
        return self._elsewhere(run_id, work).result()

    def _elsewhere(self, run_id: str, work: Callable[[], dict[str, Any]]) -> Handle:
        self._check_open()
        future: Future[dict[str, Any]] = Future()
        self._futures.add(future)
        future.add_done_callback(self._futures.discard)

        def body() -> None:
            try:
                with failures_told():
                    found = work()
            except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
                _settle(partial(future.set_exception, error))
            else:
                _settle(partial(future.set_result, found))

        threading.Thread(target=body, name="httptask-run", daemon=True).start()
        return Handle(run_id, future)

    # reading

    @failures_told()
    def get(self, run_id: str) -> dict[str, Any]:
        """Return a run's execution document; of an unfinished one what it has done so far.

        Raises:
            InputError: there is no such run.
            EngineError: it belongs to another version, or a stored file is gone.
        """
        reader = self._reader
        return get_document(reader, found_row(reader, run_id))

    @failures_told()
    def find(self, text: str) -> str:
        """Return the id of a run by its beginning, or of the newest one by ``last``.

        Raises:
            InputError: there is no such run, or there are several.
        """
        return find(self._reader, text)

    @failures_told()
    def origin(self, run_id: str) -> Origin:
        """Return where a run's definition comes from.

        Raises:
            InputError: there is no such run.
        """
        return Origin.of(self._start(run_id)["origin"])

    @failures_told()
    def definition(self, run_id: str) -> dict[str, Any]:
        """Return a run's definition as it was given, as JSON.

        Raises:
            InputError: there is no such run.
        """
        found: dict[str, Any] = self._start(run_id)["definition"]
        return found

    def _start(self, run_id: str) -> dict[str, Any]:
        reader = self._reader
        return reader.start(found_row(reader, run_id).number)

    @failures_told()
    def list(
        self, *, status: str | None = None, limit: int = 100, offset: int = 0
    ) -> list[RunInfo]:
        """Return the runs, newest first; all, or those of a status."""
        return list_runs(self._reader, status=status, limit=limit, offset=offset)

    # serving

    @failures_told()
    def unfinished(self) -> Sequence[Row]:
        """Return the runs that have not ended and that nobody executes, the oldest first."""
        reader = self._reader
        rows = reader.rows(statuses=("RUNNING",))
        alive = reader.living(row.owner for row in rows)
        return [row for row in reversed(rows) if row.owner not in alive]

    @failures_told()
    def take_up(self, run_id: str) -> dict[str, Any]:
        """Go on with a run in this thread until there is nothing to do but wait.

        Raises:
            EngineError: somebody executes it, or it is left unfinished.
        """
        return self._resumed(run_id, None, detached=True)

    @property
    def is_idle(self) -> bool:
        """Tell whether no run is executed here."""
        host = self._opened_host
        return host is None or self._pid != os.getpid() or host.is_idle

    @property
    def is_lost(self) -> bool:
        """Tell whether the journal that this engine has open is not at its place any more."""
        host = self._opened_host
        return host is not None and self._pid == os.getpid() and not host.journal.is_in_place

    # steering, whoever executes the run

    @failures_told()
    def pause(self, run_id: str) -> dict[str, Any]:
        """Let a run begin no more tasks, and return its document; calls under way are recorded.

        Raises:
            InputError: there is no such run.
        """
        return self._steered(run_id, lambda row: self._journal.pause(row.number, paused=True))

    @failures_told()
    def unpause(self, run_id: str) -> dict[str, Any]:
        """Let a paused run be gone on with, and return its document.

        Raises:
            InputError: there is no such run.
        """
        return self._steered(run_id, lambda row: self._journal.pause(row.number, paused=False))

    @failures_told()
    def terminate(self, run_id: str, reason: str = TERMINATED) -> dict[str, Any]:
        """End a run and return its document; one that has ended stays as it is.

        A call that is under way is not interrupted; its outcome is not recorded.

        Raises:
            InputError: there is no such run.
        """

        def end(row: Row) -> None:
            if self._journal.terminate(row, reason, row.time().now()):
                self._journal.keep_document(row.number, self.get(run_id))

        return self._steered(run_id, end)

    def _steered(self, run_id: str, work: Callable[[Row], object]) -> dict[str, Any]:
        work(found_row(self._reader, run_id))
        self._host.notify()
        return self.get(run_id)

    @property
    def _journal(self) -> Journal:
        return self._host.journal

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
        reader = self._reader
        row = found_row(reader, run_id)
        topic = waiting_topic(reader, row, reference)
        message = {
            "status": status,
            "output": dict(output or {}),
            "reason": reason,
            "time": row.time().now(),
        }
        if not self._journal.send(row.number, topic, message):
            raise InputError(
                f"task {reference} of run {run_id} has been completed", code="task_not_waiting"
            )
        self._host.notify()

    @failures_told()
    def prune(
        self,
        older_than: timedelta,
        *,
        interrupted: bool = False,
        grace: timedelta = GRACE,
        dry_run: bool = False,
    ) -> Pruned:
        """Remove runs that ended before a while, and stored files that no run refers to.

        Args:
            older_than: how long ago they must have ended.
            interrupted: also remove unfinished runs that nobody executes, started that long ago.
            grace: how old an unreferenced file must be.
            dry_run: only tell which runs would be removed.
        """
        if dry_run:
            return prune(self._reader, older_than, interrupted=interrupted, grace=grace)
        return prune(self._journal, older_than, interrupted=interrupted, grace=grace)


def _settle(work: Callable[[], None]) -> None:
    """Give a future its outcome, unless it has one."""
    with contextlib.suppress(InvalidStateError):
        work()

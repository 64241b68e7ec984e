"""The embedded engine as callers see it."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypedDict, Unpack

from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.engines.embedded import reopen
from httptask.engines.embedded.attempt import Attempt, repeats_by_method
from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.host import Ended, Host, Machine
from httptask.engines.embedded.library import Library
from httptask.engines.embedded.payload import compiled, start_payload
from httptask.engines.embedded.payload import run_id as new_id
from httptask.engines.embedded.program import Program, compile_program
from httptask.engines.embedded.reader import OPEN
from httptask.engines.embedded.run import HttpStep, Links, MayRepeat, Origin, Watcher
from httptask.engines.embedded.runs import check_interpreter, ended_row, found_row
from httptask.engines.embedded.schema import Durability
from httptask.engines.embedded.stored import Stored, failures_told
from httptask.engines.embedded.threads import Handle, Threads
from httptask.errors import EngineError, InputError
from httptask.expressions import conductor_env

_open: weakref.WeakSet[Runs] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """Leave what runs in other threads when the interpreter ends: it can be resumed."""
    for engine in list(_open):
        engine.close()


class StartOptions(TypedDict, total=False):
    """What a run may be started with.

    Attributes:
        workflow_id: an id of the caller's: a run of that id with the same definition and input
            is continued when it is unfinished, and returned when it is finished.
        task_defs: registered task definitions by name.
        workflows: definitions that it may start.
        correlation_id: an id of the caller's, for the run and those that it starts.
        priority: the caller's; it has no effect here.
        origin: where the definition comes from.
        watch: called with what happens, from whatever thread it happens in.
    """

    workflow_id: str | None
    task_defs: Mapping[str, TaskDef] | None
    workflows: Sequence[WorkflowDef]
    correlation_id: str
    priority: int
    origin: Origin | None
    watch: Watcher | None


def check_options(options: Mapping[str, object], known: type) -> None:
    """Refuse an option that there is not, as a call refuses an argument.

    Raises:
        TypeError: there is one.
    """
    if unknown := options.keys() - known.__annotations__.keys():
        raise TypeError(f"unexpected keyword argument {min(unknown)!r}")


class Runs(Stored):
    """The runs of a store, and what executes them.

    Any number of runs go on at once, each executed by one process. When a process ends, however it
    ends, its runs stay as they are recorded and ``resume`` goes on with them: a recorded task is
    never executed again, one that was under way may be. Whatever the machine does to a run leaves
    it unfinished; only the workflow's own logic ends it. An engine may be used from any thread, and
    after a fork.
    """

    def __init__(
        self, store: Path, files: Path, durability: Durability, machine: Machine,
        env: Mapping[str, str],
    ) -> None:  # fmt: skip
        self._machine = machine
        self._env = env
        self._last: tuple[tuple[object, ...], Program] | None = None
        super().__init__(store, files, durability)
        _open.add(self)

    def _begin_process(self) -> None:
        super()._begin_process()
        self._opened_host: Host | None = None
        self._threads = Threads()

    def close(self) -> None:
        """Leave what runs in this process and let go of the store."""
        with self._mine():
            self._closed = True
            host, self._opened_host = self._opened_host, None
        self._threads.give_up()
        if host is not None:
            host.close()
        super().close()

    @property
    def _host(self) -> Host:
        with self._mine():
            self._check_open()
            if self._opened_host is None:
                self._opened_host = Host(self._journal, self._machine)
            return self._opened_host

    @property
    def is_idle(self) -> bool:
        """Tell whether no run is executed here."""
        host = self._opened_host
        return host is None or self._pid != os.getpid() or host.is_idle

    def _notify(self) -> None:
        if self._opened_host is not None:
            self._opened_host.notify()

    # executing

    def execute(
        self,
        workflow: WorkflowDef,
        given: Mapping[str, Any] | None,
        options: StartOptions,
        *,
        detached: bool = False,
    ) -> dict[str, Any]:
        """Run a workflow to its end and return its execution document.

        Args:
            workflow: the definition.
            given: the workflow's input.
            options: what else it is started with.
            detached: return as soon as there is nothing to do but wait.

        Raises:
            DefinitionError: the engine cannot run the definition.
            InputError: the id is not one, or belongs to another definition or input.
            EngineError: another process executes that run, or it is left unfinished.
        """
        run_id, work = self._prepared(workflow, given, options, detached=detached)
        return self._here(run_id, work)

    def begin(
        self, workflow: WorkflowDef, given: Mapping[str, Any] | None, options: StartOptions
    ) -> Handle:
        """Start a workflow in a thread of its own, which is stored then; see ``execute``."""
        stored = threading.Event()
        run_id, work = self._prepared(workflow, given, options, stored=stored.set)
        self._check_open()
        return self._threads.start(run_id, failures_told()(work), stored)

    def _prepared(
        self,
        workflow: WorkflowDef,
        given: Mapping[str, Any] | None,
        options: StartOptions,
        *,
        detached: bool = False,
        stored: Callable[[], object] | None = None,
    ) -> tuple[str, Callable[[], dict[str, Any]]]:
        check_options(options, StartOptions)
        program = self._compiled(workflow, options.get("task_defs"), options.get("workflows", ()))
        run_id, watch = new_id(options.get("workflow_id")), options.get("watch")
        links = Links(
            correlation_id=options.get("correlation_id", ""), priority=options.get("priority", 0)
        )
        origin = options.get("origin") or Origin()
        payload = start_payload(program, given or {}, self._env, origin, links)
        payload["plugins"] = sorted(self._machine.plugins)

        def work() -> dict[str, Any]:
            ended = self._host.start(
                run_id, payload, program, watch=watch, detached=detached, stored=stored
            )
            if ended is not None:
                return self._document(run_id, ended)
            earlier = found_row(self._reader, run_id)
            if self._reader.start(earlier.number)["digest"] != payload["digest"]:
                raise InputError(
                    f"run {run_id} has another definition or input",
                    code="run_differs",
                    hint="choose another id",
                )
            return self._resumed(run_id, watch, detached=detached)

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
            library = Library(self._machine.functions, task_defs or {}, tuple(workflows))
            last = self._last = (given, compile_program(workflow, library))
        return last[1]

    def resume(
        self,
        run_id: str,
        *,
        resend: bool = False,
        watch: Watcher | None = None,
        detached: bool = False,
    ) -> dict[str, Any]:
        """Go on with an unfinished run and return its document; a finished one is returned.

        Args:
            run_id: its id, the beginning of it, or ``last``.
            resend: make calls again that were interrupted and that may not be repeated unasked;
                also when such a call has already ended the run.
            watch: called with what happens; recorded tasks are told again.
            detached: return as soon as there is nothing to do but wait.

        Raises:
            InputError: there is no such run.
            EngineError: somebody executes it, it is paused, or it belongs to another version.
        """
        run_id = self.find(run_id)

        def work() -> dict[str, Any]:
            row = found_row(self._reader, run_id)
            if row.status not in OPEN:
                document = self.get(run_id)
                if not (resend and reopen.resend(self._host.journal, row, document)):
                    return document
            return self._resumed(run_id, watch, resend=resend, detached=detached)

        return self._here(run_id, work)

    def retry(
        self, run_id: str, *, resend: bool = False, watch: Watcher | None = None
    ) -> dict[str, Any]:
        """Go on with a run that failed, timed out or was terminated, from its failed tasks.

        What is done stays; each failed task gets one more attempt with the same idempotency key.

        Args:
            run_id: its id, the beginning of it, or ``last``.
            resend: also make calls again that were interrupted and may have had their effect.
            watch: called with what happens; recorded tasks are told again.

        Raises:
            InputError: there is no such run, it has not failed, or nothing of it can be retried.
        """
        run_id = self.find(run_id)

        def work() -> dict[str, Any]:
            row = ended_row(self._reader, run_id)
            document = self.get(run_id)
            if row.status == "COMPLETED":
                raise InputError(
                    f"run {run_id} is COMPLETED", code="nothing_to_retry", hint="use --from REF"
                )
            reopen.retry(self._host.journal, row, document, resend=resend)
            return self._resumed(run_id, watch)

        return self._here(run_id, work)

    def rerun(
        self,
        run_id: str,
        reference: str,
        *,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the definition's own word
        watch: Watcher | None = None,
    ) -> dict[str, Any]:
        """Execute a task of a run that has ended, and all tasks scheduled after it, again.

        Args:
            run_id: its id, the beginning of it, or ``last``.
            reference: the task's reference name; in a loop the last pass, or ``REF__N``.
            input: the workflow's input from now on; None: as it was.
            watch: called with what happens; recorded tasks are told again.

        Raises:
            InputError: there is no such run, or no such task in it; or it has not ended.
        """
        run_id = self.find(run_id)

        def work() -> dict[str, Any]:
            row = ended_row(self._reader, run_id)
            check_interpreter(row)
            program = compiled(self._reader.start(row.number))
            document, journal = self.get(run_id), self._host.journal
            reopen.rerun(journal, row, document, reference, program, input)
            return self._resumed(run_id, watch)

        return self._here(run_id, work)

    def _resumed(
        self,
        run_id: str,
        watch: Watcher | None,
        *,
        resend: bool = False,
        detached: bool = False,
    ) -> dict[str, Any]:
        row = found_row(self._reader, run_id)
        if row.status not in OPEN:
            return self.get(run_id)
        check_interpreter(row)
        try:
            ended = self._host.resume(run_id, watch=watch, resend=resend, detached=detached)
        except EngineError as error:
            if error.code != "run_ended":
                raise
            return self.get(run_id)  # another process was quicker
        return self._document(run_id, ended)

    def _document(self, run_id: str, ended: Ended) -> dict[str, Any]:
        return self.get(run_id) if ended.document is None else ended.document

    @failures_told()
    def _here(self, run_id: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        self._check_open()
        return self._threads.here(run_id, failures_told()(work))

    # serving

    @failures_told()
    def take_up(self, run_id: str) -> dict[str, Any]:
        """Go on with a run in this thread until there is nothing to do but wait.

        Raises:
            EngineError: somebody executes it, or it is left unfinished.
        """
        return self._resumed(run_id, None, detached=True)


class Engine(Runs):
    """Runs workflow definitions over any step; open it with ``Engine.open``."""

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
        plugins: Iterable[str] = (),
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
            plugins: names of what the step is made of; a run goes on only where they are.

        Raises:
            EngineError: the store cannot be one.
        """
        given = conductor_env(os.environ) if env is None else env
        named = {} if functions is None else functions
        machine = Machine(Attempt(step, may_repeat), named, frozenset(plugins))
        return cls(store, files, durability, machine, given)

    def run(
        self,
        workflow: WorkflowDef,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the definition's own word
        *,
        detached: bool = False,
        **options: Unpack[StartOptions],
    ) -> dict[str, Any]:
        """Run a workflow to its end; see ``execute``."""
        return self.execute(workflow, input, options, detached=detached)

    def start(
        self,
        workflow: WorkflowDef,
        input: Mapping[str, Any] | None = None,  # noqa: A002 - the definition's own word
        **options: Unpack[StartOptions],
    ) -> Handle:
        """Start a workflow in a thread of its own; see ``execute``."""
        return self.begin(workflow, input, options)

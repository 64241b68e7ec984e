"""The runs that one engine executes in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self

from httptask.core.closeable import Closeable
from httptask.engines.embedded.attempt import Attempt
from httptask.engines.embedded.effects import Effects
from httptask.engines.embedded.functions import Function
from httptask.engines.embedded.journal import Journal
from httptask.engines.embedded.leaving import Stopped
from httptask.engines.embedded.live import Live
from httptask.engines.embedded.payload import compiled, run_of
from httptask.engines.embedded.program import Program
from httptask.engines.embedded.reopen import resend_begun
from httptask.engines.embedded.run import Watcher
from httptask.engines.embedded.running import Running
from httptask.engines.embedded.runs import found_row
from httptask.errors import EngineError

INTERVAL: Final = 0.1
"""Seconds between two looks at what other processes have written, while a run waits."""


class Ended(NamedTuple):
    """How an execution ended.

    Attributes:
        document: the run's document; None when the run was left.
    """

    document: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Machine:
    """What a machine executes runs with.

    Attributes:
        attempt: how calls are made.
        functions: what executes SIMPLE tasks, by name.
        plugins: names of the plugins that calls are made with.
    """

    attempt: Attempt
    functions: Mapping[str, Function]
    plugins: frozenset[str]

    def check(self, run_id: str, payload: Mapping[str, Any], program: Program) -> None:
        """Refuse a run that needs what is not here.

        Raises:
            EngineError: a function or a plugin is missing.
        """
        named = {step.task.name for step in program.by_ref.values() if step.task.type == "SIMPLE"}
        functions = ", ".join(sorted(named - self.functions.keys()))
        plugins = ", ".join(sorted(set(payload.get("plugins", ())) - self.plugins))
        if functions or plugins:
            kind = "the functions" if functions else "the plugins"
            raise EngineError(
                f"run {run_id} needs {kind} {functions or plugins}",
                code="run_needs",
                hint="--functions MODULE gives functions" if functions else "install them",
            )


class Host(Closeable):
    """Executes runs; each in the thread that asks for it.

    Attributes:
        journal: what they are recorded in.
        functions: what executes SIMPLE tasks, by name.
        attempt: how calls are made.
    """

    def __init__(self, journal: Journal, machine: Machine) -> None:
        self.journal = journal
        self._machine = machine
        self.functions, self.attempt = machine.functions, machine.attempt
        self.lookout = Lookout(self)
        self._active: dict[str, Running] = {}
        self._reserved: set[str] = set()
        self._tending: set[str] = set()
        self._guard = threading.Lock()

    def start(
        self,
        run_id: str,
        payload: Mapping[str, Any],
        program: Program,
        *,
        watch: Watcher | None = None,
        detached: bool = False,
        stored: Callable[[], object] | None = None,
    ) -> Ended | None:
        """Execute a new run; return None when there is one of this id.

        Args:
            run_id: its id.
            payload: what it starts with.
            program: the same, ready to be executed.
            watch: is told what happens.
            detached: return as soon as there is nothing to do but wait.
            stored: called once the run is in the journal.
        """
        with self.reserved(run_id):
            row = self.journal.create(run_id, payload)
            if stored is not None:
                stored()
            if row is None:
                return None
            run = run_of(run_id, payload, program, functions=self.functions)
            return self._execute(Running(self, run, row, {}, watch=watch, detached=detached))

    def resume(
        self,
        run_id: str,
        *,
        watch: Watcher | None = None,
        resend: bool = False,
        detached: bool = False,
    ) -> Ended:
        """Go on with a run that has not ended.

        Raises:
            EngineError: somebody executes it, it is paused, or of another version.
        """
        with self.reserved(run_id):
            payload = self.journal.start(found_row(self.journal, run_id).number)
            program = compiled(payload)
            self._machine.check(run_id, payload, program)
            row = self.journal.take(run_id)
            if resend:
                resend_begun(self.journal, row)
            steps = self.journal.steps(row.number)
            run = run_of(run_id, payload, program, steps, self.functions)
            return self._execute(Running(self, run, row, steps, watch=watch, detached=detached))

    def _execute(self, running: Running) -> Ended:
        self._active[running.run.id] = running
        try:
            return Ended(running.go())
        finally:
            del self._active[running.run.id]
            self.notify()  # the lookout sees only what other connections write

    def effects(self, running: Running, flow: str) -> Effects:
        """Return the world, for one flow of a run."""
        return Live(running, flow)

    def tend(self, run_id: str, parent: Running) -> None:
        """Make sure that a run that another one waits for is executed."""
        row = self.journal.row(run_id)
        if row is not None and row.ended is not None:
            self.journal.tell_parent(row)
        if row is None or row.status != "RUNNING":
            return
        if run_id in self._reserved or run_id in self._tending or parent.is_left:
            return  # in this order: who stops a parent has not let go of the run before
        if row.owner not in (None, self.journal.owner) and self.journal.is_alive(row.owner):
            return
        if parent.detached:
            self._tended(run_id, detached=True)
            return

        def body() -> None:
            try:
                self._tended(run_id)
            except BaseException as error:  # noqa: BLE001 - who waits for it must not wait forever
                parent.stop(error)
            finally:
                self._tending.discard(run_id)
                self.notify()

        self._tending.add(run_id)
        threading.Thread(target=body, name="httptask-run", daemon=True).start()

    def _tended(self, run_id: str, *, detached: bool = False) -> None:
        try:
            self.resume(run_id, detached=detached)
        except EngineError as error:
            if error.code not in ("run_active", "run_ended"):
                raise  # else somebody else was quicker

    @contextmanager
    def reserved(self, run_id: str) -> Iterator[None]:
        """Keep a run from being executed twice at once here.

        Raises:
            EngineError: this engine executes it already.
        """
        with self._guard:
            if run_id in self._reserved:
                raise EngineError(f"this engine is executing run {run_id}", code="run_active")
            self._reserved.add(run_id)
        try:
            yield
        finally:
            self._reserved.discard(run_id)

    @property
    def is_idle(self) -> bool:
        """Tell whether no run is executed here."""
        return not self._reserved

    def notify(self) -> None:
        """Let all runs look at what has been written."""
        for running in list(self._active.values()):
            running.notify()

    def close(self) -> None:
        """Leave all runs."""
        for running in list(self._active.values()):
            running.stop(Stopped())
        self.lookout.close()


class Lookout:
    """Looks, as long as somebody waits, whether another process has written to the journal."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._wanted = 0
        self._closed = False
        self._condition = threading.Condition()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        with self._condition:
            self._wanted += 1
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(
                    target=self._run, name="httptask-lookout", daemon=True
                )
                self._thread.start()
            self._condition.notify()
        return self

    def __exit__(self, *_: object) -> None:
        with self._condition:
            self._wanted -= 1

    def close(self) -> None:
        """End the thread."""
        with self._condition:
            self._closed = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        version = -1
        with suppress(Stopped):
            while self._pause():
                found = self._host.journal.version()
                if found != version:
                    version = found
                    self._host.notify()

    def _pause(self) -> bool:
        with self._condition:
            if not self._wanted and not self._closed:
                self._condition.wait()
            elif not self._closed:
                self._condition.wait(INTERVAL)
            return not self._closed

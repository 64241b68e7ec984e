"""``httptask worker``: builds workers from options, runs them in one process or several."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, Final

import pluggy

from httptask.engines.conductor.client import ConductorClient, ServerSettings
from httptask.engines.conductor.executor import Check, Executor
from httptask.engines.conductor.figures import (
    MULTIPROCESS,
    Figures,
    FiguresServer,
    forget_process,
)
from httptask.engines.conductor.journal import Journal
from httptask.engines.conductor.naming import DEFAULT_NAMESPACE, queue_name
from httptask.engines.conductor.open_files import allow_open_files
from httptask.engines.conductor.worker import TaskLogs, Worker
from httptask.hooks.task import CompiledTask
from httptask.pipeline import Pipeline
from httptask.plugins import CONNECTIONS, build_service_manager, close_plugins
from httptask.settings import Settings, default_data

RESTART_PAUSE: Final = 1.0
THREADS: Final = 500
"""Tasks at a time by default: slow services are what a worker waits for."""

_FILES_A_TASK: Final = 3
_OTHER_FILES: Final = 200
"""Files that are open for a task at most, its connections among them, and besides."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

Checking = Callable[[pluggy.PluginManager], Check]
_log = logging.getLogger("httptask.worker")


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What a worker is started with.

    Attributes:
        server: the server.
        namespace: namespace of the queue that ``deploy`` was given; None polls the plain HTTP
            queue, of a server without the built-in task.
        threads: tasks at a time, per process.
        processes: processes.
        data: folder of files and journals; the settings' own when None.
        allow_hosts: hosts that may be called although they are not public.
        grace: seconds that running tasks have at a graceful stop.
        metrics_port: port of figures and readiness; None serves none, 0 takes a free one.
        metrics_host: address that port listens on.
        log_level: level of the worker's log in its own processes.
        task_logs: which traces go to their task's log on the server, which costs it about a
            fifth of a task: see ``TaskLogs``.
    """

    server: ServerSettings
    namespace: str | None = DEFAULT_NAMESPACE
    threads: int = THREADS
    processes: int = 1
    data: Path | None = None
    allow_hosts: tuple[str, ...] = ()
    grace: float = 30.0
    metrics_port: int | None = None
    metrics_host: str = "127.0.0.1"
    log_level: int = logging.INFO
    task_logs: TaskLogs = "auto"
    queue: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "queue", queue_name(self.namespace))

    @property
    def folder(self) -> Path:
        """Return the folder of the journal: one for each server and queue."""
        name = hashlib.sha256(f"{self.server.url} {self.queue}".encode()).hexdigest()[:16]
        return (self.data or default_data()) / "worker" / name


def run_worker(
    options: WorkerOptions,
    ready: Callable[[int | None], None] | None = None,
    *,
    checking: Checking | None = None,
) -> None:
    """Work until SIGINT or SIGTERM; a second signal stops at once.

    Args:
        options: what the worker is started with.
        ready: called with the figures' port (or None) once it runs.
        checking: see ``opened_worker``; a function that another process can import.

    Raises:
        HttpTaskError: plugins or settings are wrong.
    """
    if options.processes > 1:
        _Supervisor(options, checking).run(ready)
        return
    figures = Figures()
    with opened_worker(options, figures=figures, checking=checking) as worker:
        server = _figures_server(options, figures)
        _on_signals(worker.stop)
        if ready is not None:
            ready(server.port if server else None)
        _log.info("worker %s on %s: %d threads", os.getpid(), options.queue, options.threads)
        worker.run(options.grace)
        if server is not None:
            server.close()


@contextmanager
def opened_worker(
    options: WorkerOptions,
    *,
    figures: Figures | None = None,
    settings: Settings | None = None,
    pipeline: Pipeline | None = None,
    adapt: Callable[[CompiledTask], CompiledTask] | None = None,
    checking: Checking | None = None,
) -> Iterator[Worker]:
    """Open a worker of this process; ``run`` it, and ``stop`` it from another thread.

    Args:
        options: what it is started with.
        figures: what is counted.
        settings: the machine's side; read from the environment when None. A worker's own has no
            exception for addresses that stand in a definition.
        pipeline: the stages; when None, with the plugins that HTTPTASK_LOAD_PLUGINS names.
        adapt: completes a task with what only its author's machine has.
        checking: returns, for the plugins, what refuses a task whose definition has an error.
    """
    settings = settings or Settings.from_environment(
        allow_hosts=options.allow_hosts, data=options.data
    )
    allow_open_files(_FILES_A_TASK * options.threads + _OTHER_FILES)
    kept = max(options.threads, CONNECTIONS)
    client = ConductorClient(options.server)
    with ExitStack() as ends, Journal(options.folder) as journal:
        ends.callback(client.close)
        if pipeline is None:
            manager = build_service_manager(connections=kept)
            ends.callback(close_plugins, manager)
            pipeline = Pipeline(manager)
        check = checking(pipeline.manager) if checking else None
        executor = Executor(pipeline, settings, client, journal, adapt=adapt, check=check)
        yield Worker(
            client,
            executor,
            journal,
            queue=options.queue,
            worker_id=f"{socket.gethostname()}:{os.getpid()}",
            threads=options.threads,
            figures=figures or Figures(),
            task_logs=options.task_logs,
        )


def log_to_stderr(level: int) -> None:
    """Show the worker's log from this level on, and of other libraries warnings only.

    They log whole addresses, with the secrets that may be in them.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httptask").setLevel(level)


def _figures_server(
    options: WorkerOptions, figures: Figures, is_ready: Callable[[], bool] | None = None
) -> FiguresServer | None:
    if options.metrics_port is None:
        return None
    return FiguresServer(figures, options.metrics_host, options.metrics_port, is_ready)


def _on_signals(stop: Callable[[], None]) -> None:
    def handle(number: int, frame: Any) -> None:
        del number, frame
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        stop()

    for each in _SIGNALS:
        signal.signal(each, handle)


class _Supervisor:
    """Keeps the worker's processes running."""

    def __init__(self, options: WorkerOptions, checking: Checking | None) -> None:
        self._options, self._checking = options, checking
        self._stop = threading.Event()
        self._children: list[BaseProcess] = []

    def run(self, ready: Callable[[int | None], None] | None) -> None:
        with tempfile.TemporaryDirectory(prefix="httptask-figures-") as folder:
            os.environ[MULTIPROCESS] = folder
            try:
                self._supervise(ready)
            finally:
                del os.environ[MULTIPROCESS]

    def _supervise(self, ready: Callable[[int | None], None] | None) -> None:
        figures = Figures()
        self._children = [self._started() for _ in range(self._options.processes)]
        server = _figures_server(self._options, figures, lambda: self._all_alive(figures))
        _on_signals(self._stop.set)
        if ready is not None:
            ready(server.port if server else None)
        while not self._stop.wait(RESTART_PAUSE):
            self._children = [self._kept(child) for child in self._children]
        for child in self._children:
            child.terminate()
        until = time.monotonic() + self._options.grace + 10
        for child in self._children:
            child.join(max(until - time.monotonic(), 0.1))
        if server is not None:
            server.close()

    def _all_alive(self, figures: Figures) -> bool:
        return all(child.is_alive() for child in self._children) and figures.is_ready()

    def _kept(self, child: BaseProcess) -> BaseProcess:
        if child.is_alive():
            return child
        _log.warning("worker process %s ended with %s: started again", child.pid, child.exitcode)
        if child.pid is not None:
            forget_process(child.pid)
        return self._started()

    def _started(self) -> BaseProcess:
        context = multiprocessing.get_context("spawn")
        child = context.Process(target=_child, args=(self._options, self._checking))
        child.start()
        return child


def _child(options: WorkerOptions, checking: Checking | None) -> None:
    log_to_stderr(options.log_level)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with opened_worker(options, checking=checking) as worker:
        _on_signals(worker.stop)
        _log.info("worker %s on %s: %d threads", os.getpid(), options.queue, options.threads)
        worker.run(options.grace)


def _end_with_parent() -> None:
    """Stop gracefully when the supervisor is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)

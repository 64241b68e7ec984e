"""A definition on a Conductor server: registered for a worker, or run there from its file."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import Any

from httptask.app.check import check_runnable
from httptask.app.load import Surroundings
from httptask.app.run import LoadedRun
from httptask.definition.loader import Source
from httptask.engines.conductor import deploy as registration
from httptask.engines.conductor.client import ConductorClient, ServerSettings
from httptask.engines.conductor.deploy import Deployment, with_namespace
from httptask.engines.conductor.naming import DEFAULT_NAMESPACE
from httptask.engines.conductor.service import WorkerOptions, opened_worker
from httptask.engines.conductor.start import (
    FINISHED,
    Watcher,
    read,
    start_definition,
    terminate,
    wait,
)
from httptask.hooks.task import CompiledTask


def deploy(
    source: Source,
    beside: Surroundings,
    server: ServerSettings,
    *,
    namespace: str | None = DEFAULT_NAMESPACE,
    owner_email: str = registration.DEFAULT_EMAIL,
    dry_run: bool = False,
) -> Deployment:
    """Check a workflow definition and register it for a worker; again changes nothing.

    Args:
        source: a file's path, or the document.
        beside: what it is read with.
        server: the server.
        namespace: namespace of the worker's queue; None: the server's plain HTTP queue.
        owner_email: owner where the definition names none.
        dry_run: find out what would be registered, and change nothing.

    Raises:
        DefinitionError: the definition has an error, is refused by the server, or needs a task
            definition that belongs to others.
        EngineError: the server does not respond, or refuses a task definition.
    """
    loaded = check_runnable(source, beside, "worker")
    loaded.require()
    with closing(ConductorClient(server)) as client:
        return registration.deploy(
            client,
            loaded,
            namespace=namespace,
            task_defs=beside.task_defs,
            owner_email=owner_email,
            dry_run=dry_run,
        )


def run(
    loaded: LoadedRun,
    given: Mapping[str, Any],
    server: ServerSettings,
    *,
    watch: Watcher | None = None,
    cancelled: threading.Event | None = None,
) -> dict[str, Any]:
    """Run a definition on a server with a worker of our own; return its execution.

    Nothing is registered: the tasks carry their definitions, and a namespace that only this run
    has. The worker ends with the run.

    Args:
        loaded: the definition, loaded for a server.
        given: the workflow's input.
        server: the server.
        watch: called with each task that has ended.
        cancelled: set it to terminate the execution.

    Raises:
        EngineError: the server does not respond, or refuses the definition.
    """
    namespace = f"run_{uuid.uuid4().hex[:12]}"
    document = with_namespace(loaded.definition.raw, namespace, loaded.library.task_defs)
    data = loaded.step.settings.data
    options = WorkerOptions(server, namespace=namespace, data=data, grace=2.0)
    with closing(ConductorClient(server)) as client, _working(options, loaded):
        workflow_id = start_definition(client, document, given)
        found = wait(client, workflow_id, watch=watch, cancelled=cancelled)
        if found["status"] not in FINISHED:
            terminate(client, workflow_id, "Workflow was cancelled")
            found = read(client, workflow_id)
    return found


@contextmanager
def _working(options: WorkerOptions, loaded: LoadedRun) -> Iterator[None]:
    """Keep a worker at work, whose tasks know the author's pointers and files."""
    step, origin = loaded.step, loaded.origin

    def as_written(task: CompiledTask) -> CompiledTask:
        own = step.tasks.get(task.ref)
        if own is None:
            return replace(task, base_dir=origin.base_dir, source=origin.source)
        return replace(task, base_dir=own.base_dir, pointer=own.pointer, source=own.source)

    with opened_worker(
        options, settings=step.settings, pipeline=step.pipeline, adapt=as_written
    ) as worker:
        thread = threading.Thread(target=worker.run, args=(options.grace,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            worker.stop()
            thread.join()

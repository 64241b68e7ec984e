"""Everything that is wrong with a definition, or worth knowing, before anything is sent.

What a run, a deployment or a server would refuse is an error here, by the same code.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from httptask.app.load import Surroundings
from httptask.check import check_task, check_workflow
from httptask.check.connections import check_connections
from httptask.check.started import inline, none_known
from httptask.definition.file_kinds import is_task
from httptask.definition.findings import Finding, Loaded
from httptask.definition.loader import Source, first_of
from httptask.definition.reading import Document, read_document
from httptask.definition.workflow import WorkflowDef, WorkflowTask
from httptask.engines.embedded.advice import advise
from httptask.engines.embedded.program import compile_program
from httptask.errors import HttpTaskError

Target = Literal["httptask", "conductor-oss", "worker", "server"]
"""What is to run a definition: the embedded engine; a server with its built-in HTTP task; a server
with a worker on another machine, or with one beside the definition's file."""


def check(source: Source, beside: Surroundings, target: Target) -> Loaded[Any]:
    """Return a workflow definition or a task with everything that is found in it.

    Args:
        source: a file's path, or the document.
        beside: what it is read with.
        target: what is to run it.

    Returns:
        The definition; errors first, which ``run`` and ``deploy`` refuse. A file that cannot be
        read is a finding as well.
    """
    try:
        document = first_of(read_document(source))
        if is_task(document.value):
            return check_single(document, beside)
        return check_runnable(document, beside, target)
    except HttpTaskError as error:
        return Loaded(None, None, error.source, (Finding.of(error),))


def check_single(source: Source, beside: Surroundings) -> Loaded[WorkflowTask]:
    """Return a task that stands on its own with everything that is found in it; see ``check``.

    Raises:
        DefinitionError: it cannot be read.
    """
    loaded = beside.task(source)
    found = [*check_task(loaded, beside.task_defs), *_connections(loaded, beside)]
    return replace(loaded, findings=tuple(found))


def check_runnable(source: Source, beside: Surroundings, target: Target) -> Loaded[WorkflowDef]:
    """Return a workflow definition with everything that is found in it; see ``check``.

    Raises:
        DefinitionError: it cannot be read.
    """
    loaded = beside.workflow(source)
    here = target == "httptask"
    named = beside.library(loaded).workflow if here else none_known
    findings = check_workflow(
        loaded,
        beside.task_defs,
        for_server=not here,
        open_outputs=beside.open_outputs,
        named=named,
    )
    if loaded.value is not None:
        refused = any(finding.severity == "error" for finding in findings)
        findings += _of_inline(loaded, loaded.value, beside, target)
        if not here:
            findings += _of_server(loaded, target)
        elif not refused:
            findings += _connections(loaded, beside)
            findings += _of_engine(loaded, loaded.value, beside)
    ordered = sorted(findings, key=lambda finding: finding.severity != "error")
    return replace(loaded, findings=tuple(ordered))


def _of_inline(
    loaded: Loaded[WorkflowDef], workflow: WorkflowDef, beside: Surroundings, target: Target
) -> Iterator[Finding]:
    """Yield what is found in the definitions that SUB_WORKFLOW tasks hold."""
    base_dir = Path(loaded.source).parent if loaded.source else None
    for pointer, task in workflow.walk():
        if (held := inline(task)) is not None:
            at, definition = pointer + held[0], held[1]
            below = check_runnable(Document(definition, loaded.source, base_dir), beside, target)
            yield from (replace(each, pointer=at + each.pointer) for each in below.findings)


def _connections(loaded: Loaded[Any], beside: Surroundings) -> Iterator[Finding]:
    """Yield a warning for each connection that this machine lacks, or which lacks scopes."""
    if beside.connections is not None:
        yield from check_connections(
            loaded.raw, beside.connections, loaded.source, granted=beside.granted
        )


def _of_engine(
    loaded: Loaded[Any], workflow: WorkflowDef, beside: Surroundings
) -> Iterator[Finding]:
    """Yield what the embedded engine refuses first, or what it advises."""
    try:
        compile_program(workflow, beside.library(loaded))
        yield from advise(workflow, loaded.source)
    except HttpTaskError as error:
        error.source = loaded.source
        yield Finding.of(error)


def _of_server(loaded: Loaded[Any], target: Target) -> Iterator[Finding]:
    """Yield what a server refuses, and where its built-in HTTP task behaves otherwise."""
    # Start-up: only those who ask for a server load what knows it.
    from httptask.engines.conductor.refusals import missing_files, refusals  # noqa: PLC0415

    if target == "conductor-oss":
        from httptask.engines.conductor.target import differences_for  # noqa: PLC0415 - start-up

        yield from differences_for(loaded.raw, loaded.source)
        return
    yield from refusals(loaded.raw, loaded.source)
    if target == "worker":
        yield from missing_files(loaded.raw, loaded.source)

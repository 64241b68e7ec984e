"""Read the definitions that a command is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from httptask.check import check_task, check_workflow
from httptask.check.connections import check_connections
from httptask.definition.file_kinds import is_task
from httptask.definition.findings import Finding, Loaded
from httptask.definition.loader import first_of, load_task, load_task_defs, load_workflow
from httptask.definition.options import HttpTaskOptions
from httptask.definition.reading import read_document
from httptask.definition.workflow import TaskDef, WorkflowDef
from httptask.errors import HttpTaskError
from httptask.hooks import claims
from httptask.settings import Settings

if TYPE_CHECKING:
    from httptask.engines.surroundings import Surroundings


def options_model(installed: bool = True) -> type[HttpTaskOptions]:
    """Return the model of ``httptask`` that knows the installed plugins' kinds."""
    from httptask.plugins import build_manager

    return claims.options_model(build_manager(installed=installed))


def read_task_defs(path: Path | None) -> dict[str, TaskDef]:
    """Return task definitions by name.

    Raises:
        DefinitionError: the file is not a list of task definitions.
    """
    return load_task_defs(path).require() if path else {}


def check_files(
    paths: Iterable[Path],
    task_defs: Path | None,
    *,
    for_server: bool = False,
    installed: bool = True,
    functions: str | None = None,
    workflow_defs: Path | None = None,
) -> dict[str, list[Finding]]:
    """Return the findings of each file; if the task definitions have an error, of those only.

    Args:
        paths: workflow definitions and tasks.
        task_defs: a file of task definitions.
        for_server: whether a server is to run them with its built-in HTTP task.
        installed: whether plugins of other packages are loaded.
        functions: a module whose functions execute SIMPLE tasks.
        workflow_defs: folder of definitions that others may start.

    Raises:
        DefinitionError: the task definitions cannot be read.
    """
    model = options_model(installed)
    loaded = load_task_defs(task_defs) if task_defs else None
    if loaded is not None and loaded.value is None:
        return {str(task_defs): list(loaded.findings)}
    defs = loaded.require() if loaded else {}
    beside = _surroundings(functions, workflow_defs)
    return {
        str(path): _check_file(path, defs, model, for_server=for_server, beside=beside)
        for path in paths
    }


def _surroundings(functions: str | None, workflow_defs: Path | None) -> Surroundings:
    """Return what stands beside definitions."""
    from httptask.engines.surroundings import Surroundings

    return Surroundings.of(functions, workflow_defs)


def _check_file(
    path: Path,
    defs: Mapping[str, TaskDef],
    model: type[HttpTaskOptions],
    *,
    for_server: bool,
    beside: Surroundings,
) -> list[Finding]:
    """Return the findings of one file, a workflow definition or a task."""
    try:
        document = first_of(read_document(path))
        connections = Settings.from_environment().connections_file
        lacking = list(check_connections(document.value, connections, document.source))
        if is_task(document.value):
            task = load_task(document, options_model=model, task_defs=defs)
            return check_task(task, defs) + lacking
        workflow = load_workflow(document, options_model=model, task_defs=defs)
        findings = _findings(workflow, defs, model, for_server=for_server, beside=beside) + lacking
        return findings + (_differences(workflow) if for_server else [])
    except HttpTaskError as error:
        return [Finding.of(error)]


def _findings(
    workflow: Loaded[WorkflowDef],
    task_defs: Mapping[str, TaskDef],
    model: type[HttpTaskOptions],
    *,
    for_server: bool,
    beside: Surroundings | None,
) -> list[Finding]:
    """Return what the check finds, else what the engine refuses, and what it advises."""
    findings = check_workflow(workflow, task_defs, for_server=for_server)
    found = workflow.value
    plain = found is None or all(task.type == "HTTP" for _, task in found.walk())
    broken = any(finding.severity == "error" for finding in findings)
    if found is None or plain or broken or for_server or beside is None:
        return findings
    from httptask.engines.embedded.advice import advise
    from httptask.engines.embedded.program import compile_program

    try:
        library = beside.library(workflow, task_defs, model)
        compile_program(found, library=library)
    except HttpTaskError as error:
        error.source = workflow.source
        return [Finding.of(error), *findings]
    return [*findings, *advise(found, workflow.source)]


def _differences(workflow: Loaded[WorkflowDef]) -> list[Finding]:
    if workflow.value is None:
        return []
    from httptask.engines.conductor.target import differences_for

    return differences_for(workflow.raw, workflow.source)


def checked_workflow(
    path: Path,
    task_defs: Mapping[str, TaskDef],
    model: type[HttpTaskOptions] = HttpTaskOptions,
    *,
    for_server: bool = False,
    surroundings: Surroundings | None = None,
) -> Loaded[WorkflowDef]:
    """Return a workflow definition that may run; its findings are warnings.

    Args:
        path: its file.
        task_defs: task definitions by name.
        model: model of ``httptask``, with the plugins' kinds.
        for_server: whether a server is to run it, so that the embedded engine's limits do not
            apply.
        surroundings: functions and other definitions; None: the engine is not asked.

    Raises:
        DefinitionError: it has an error; the hint says how many more.
    """
    loaded = load_workflow(path, options_model=model, task_defs=task_defs)
    findings = tuple(
        _findings(loaded, task_defs, model, for_server=for_server, beside=surroundings)
    )
    checked = Loaded(loaded.value, loaded.raw, loaded.source, findings)
    checked.require()
    return checked

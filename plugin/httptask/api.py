"""The Python interface: check a definition, test a request, run a workflow in one call each.

The rest of the interface is the rooms themselves; ``httptask`` gives their names lazily.
"""

# ruff: noqa: PT028 - test_request is called so; it is not a test

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

import pluggy

from httptask.app.context import Given, context_of
from httptask.app.load import Surroundings
from httptask.app.test import choose_task
from httptask.core.result import TaskResult
from httptask.core.tracing import Level
from httptask.definition.findings import Finding, Loaded
from httptask.definition.loader import Source
from httptask.definition.reading import Document
from httptask.fixtures.reading import Source as Fixtures
from httptask.fixtures.using import with_fixtures
from httptask.plugins import build_manager, close_plugins
from httptask.settings import Settings
from httptask.trial.request import Trial
from httptask.wire.recorder import Watcher

if TYPE_CHECKING:
    from httptask.app.check import Target
    from httptask.app.engine import RunOptions
    from httptask.engines.embedded.functions import Functions

JsonObject = Mapping[str, Any]


def check_workflow(
    workflow: Source | Loaded[Any],
    task_defs: Source | None = None,
    *,
    functions: Functions | None = None,
    workflow_defs: str | Path | None = None,
    target: Target = "httptask",
    settings: Settings | None = None,
    manager: pluggy.PluginManager | None = None,
) -> list[Finding]:
    """Return everything that is wrong with a workflow definition, as ``httptask check`` prints it.

    Args:
        workflow: a file, the JSON document itself, or what ``load_workflow`` returned, which is
            read again with what plugins add.
        task_defs: task definitions: retries, timeouts, input templates.
        functions: a module whose functions execute SIMPLE tasks (its name, or a file), or the
            functions by the names of the tasks.
        workflow_defs: folder of definitions that others may start; files beside a definition
            are found without it.
        target: what is to run it: ``httptask``, the embedded engine; ``conductor-oss``, a server
            with its built-in HTTP task; ``worker``, a server with ``httptask worker``.
        settings: where this machine's connections are; by default those of the environment.
        manager: the plugins; by default all that are installed.

    Returns:
        Errors first; a definition that has any is refused by ``run_workflow``.

    Raises:
        DefinitionError: the task definitions, functions or folder cannot be used.
    """
    # The engine, which says what it refuses, is loaded only by those who ask.
    from httptask.app.check import check  # noqa: PLC0415

    beside = Surroundings.of(
        manager or build_manager(),
        task_defs=task_defs,
        functions=functions,
        workflow_defs=workflow_defs,
        machine=settings or Settings.from_environment(),
    )
    if isinstance(workflow, Loaded):
        folder = Path(workflow.source).parent if workflow.source else None
        workflow = Document(workflow.raw, workflow.source, folder)
    return list(check(workflow, beside, target).findings)


def check_task(
    task: Source | Loaded[Any],
    task_defs: Source | None = None,
    *,
    manager: pluggy.PluginManager | None = None,
) -> list[Finding]:
    """Return everything that is wrong with a task on its own; see ``check_workflow``."""
    return check_workflow(task, task_defs, manager=manager)


def test_request(
    path: Source,
    ref: str | None = None,
    *,
    input: JsonObject | None = None,  # noqa: A002 - the workflow's own word
    variables: JsonObject | None = None,
    outputs: Mapping[str, JsonObject] | None = None,
    task_defs: Source | None = None,
    level: Literal["info", "debug", "trace"] = "debug",
    dry_run: bool = False,
    settings: Settings | None = None,
    manager: pluggy.PluginManager | None = None,
    watch: Watcher | None = None,
    mock: Fixtures | None = None,
    record: str | Path | None = None,
    har: str | Path | None = None,
) -> TaskResult:
    """Run the request of one task as production would, and record every stage.

    Args:
        path: a task or a workflow definition: a file, or the JSON document itself.
        ref: the task's reference name; needed when a workflow has several HTTP tasks.
        input: the workflow's input.
        variables: the workflow's variables.
        outputs: outputs of earlier tasks, by task reference name.
        task_defs: task definitions; they say what the engine would do after a failure.
        level: how much is recorded.
        dry_run: stop before anything is sent.
        settings: egress policy and folders; by default those of the environment. Loopback
            addresses are refused unless they are allowed there.
        manager: the plugins; by default all that are installed.
        watch: called with each stage, exchange, event and attempt as it happens, redacted.
        mock: a file of fixtures, or its JSON document: what responds instead of the network.
        record: a file that responses are written to as fixtures, secrets masked.
        har: a file that every exchange is written to as HAR, secrets masked.

    Returns:
        The result; a request that fails is a result too. ``result.trace.to_json()`` is what
        ``httptask test --json`` prints.

    Raises:
        DefinitionError: the definition is not valid, there is no such task, or inputs are missing.
    """
    settings = settings or Settings.from_environment()
    manager = manager or build_manager()
    chosen = choose_task(path, ref, Surroundings.of(manager, task_defs=task_defs))
    given = Given(input or {}, variables or {}, outputs or {}, settings.env)
    context = context_of(chosen.definition, given)
    with with_fixtures(manager, mock=None if dry_run else mock, record=record, har=har) as plugins:
        return chosen.test(context, Trial(settings, plugins, Level(level), dry_run, watch))


test_request.__test__ = False  # type: ignore[attr-defined]  # pytest takes it for a test


def run_workflow(
    path: Source,
    *,
    durability: Literal["normal", "full"] = "normal",
    settings: Settings | None = None,
    manager: pluggy.PluginManager | None = None,
    mock: Fixtures | None = None,
    record: str | Path | None = None,
    har: str | Path | None = None,
    **options: Unpack[RunOptions],
) -> Mapping[str, Any]:
    """Run a workflow definition durably on the embedded engine; see ``Engine.run``.

    Calls may be made from many threads at once; those with equal settings share an engine, which
    is open until the process ends. ``httptask.Engine`` does more: start, retry, complete.

    Args:
        path: the definition: a file, or the JSON document itself.
        durability: "full" survives a power loss as well.
        settings: egress policy and folders; by default those of the environment.
        manager: the plugins; by default all that are installed.
        mock: a file of fixtures, or its JSON document: what responds instead of the network.
        record: a file that responses are written to as fixtures, secrets masked.
        har: a file that every exchange is written to as HAR, secrets masked.
        options: ``input``, ``workflow_id``, ``task_defs``, ``watch``: see ``RunOptions``.
    """
    # The engine is loaded only by those who run something.
    from httptask.app.engine import Engine  # noqa: PLC0415
    from httptask.app.shared import shared_engine  # noqa: PLC0415 - as above

    settings = settings or Settings.from_environment()
    if mock is None and record is None and har is None:
        return shared_engine(settings, manager, durability).run(path, **options)
    own = manager or build_manager()
    try:
        with (
            with_fixtures(own, mock=mock, record=record, har=har) as plugins,
            Engine.open(settings=settings, manager=plugins, durability=durability) as engine,
        ):
            return engine.run(path, **options)
    finally:
        if manager is None:
            close_plugins(own)

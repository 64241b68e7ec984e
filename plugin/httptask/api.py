"""The Python interface: test a request and run a workflow in one call each.

The rest of the interface is the rooms themselves; ``httptask`` gives their names lazily.
"""

# ruff: noqa: PT028 - test_request is called so; it is not a test

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pluggy

from httptask.core.result import TaskResult
from httptask.core.tracing import Level
from httptask.definition.loader import load_task_defs
from httptask.definition.workflow import TaskDef
from httptask.engines.retries import next_step
from httptask.expressions import Context
from httptask.hooks.claims import options_model
from httptask.plugins import build_manager
from httptask.settings import Settings
from httptask.trial.choice import choose_task
from httptask.trial.request import Trial
from httptask.wire.recorder import Watcher

if TYPE_CHECKING:
    from httptask.engines.embedded import RunEvent

Source = str | Path | Mapping[str, Any]
JsonObject = Mapping[str, Any]


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

    Returns:
        The result; a request that fails is a result too. ``result.trace.to_json()`` is what
        ``httptask test --json`` prints.

    Raises:
        DefinitionError: the definition is not valid, there is no such task, or inputs are missing.
    """
    settings = settings or Settings.from_environment()
    manager = manager or build_manager()
    chosen = choose_task(
        path,
        ref,
        task_defs=_task_defs(task_defs),
        options_model=options_model(manager),
    )
    context = Context.build(
        input={**chosen.defaults, **(input or {})},
        variables=variables or {},
        tasks={name: {"output": output} for name, output in (outputs or {}).items()},
        env=settings.env,
        workflow={"status": "RUNNING"},
    )
    step = next_step(chosen.task_def, optional=chosen.task.optional)
    trial = Trial(settings, manager, Level(level), dry_run, watch=watch, next_step=step)
    return trial.run(chosen.prepared, context)


test_request.__test__ = False  # type: ignore[attr-defined]  # pytest takes it for a test


def run_workflow(
    path: Source,
    *,
    input: JsonObject | None = None,  # noqa: A002 - the workflow's own word
    workflow_id: str | None = None,
    task_defs: Source | None = None,
    durability: Literal["normal", "full"] = "normal",
    settings: Settings | None = None,
    manager: pluggy.PluginManager | None = None,
    watch: Callable[[RunEvent], None] | None = None,
) -> Mapping[str, Any]:
    """Run a workflow definition durably on the embedded engine.

    Calls may be made from many threads at once; those with equal settings share an engine, which
    is open until the process ends. ``httptask.Engine`` does more: start, retry, complete.

    Args:
        path: the definition: a file, or the JSON document itself. File bodies are read only
            below a file's own folder.
        input: the workflow's input.
        workflow_id: id of the run; the same id goes on with the same run. None: a new run.
        task_defs: task definitions: retries, timeouts, input templates.
        durability: "full" survives a power loss as well.
        settings: egress policy and folders; by default those of the environment.
        manager: the plugins; by default all that are installed.
        watch: called with each task that is scheduled or changes.

    Returns:
        The execution in Conductor's shape: ``workflowId``, ``status``, ``output``, ``tasks[]``.
        A workflow that fails is returned too.

    Raises:
        DefinitionError: the definition is not valid.
        InputError: the id belongs to a run of another definition or input.
        EngineError: another process executes that run, or it is left unfinished.
    """
    # The engine is loaded only by those who run something.
    from httptask.engines.shared import shared_engine  # noqa: PLC0415

    engine = shared_engine(settings or Settings.from_environment(), manager, durability)
    return engine.run(path, input=input, workflow_id=workflow_id, task_defs=task_defs, watch=watch)


def _task_defs(source: Source | None) -> dict[str, TaskDef]:
    return load_task_defs(source).require() if source is not None else {}

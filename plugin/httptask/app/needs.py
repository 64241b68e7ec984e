"""What a workflow or a task reads and nobody has given: told before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pluggy

from httptask.app.run import LoadedRun
from httptask.core.execution import Execution
from httptask.definition.workflow_inputs import WorkflowInputs
from httptask.errors import InputError
from httptask.expressions import Context
from httptask.hooks.task import CompiledTask
from httptask.pipeline.secret_lookup import Secrets
from httptask.settings import Settings

_CASES: Final = ("/decisionCases/", "/defaultCase/")
_NOTHING: Final = Context.build()


@dataclass(frozen=True, slots=True)
class Lack:
    """An input or a secret that is not given.

    Attributes:
        name: its name.
        pointer: JSON Pointer of the first place that reads it, or "".
        certain: whether the workflow fails without it; not if only a case of a SWITCH, or a task
            that is optional, reads it.
    """

    name: str
    pointer: str
    certain: bool


def require_all(
    loaded: LoadedRun, given: Mapping[str, Any], *, with_secrets: bool = True
) -> list[str]:
    """Check that all is given without which a workflow would fail.

    Args:
        loaded: the definition.
        given: the input of the run.
        with_secrets: whether it is this machine that has the secrets.

    Returns:
        What else is missing, in words.

    Raises:
        InputError: an input is not given or a secret not set; all of them are named.
    """
    source = loaded.definition.source
    inputs = list(_lacking_inputs(loaded, given))
    _require_inputs([each for each in inputs if each.certain], source)
    secrets = list(_lacking_secrets(loaded)) if with_secrets else []
    _require_secrets([each for each in secrets if each.certain], source)
    return [
        f"the {kind} {each.name} is not given; a task that may not run reads it"
        for kind, lacking in (("input", inputs), ("secret", secrets))
        for each in lacking
    ]


def require_secrets(task: CompiledTask, settings: Settings, manager: pluggy.PluginManager) -> None:
    """Check that every secret of a task is set.

    Raises:
        InputError: some are not; all of them are named.
    """
    _require_secrets(list(_unset(task, settings, manager, certain=True)), task.source)


def _lacking_inputs(loaded: LoadedRun, given: Mapping[str, Any]) -> Iterator[Lack]:
    """Yield inputs that HTTP tasks read, or that the schema requires, and that nobody gives."""
    inputs = WorkflowInputs.of(loaded.definition.raw)
    known = given.keys() | loaded.workflow.input_template.keys() | inputs.optional
    read = [
        Lack(str(reference.prefix[0]), task.pointer + reference.pointer, certain)
        for task, certain in _tasks(loaded)
        for reference in task.template.references
        if reference.root == "workflow.input" and reference.prefix
    ]
    required = [Lack(name, "/inputSchema", True) for name in sorted(inputs.required)]
    return (each for each in _each_once([*read, *required]) if each.name not in known)


def _lacking_secrets(loaded: LoadedRun) -> Iterable[Lack]:
    step = loaded.step
    return _each_once(
        lack
        for task, certain in _tasks(loaded)
        for lack in _unset(task, step.settings, step.pipeline.manager, certain=certain)
    )


def _unset(
    task: CompiledTask, settings: Settings, manager: pluggy.PluginManager, *, certain: bool
) -> Iterator[Lack]:
    call = settings.call(task, _NOTHING, Execution.fresh(task.ref))
    lookup = Secrets(manager.hook.httptask_get_secret, call)
    for name, pointer in _secrets(call.task):
        if lookup(name) is None:
            yield Lack(name, pointer, certain)


def _secrets(task: CompiledTask) -> Iterator[tuple[str, str]]:
    """Yield the secrets that a task and its connection read, each with the place in the task."""
    for reference in task.template.references:
        if reference.root == "workflow.secrets" and reference.prefix:
            yield str(reference.prefix[0]), task.pointer + reference.pointer
    for name in sorted(task.connection.secrets) if task.connection is not None else ():
        yield name, f"{task.pointer}/httptask/auth"


def _tasks(loaded: LoadedRun) -> Iterator[tuple[CompiledTask, bool]]:
    """Yield the HTTP tasks, and whether the workflow fails if one of them does."""
    for pointer, task in loaded.workflow.walk():
        if task.type == "HTTP":
            certain = not task.optional and not any(case in pointer for case in _CASES)
            yield loaded.step.tasks[task.task_reference_name], certain


def _each_once(lacking: Iterable[Lack]) -> list[Lack]:
    """Return each name once, the places that certainly read it first."""
    found: dict[str, Lack] = {}
    for each in sorted(lacking, key=lambda one: not one.certain):
        found.setdefault(each.name, each)
    return list(found.values())


def _require_inputs(lacking: list[Lack], source: str) -> None:
    ways = " ".join(f"-i {each.name}=..." for each in lacking)
    hint = f"give {ways}; NAME:=null gives an input no value"
    _refuse(lacking, source, "these inputs are missing", "inputs_missing", hint)


def _require_secrets(lacking: list[Lack], source: str) -> None:
    variables = ", ".join(f"HTTPTASK_SECRET_{each.name}" for each in lacking)
    hint = f"set these variables, in the environment or in .env: {variables}"
    _refuse(lacking, source, "these secrets are not set", "secret_missing", hint)


def _refuse(lacking: list[Lack], source: str, what: str, code: str, hint: str) -> None:
    if lacking:
        names = ", ".join(each.name for each in lacking)
        at = lacking[0].pointer
        raise InputError(f"{what}: {names}", code=code, pointer=at, source=source, hint=hint)

"""SIMPLE tasks by Python functions: a decorator of ours, and functions of conductor-python.

A module's functions are found by ``load_functions``. A function gets the task's inputs by the names
of its parameters (null where there is none); a parameter named ``execution`` gets the identity of
the task, whose ``idempotency_key`` stays the same when it is called again. It returns the output:
an object, None, or any other JSON value, which becomes ``{"result": value}``. An exception fails
the task, and it is retried as its task definition says; ``TaskFailedError`` says otherwise.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from httptask.core.execution import Execution
from httptask.core.json_text import decode_own, encode
from httptask.core.result import TaskResult, TaskStatus
from httptask.errors import DefinitionError, HttpTaskError

Plain = TypeVar("Plain", bound=Callable[..., Any])

_MARK: Final = "__httptask_task__"
_TASK: Final = "conductor.client.http.models.task"
_CONDUCTOR: Final = "conductor.client.automator.task_handler"


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """What a function is called for.

    Attributes:
        name: the task's name.
        inputs: its resolved inputs.
        execution: the identity of the task.
    """

    name: str
    inputs: Mapping[str, Any]
    execution: Execution


Function = Callable[[FunctionCall], TaskResult]
"""Executes SIMPLE tasks of one name."""

Functions = str | Mapping[str, Function]
"""A module of them (its name, or a Python file), or functions by the names of the tasks."""


class TaskFailedError(HttpTaskError):
    """Raised by a function: the task fails for good, a retry would not help."""

    default_code = "task_failed"


def simple_task(name: str) -> Callable[[Plain], Plain]:
    """Mark a function as the one that executes SIMPLE tasks of a name."""

    def mark(function: Plain) -> Plain:
        setattr(function, _MARK, name)
        return function

    return mark


def load_functions(module: str) -> dict[str, Function]:
    """Return the functions of a module, by the names of their tasks.

    Args:
        module: its name, or the path of a Python file.

    Raises:
        DefinitionError: it cannot be imported, or has no such function.
    """
    try:
        loaded = _imported(module)
    except Exception as error:
        raise DefinitionError(
            f"the module {module} cannot be imported: {type(error).__name__}: {error}",
            code="functions_unusable",
        ) from error
    marked = [one for one in vars(loaded).values() if isinstance(getattr(one, _MARK, None), str)]
    found = {getattr(one, _MARK): adapted(one) for one in marked}
    found = {**_of_conductor(), **found}
    if not found:
        raise DefinitionError(
            f"the module {module} has no function for a task",
            code="functions_unusable",
            hint='decorate one with @httptask.simple_task("name of the task")',
        )
    return found


def _imported(module: str) -> Any:
    path = Path(module)
    if path.suffix != ".py":
        if "" not in sys.path and str(Path.cwd()) not in sys.path:
            sys.path.insert(0, str(Path.cwd()))  # as python -m does
        return importlib.import_module(module)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ImportError(module)
    loaded = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def adapted(function: Callable[..., Any]) -> Function:
    """Return a plain function as one that the engine calls."""
    parameters = inspect.signature(function).parameters.values()
    takes_rest = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters)
    named = [one for one in parameters if one.kind is not inspect.Parameter.VAR_KEYWORD]

    def call(called: FunctionCall) -> TaskResult:
        given = dict(called.inputs) if takes_rest else {}
        for one in named:
            if one.name in called.inputs:
                given[one.name] = called.inputs[one.name]
            elif one.name == "execution":
                given["execution"] = called.execution
            elif one.default is inspect.Parameter.empty:
                given[one.name] = None
        result = function(**given)
        if inspect.iscoroutine(result):
            result = _awaited(result)
        return _result(result)

    return call


def _awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Return what a coroutine gives; in a thread of its own, as this one may have a loop."""
    with ThreadPoolExecutor(max_workers=1) as own:
        return own.submit(asyncio.run, coroutine).result()


def _result(value: Any) -> TaskResult:
    if isinstance(value, TaskResult):
        return value
    plain = decode_own(encode(value))
    output = {} if plain is None else plain if isinstance(plain, dict) else {"result": plain}
    return TaskResult(TaskStatus.COMPLETED, output)


def called(function: Function, call: FunctionCall) -> TaskResult:
    """Call a function; whatever it raises is the task's failure."""
    try:
        return function(call)
    except TaskFailedError as error:
        return _failed(TaskStatus.FAILED_WITH_TERMINAL_ERROR, error)
    except Exception as error:  # noqa: BLE001 - a function's bug ends its task, not the engine
        return _failed(TaskStatus.FAILED, error)


def _failed(status: TaskStatus, error: Exception) -> TaskResult:
    return TaskResult(status, reason=str(error) or type(error).__name__)


def _of_conductor() -> dict[str, Function]:
    """Return the functions that are decorated for conductor-python in this process."""
    handler = sys.modules.get(_CONDUCTOR)
    if handler is None:
        return {}
    workers = handler.get_registered_workers()
    return {one.get_task_definition_name(): _by_worker(one) for one in workers}


def _by_worker(worker: Any) -> Function:
    task_class = importlib.import_module(_TASK).Task

    def call(called: FunctionCall) -> TaskResult:
        task = task_class(
            task_id=called.execution.task_id,
            task_def_name=called.name,
            reference_task_name=called.execution.task_ref,
            workflow_instance_id=called.execution.workflow_id,
            retry_count=called.execution.retry,
            iteration=called.execution.iteration,
            input_data=dict(called.inputs),
        )
        found = worker.execute(task)
        if not hasattr(found, "output_data"):
            kind = type(found).__name__
            raise TypeError(f"a worker that returns {kind} needs a Conductor server")
        status = TaskStatus(getattr(found.status, "value", found.status))
        output = _result(found.output_data).output
        return TaskResult(status, output, reason=found.reason_for_incompletion or "")

    return call

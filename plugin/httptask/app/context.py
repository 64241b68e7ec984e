"""What the expressions of a task are evaluated in when it is tested, or an expression is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from httptask.errors import DefinitionError
from httptask.expressions import Context, compile_template

MAX_INDEX: Final = 10_000
"""The largest index of a list that a value can be given for."""

_DATA: Final = frozenset({"inputData", "outputData"})
_NOT_RUN: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Given:
    """Values that a caller gives; they win over those of the workflow and of a run.

    Attributes:
        input: the workflow's input.
        variables: the workflow's variables.
        outputs: outputs of earlier tasks, by task reference name.
        env: what ``${workflow.env.NAME}`` reads.
        values: values by the text of an expression, without ``${`` and ``}``; they win over all.
    """

    input: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)


def context_of(definition: Any, given: Given, run: Mapping[str, Any] = _NOT_RUN) -> Context:
    """Return what the expressions of a task are evaluated in.

    Args:
        definition: the workflow definition that holds the task, as it is written; anything else
            gives no values.
        given: the caller's values.
        run: the execution document of a stored run, which gives its inputs and outputs.

    Raises:
        DefinitionError: a value is given for something that is not a path to one.
    """
    own = definition if isinstance(definition, Mapping) and "tasks" in definition else {}
    workflow: dict[str, Any] = {
        "status": "RUNNING",
        "workflowId": run.get("workflowId", ""),
        **_about(own),
        "input": _merged(own.get("inputTemplate"), run.get("input"), given.input),
        "variables": _merged(own.get("variables"), run.get("variables"), given.variables),
    }
    tasks: dict[str, Any] = _recorded(run)
    tasks |= {ref: {"output": output} for ref, output in given.outputs.items()}
    for text, value in given.values.items():
        _give(workflow, tasks, text, value)
    return Context.build(
        input=workflow.pop("input"),
        variables=workflow.pop("variables"),
        tasks=tasks,
        env=given.env,
        workflow=workflow,
    )


def _about(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return what expressions may know of a workflow beside its values."""
    if not definition:
        return {}
    return {
        "workflowType": definition.get("name"),
        "version": definition.get("version", 1),
        "schemaVersion": definition.get("schemaVersion", 2),
    }


def _merged(*values: Any) -> dict[str, Any]:
    return {name: each for one in values if isinstance(one, Mapping) for name, each in one.items()}


def _recorded(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run's tasks as expressions see them: the last execution of each."""
    return {
        task["referenceTaskName"].removesuffix(f"__{task.get('iteration')}"): {
            **{name: value for name, value in task.items() if name not in _DATA},
            "input": task.get("inputData", {}),
            "output": task.get("outputData", {}),
        }
        for task in run.get("tasks", ())
    }


def _give(workflow: dict[str, Any], tasks: dict[str, Any], text: str, value: Any) -> None:
    references = compile_template(f"${{{text}}}").references
    reference = references[0] if len(references) == 1 else None
    if reference is None or reference.path is None or reference.root.endswith(("secrets", "env")):
        raise DefinitionError(f"{text!r} is not a path that a value can be given for")
    if reference.root == "task":
        name = str(reference.task_ref)
        tasks[name] = _object(text, _put(tasks.get(name), reference.path, value))
        return
    area = reference.root.partition(".")[2]
    path = (area, *reference.path) if area else reference.path
    if not path:
        raise DefinitionError(f"{text!r} is a whole object: give values for the paths below it")
    workflow.update(_object(text, _put(workflow, path, value)))
    _object(text, workflow["variables"])


def _object(text: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise DefinitionError(f"{text!r} takes the place of an object: give values below it")
    return value


def _put(node: Any, path: Sequence[str | int], value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(node) if isinstance(node, list) else []
        if not 0 <= step <= MAX_INDEX:
            raise DefinitionError(f"a value can only be given for indexes from 0 to {MAX_INDEX}")
        items += [None] * (step + 1 - len(items))
        items[step] = _put(items[step], rest, value)
        return items
    known = dict(node) if isinstance(node, Mapping) else {}
    return {**known, step: _put(known.get(step), rest, value)}

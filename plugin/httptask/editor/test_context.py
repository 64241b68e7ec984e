"""The context of a test: the workflow's own values, last tests, and what the user was asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from httptask.editor.services import Draft
from httptask.errors import DefinitionError
from httptask.expressions import Context, compile_template, readable_tasks

_LARGEST_INDEX = 10_000


@dataclass(frozen=True, slots=True)
class Given:
    """Where the values of a test come from.

    Attributes:
        draft: the task and its workflow.
        inputs: values by the text of an expression, without ``${`` and ``}``.
        samples: outputs of the last tests of upstream tasks.
        environment: what ``${workflow.env.NAME}`` may read.
    """

    draft: Draft
    inputs: Mapping[str, Any]
    samples: Mapping[str, Mapping[str, Any]]
    environment: Mapping[str, str]


def context_of(given: Given) -> Context:
    """Return the context that the test's expressions are evaluated in."""
    flow = given.draft.workflow or {}
    workflow: dict[str, Any] = {
        "input": _object(flow.get("inputTemplate")),
        "variables": _object(flow.get("variables")),
    }
    tasks: dict[str, Any] = {ref: {"output": output} for ref, output in given.samples.items()}
    for text, value in given.inputs.items():
        _give(workflow, tasks, text, value)
    read = readable_tasks(tasks)
    return Context(workflow=workflow, tasks=read, env=dict(given.environment), task_id="test")


def _give(workflow: dict[str, Any], tasks: dict[str, Any], text: str, value: Any) -> None:
    references = compile_template(f"${{{text}}}").references
    reference = references[0] if len(references) == 1 else None
    if reference is None or reference.path is None or reference.root.endswith(("secrets", "env")):
        raise DefinitionError(f"{text!r} is not a path that a value can be given for")
    if reference.root == "task":
        tasks[str(reference.task_ref)] = _put(
            tasks.get(str(reference.task_ref)), reference.path, value
        )
        return
    area = reference.root.partition(".")[2]
    path = (area, *reference.path) if area else reference.path
    if not path:
        raise DefinitionError(f"{text!r} is a whole object: give values for the paths below it")
    workflow.update(_put(workflow, path, value))


def _put(node: Any, path: Sequence[str | int], value: Any) -> Any:
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(node) if isinstance(node, list) else []
        if not 0 <= step <= _LARGEST_INDEX:
            raise DefinitionError(
                f"a value can only be given for indexes from 0 to {_LARGEST_INDEX}"
            )
        items += [None] * (step + 1 - len(items))
        items[step] = _put(items[step], rest, value)
        return items
    known = dict(node) if isinstance(node, Mapping) else {}
    return {**known, step: _put(known.get(step), rest, value)}


def _object(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}

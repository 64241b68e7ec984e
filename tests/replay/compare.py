"""An execution of ours beside a recorded one: masks, and the first place where they differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

TASK_FIELDS = (
    "referenceTaskName", "taskType", "status", "inputData", "outputData", "reasonForIncompletion",
    "retryCount", "iteration",
)  # fmt: skip
WORKFLOW_FIELDS = (
    "status", "input", "output", "reasonForIncompletion", "variables", "correlationId",
)  # fmt: skip
EMPTY = (None, 0, {}, [], False, "")
ANY = "{nondeterministic}"
_WILD = re.compile(
    r"\\\{(?:epochMillis|n|ms|date|hash|uuid|host|list\\ of[^}]*)\\\}|\\\{started:[^}]*\\\}"
)


@dataclass(frozen=True)
class Difference:
    """Where two executions differ.

    Attributes:
        path: JSON Pointer in the recorded execution.
        expected: what a server did.
        got: what we did.
    """

    path: str
    expected: Any
    got: Any


def names_of(document: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return the masks of the ids in an execution, by id."""
    found = {document.get("workflowId", ""): f"{{{prefix}workflowId}}"}
    for task in document.get("tasks", ()):
        number = task.get("retryCount", 0)
        again = f"#{number + 1}" if number else ""
        found[task["taskId"]] = f"{{{prefix}taskId:{task['referenceTaskName']}{again}}}"
    found.pop("", None)
    return found


def masked(value: Any, names: Mapping[str, str]) -> Any:
    """Return a value with the ids in it replaced."""
    if isinstance(value, str):
        for one, name in names.items():
            if one in value:
                value = value.replace(one, name)
        return value
    if isinstance(value, Mapping):
        return {key: masked(item, names) for key, item in value.items()}
    return [masked(item, names) for item in value] if isinstance(value, (list, tuple)) else value


def differences(expected: Any, got: Any, path: str = "") -> Iterable[Difference]:
    """Yield where two values differ; masks in the expected one stand for any value."""
    if expected == ANY:
        return
    if isinstance(expected, str) and "{" in expected and _matches(expected, got):
        return
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key in [*expected, *(key for key in got if key not in expected)]:
            at = f"{path}/{key}"
            if expected.get(key) == ANY:
                continue
            if key not in got or key not in expected:
                missing = "{absent}"
                yield Difference(at, expected.get(key, missing), got.get(key, missing))
            else:
                yield from differences(expected[key], got[key], at)
    elif isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        for index, (one, other) in enumerate(zip(expected, got, strict=True)):
            yield from differences(one, other, f"{path}/{index}")
    elif expected != got or isinstance(expected, bool) is not isinstance(got, bool):
        yield Difference(path, expected, got)


def _matches(expected: str, got: Any) -> bool:
    pattern = _WILD.sub(".*?", re.escape(expected))
    return re.fullmatch(pattern, str(got), re.DOTALL) is not None


def shape(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of an execution that is compared."""
    found = {name: document.get(name) for name in WORKFLOW_FIELDS}
    found = {name: value for name, value in found.items() if value not in EMPTY or name == "output"}
    given = found.get("input") or {}
    if "failedWorkflow" in given:
        found["input"] = {**given, "failedWorkflow": shape(given["failedWorkflow"])}
    found["failedReferenceTaskNames"] = sorted(document.get("failedReferenceTaskNames") or ())
    found["tasks"] = [_task(task) for task in document.get("tasks", ())]
    return found


def _task(task: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: task.get(name) for name in TASK_FIELDS}
    kept = ("inputData", "outputData")
    return {name: value for name, value in found.items() if value not in EMPTY or name in kept}

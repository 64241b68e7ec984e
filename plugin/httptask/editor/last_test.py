"""Places that a task reads and that the last test's response does not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from httptask.definition.findings import Finding
from httptask.errors import HttpTaskError
from httptask.expressions import compile_path, compile_template

_HINT = "click the value in the response to take its path"
_MISSING = object()


def unmatched_outputs(task: Mapping[str, Any], sample: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield a warning for each output whose path finds nothing in the task's last output."""
    mapped = _options(task).get("output")
    for name, written in mapped.items() if isinstance(mapped, Mapping) else ():
        path = written.get("path") if isinstance(written, Mapping) else written
        if isinstance(path, str) and not _matches(path, sample):
            text = f"the last response has nothing at {path}"
            pointer = f"/inputParameters/httptask/output/{_escape(str(name))}"
            yield Finding("output_unmatched", "warning", text, pointer, _HINT)


def unmatched_references(
    task: Mapping[str, Any], samples: Mapping[str, Mapping[str, Any]]
) -> Iterator[Finding]:
    """Yield a warning for each ``${REF.output...}`` that the last test of REF did not give."""
    inputs = {key: value for key, value in _inputs(task).items() if key != "httptask"}
    options = {key: value for key, value in _options(task).items() if not key.endswith("Schema")}
    for reference in compile_template({**inputs, "httptask": options}).references:
        sample = samples.get(reference.task_ref or "")
        if sample is None or reference.path is None or reference.path[:1] != ("output",):
            continue
        if _at(sample, reference.path[1:]) is _MISSING:
            text = f"the last test of {reference.task_ref} gave nothing for {reference.text}"
            pointer = f"/inputParameters{reference.pointer}"
            yield Finding("reference_unmatched", "warning", text, pointer, _HINT)


def _inputs(task: Mapping[str, Any]) -> Mapping[str, Any]:
    inputs = task.get("inputParameters")
    return inputs if isinstance(inputs, Mapping) else {}


def _options(task: Mapping[str, Any]) -> Mapping[str, Any]:
    options = _inputs(task).get("httptask")
    return options if isinstance(options, Mapping) else {}


def _matches(path: str, sample: Mapping[str, Any]) -> bool:
    try:
        return bool(compile_path(path).find(sample))
    except HttpTaskError:
        return True


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        held = value if isinstance(value, Mapping) else {}
        if isinstance(value, list):
            held = dict(enumerate(value))
        if step not in held:
            return _MISSING
        value = held[step]
    return value


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
